"""Registered against reported: what became of each registered outcome when the results were posted.

The method is made of words and numbers. It cannot know:

* outcomes that were merged into one measure, or split into several: each has at most one partner;
* the opposite wording of one thing (relapse, abstinence), and a composite under a name of its own ("study success");
* another instrument, definition or analysis under the same words.

So "not reported" means "no reported measure resembles it", and the sentence beside it names the nearest one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from tracker.records.one_line import one_line
from tracker.records.results.reported import Measure, number_of
from tracker.records.text import plain_words
from tracker.records.trial import OutcomeMeasure, TrialRecord
from tracker.results.registered.as_of import Anchor, Candidate, candidates, outcomes_of
from tracker.results.registered.match import LIKE, SAME, Item, Key, Likeness, Pairing, item, pair_up
from tracker.results.registered.times import all_kept, days_of
from tracker.results.registered.title_words import Abbreviations, abbreviations, words_of

__all__ = [
    "RegisteredOutcome",
    "RegisteredReport",
    "Verdict",
    "primary_or_missing",
    "registered_against_reported",
    "sentence",
]

_ROLES = {"PRIMARY": "primary", "SECONDARY": "secondary"}
_NOT_HELD = "What was registered is not known: no version from before the posting that names its outcomes is held."
_TOO_MANY = "The record has too many outcomes to compare each with each."
_LONGEST_QUOTE = 120


class Verdict(StrEnum):
    """What became of an outcome. The last two are of reported measures without a registered outcome."""

    REPORTED = "reported"
    #: Reported, but a time that was registered is missing from the reported ones.
    RETIMED = "retimed"
    #: Reported in another role: primary became secondary, or the other way round.
    MOVED = "moved"
    #: A measure resembles it. A reader must decide whether it is the same.
    PERHAPS = "perhaps"
    NOT_REPORTED = "not_reported"
    #: Its measure is there. The values are not posted yet.
    NOT_YET = "not_yet"
    #: Its measure is posted, with no participant analyzed.
    NO_DATA = "no_data"
    #: What was registered is not known, or there was too much to compare.
    UNKNOWN = "unknown"
    #: The measure resembles an outcome that has its measure already: one outcome split by visit, arm or phase.
    PART_OF = "part_of"
    NEVER_REGISTERED = "never_registered"


class RegisteredOutcome(msgspec.Struct, frozen=True):
    """One registered outcome and its measure. Or a measure that is left over: see `PART_OF`, `NEVER_REGISTERED`."""

    #: Title as registered. None for a measure that resembles no outcome.
    outcome: str | None
    time_frame: str | None
    #: ``primary``, ``secondary`` or ``other``. None for a measure that resembles no outcome.
    registered_as: str | None
    #: ISO day of the version that is held against the results. None if none is.
    as_of: str | None
    verdict: Verdict
    #: Key in `Reported.measures`, and the title of that measure.
    measure: str | None
    measure_title: str | None
    #: How much the two are alike: 0 to 1. None without a measure.
    score: float | None
    #: One sentence.
    why: str


class RegisteredReport(msgspec.Struct, frozen=True):
    """The whole comparison. `outcomes`: those registered, then the measures that are left over."""

    outcomes: tuple[RegisteredOutcome, ...] = ()
    as_of: str | None = None
    anchor: Anchor | None = None
    #: False if no version says what was registered. Then every verdict is `UNKNOWN`.
    known: bool = True


class _Compared(NamedTuple):
    """One version beside the posted measures."""

    as_of: str
    outcomes: Mapping[Key, OutcomeMeasure]
    measures: Mapping[Key, Measure]
    pairing: Pairing


def registered_against_reported(
    past: Sequence[tuple[dt.date, TrialRecord]], posted: TrialRecord, measures: Mapping[str, Measure]
) -> RegisteredReport:
    """Return what became of the outcomes that were registered before the results were posted.

    `past`: versions from before the posting, as (day, record). Those with results are ignored. `posted`: the record
    with results. `measures`: its outcome measures by key (`Reported.measures`).

    The versions of `as_of.candidates` are tried in order. The first one that differs from what was reported is the one
    that counts, or the first one if none differs. Without such a version every verdict is `UNKNOWN`, never "all
    reported". Without measures nothing is reported: do not call this before the results were read. Never raise.
    """
    tried = candidates(past, posted)
    if not tried:
        return _unknown(posted)
    first: RegisteredReport | None = None
    for candidate in tried:
        report = _against(candidate, measures)
        if any(it.verdict is not Verdict.REPORTED for it in report.outcomes):
            return report
        first = first or report
    return first or RegisteredReport()


def primary_or_missing(report: RegisteredReport) -> list[RegisteredOutcome]:
    """Return the registered primary outcomes, and the others that are not reported: what a short message shows."""
    own = (it for it in report.outcomes if it.registered_as is not None and it.verdict is not Verdict.PART_OF)
    return [it for it in own if it.registered_as == "primary" or it.verdict is Verdict.NOT_REPORTED]


def sentence(report: RegisteredReport, *, dated: bool = True) -> str:
    """Return at most one clause on primary outcomes that are not reported, for the end of a summary; "" if none is.

    With `dated`, it also says on which day they were registered so.
    """
    if not report.known:
        return "what was registered is not known"
    primaries = [it for it in report.outcomes if it.registered_as == "primary" and it.verdict is not Verdict.PART_OF]
    missing = sum(it.verdict is Verdict.NOT_REPORTED for it in primaries)
    if not missing:
        return ""
    noun, verb = "outcome" if len(primaries) == 1 else "outcomes", "is" if missing == 1 else "are"
    when = f" (as registered on {report.as_of})" if dated else ""
    return f"{missing} of {len(primaries)} registered primary {noun} {verb} not reported{when}"


def _unknown(posted: TrialRecord) -> RegisteredReport:
    """Every outcome as the record names it now, which is not what was registered."""
    found = (
        RegisteredOutcome(it.measure, it.time_frame, role, None, Verdict.UNKNOWN, None, None, None, _NOT_HELD)
        for role, _, it in outcomes_of(posted)
    )
    return RegisteredReport(tuple(found), known=False)


def _against(candidate: Candidate, measures: Mapping[str, Measure]) -> RegisteredReport:
    outcomes = {(role, key): outcome for role, key, outcome in outcomes_of(candidate.record)}
    reported = {(_role(measure), key): measure for key, measure in measures.items()}
    texts = [text for it in outcomes.values() for text in (it.measure, it.description) if text]
    texts += [text for measure in reported.values() for text in (measure.title, measure.description) if text]
    defined = abbreviations(texts)
    pairing = pair_up(
        [_item(key, it.measure, it.description, it.time_frame, defined) for key, it in outcomes.items()],
        [_item(key, it.title, it.description, it.time_frame, defined) for key, it in reported.items()],
    )
    compared = _Compared(candidate.day.isoformat(), outcomes, reported, pairing)
    taken = {partner.key for partner in pairing.partners.values()}
    found = [_registered(key, compared) for key in outcomes]
    found += [_left_over(key, compared) for key in reported if key not in taken]
    return RegisteredReport(tuple(found), compared.as_of, candidate.anchor)


def _role(measure: Measure) -> str:
    return _ROLES.get(measure.type or "", "other")


def _item(key: Key, title: str, description: str | None, time_frame: str | None, defined: Abbreviations) -> Item:
    return item(key, words_of(title, defined), words_of(description or "", defined), days_of(time_frame))


def _registered(key: Key, compared: _Compared) -> RegisteredOutcome:
    """One registered outcome, with its partner or without one."""
    outcome, partner = compared.outcomes[key], compared.pairing.partners.get(key)
    if partner is not None:
        verdict, why = _judged(key, outcome, partner, compared.measures[partner.key])
        return _row(compared, key, verdict, partner, why)
    if not compared.pairing.complete:
        return _row(compared, key, Verdict.UNKNOWN, None, _TOO_MANY)
    why, nearest = "No reported measure resembles it.", compared.pairing.nearest_measure.get(key)
    if nearest is not None and nearest.score >= LIKE:  # it would be the partner, if another outcome were not nearer
        why = f"What resembles it is the measure of another outcome: {_quoted(compared.measures[nearest.key].title)}."
    elif nearest is not None:
        why += f" The nearest is {_quoted(compared.measures[nearest.key].title)}."
    return _row(compared, key, Verdict.NOT_REPORTED, None, why)


def _judged(key: Key, outcome: OutcomeMeasure, partner: Likeness, measure: Measure) -> tuple[Verdict, str]:
    """The verdict on an outcome with a partner, and its sentence. The weightiest difference decides."""
    role = partner.key[0]
    same_title = plain_words(outcome.measure) == plain_words(measure.title)
    named = "under the same title" if same_title else f"as {_quoted(measure.title)}"
    if partner.score < SAME:
        return Verdict.PERHAPS, f"Perhaps reworded {named}."
    state, said = _state(measure)
    if role != key[0]:
        also = f" {said}" if said else ""
        return Verdict.MOVED, f"Registered as {key[0]}, reported as {role} {named}.{also}"
    if state is not None:
        return state, f"Reported {named}. {said}"
    if not all_kept(days_of(outcome.time_frame), days_of(measure.time_frame)):
        frames = f"{_quoted(outcome.time_frame or '')} became {_quoted(measure.time_frame or '')}"
        return Verdict.RETIMED, f"Reported {named} at another time: {frames}."
    return Verdict.REPORTED, f"Reported {named}."


def _state(measure: Measure) -> tuple[Verdict | None, str]:
    """Whether the values of a measure are there: None and "" if they are."""
    if not measure.is_posted:
        day = measure.anticipated_posting
        return Verdict.NOT_YET, f"Its values are not posted yet; {f'expected {day}' if day else 'no date is given'}."
    counts = [count for it in measure.denominators.values() for count in it.counts.values()]
    if counts and all(number_of(count) == 0 for count in counts):
        return Verdict.NO_DATA, "No participant was analyzed."
    return None, ""


def _left_over(key: Key, compared: _Compared) -> RegisteredOutcome:
    """One measure without a partner."""
    measure, nearest = compared.measures[key], compared.pairing.nearest_outcome.get(key)
    if not compared.pairing.complete or nearest is None:
        return _measure_row(compared, key, Verdict.UNKNOWN, _TOO_MANY)
    partner = compared.pairing.partners.get(nearest.key)
    if partner is None or nearest.score < SAME:
        posted_as = " It is posted as post hoc." if measure.type == "POST_HOC" else ""
        return _measure_row(compared, key, Verdict.NEVER_REGISTERED, f"No registered outcome resembles it.{posted_as}")
    already = _quoted(compared.measures[partner.key].title)
    why = f"Resembles a registered outcome that is reported as {already}: perhaps split by visit, arm or phase."
    return _row(compared, nearest.key, Verdict.PART_OF, Likeness(key, nearest.score), why)


def _row(compared: _Compared, key: Key, verdict: Verdict, partner: Likeness | None, why: str) -> RegisteredOutcome:
    outcome = compared.outcomes[key]
    return RegisteredOutcome(
        outcome.measure,
        outcome.time_frame,
        key[0],
        compared.as_of,
        verdict,
        partner.key[1] if partner else None,
        compared.measures[partner.key].title if partner else None,
        round(min(1.0, partner.score), 2) if partner else None,
        why,
    )


def _measure_row(compared: _Compared, key: Key, verdict: Verdict, why: str) -> RegisteredOutcome:
    title = compared.measures[key].title
    return RegisteredOutcome(None, None, None, compared.as_of, verdict, key[1], title, None, why)


def _quoted(text: str) -> str:
    """`text` in quotes on one line, cut if it is long."""
    line = one_line(text)
    return f'"{line}"' if len(line) <= _LONGEST_QUOTE else f'"{line[: _LONGEST_QUOTE - 1].rstrip()}…"'
