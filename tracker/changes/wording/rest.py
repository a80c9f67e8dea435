"""The rest of a change's summary: what its headline does not say already. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from tracker.changes.wording.days import day_words, days_in_words
from tracker.changes.wording.headline import DATES, Change, Fields, fields_of, headline
from tracker.changes.wording.lines import one_line
from tracker.changes.wording.values import value_words
from tracker.changes.wording.words import phase_words, status_words

__all__ = ["rest_of"]

_LONGEST = 4_000
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OUR_DAYS = re.compile(r"date\.|duty\.|results\.(?:submitted|returned|cancelled|delay_certified|due_\w+|overdue)")
"""Kinds whose summaries are our own words. In others a day may stand in a text of the record, which stays as it is."""
_MOVED = re.compile(
    r"(?:(set) to|(?:moved|slipped) ([\d,]+ days?)( earlier)? to|(confirmed):) "
    r"(\d{4}(?:-\d\d){0,2})( \(actual\))?(?![\w-])"
)
_AFTER: dict[str, tuple[tuple[str, str], ...]] = {
    "trial.gone": ((r"The registry no longer has this trial", ""),),
    "trial.back": ((r"The registry has this trial again", ""),),
    "enrollment.target_changed": ((r"Enrollment target (?:cut|raised) (from .+?) to [\d,]+", r"\1"),),
    "results.submitted": (
        (r"Results submitted to the registry for quality control on ([^;]+)", r"on \1, for quality control"),
    ),
    "results.returned": ((r"Results returned (?=to the sponsor)", ""),),
    "results.cancelled": ((r"Submission of results cancelled", ""),),
    "results.removed": ((r"Posted results were removed", ""),),
    "results.due_moved": (
        (r"Due date under (.+?) (moved .+?), to (\S+): (.+); results are .+? overdue$", r"under \1: due \3, \2: \4"),
        (r"Due date under (.+?) moved [\d,]+ days? \w+, to (\S+): ", r"on \2, under \1: "),
    ),
    "results.measure_changed": ((r"Result changed: ", ""),),
    "results.safety_changed": ((r"Adverse events changed: ", ""),),
    "results.flow_changed": ((r"Participant flow changed: ", ""),),
    "results.baseline_changed": ((r"Baseline changed: ", ""),),
    "duty.began": ((r"Results are (?:now due )?(?:due (?=again))?", ""),),
    "duty.ended": ((r"Results are no longer due ", ""),),
    "outcome.primary_changed": (
        (r"Primary outcomes? ", ""),
        (r"Time frame( and words)? of a primary outcome changed ", r"time frame\1, "),
    ),
    "outcome.secondary_changed": ((r"Secondary outcomes? ", ""),),
    "sponsor.changed": ((r"Collaborators? ", ""),),
    "reference.added": (
        (r"[\d,]+ references? added with results: ", ""),
        (r"[\d,]+ references? added:? ", ""),
        (r"Reference (?:no longer cited as its results: )?", ""),
    ),
    "reference.retracted": ((r"References? retracted: ", ""),),
    "expanded_access.changed": ((r"Expanded access:? ", ""),),
}
"""Kind -> beginnings of its summaries that its headline says, and what is kept of them. The first match counts."""


def rest_of(change: Change) -> str:
    """Return words that follow the headline of a change, on one line. "" if it says all.

    `Results submitted again` -> `on 8 January 2027, for quality control`. Every number of the summary is in the
    headline or in the rest. A summary in words that are not known here is returned whole.
    """
    kind, said = str(change["kind"]), headline(change)
    summary = one_line(str(change["summary"]), _LONGEST)
    own = _own(kind, said, summary, fields_of(change))
    rest = _bare(_common(kind, said, summary) if own is None else own)
    if not _names_all(summary, f"{said} {rest}"):
        rest = summary
    return days_in_words(rest) if _OUR_DAYS.match(kind) else rest


def _names_all(summary: str, words: str) -> bool:
    """Return whether no number of the summary is lost. Days may be written in either way."""
    return set(_NUMBER.findall(days_in_words(summary))) <= set(_NUMBER.findall(days_in_words(words)))


def _common(kind: str, said: str, summary: str) -> str:
    """Return what follows the words that a headline and its summary both begin with."""
    for begin, kept in _AFTER.get(kind, ()):
        if found := re.match(begin, summary):
            return found.expand(kept) + summary[found.end() :]
    for start in (said, said.removesuffix(" changed"), "Changed:"):
        if summary.casefold().startswith(start.casefold()) and not summary[len(start) : len(start) + 1].isalnum():
            return summary[len(start) :]
    return summary


def _bare(rest: str) -> str:
    """Return the rest without the marks that joined it to its beginning, and without brackets around all of it."""
    rest = rest.strip().lstrip(" .,:;")
    inner = rest[1:-1]
    return inner if rest[:1] == "(" and rest[-1:] == ")" and not set(inner) & set("()") else rest


def _own(kind: str, said: str, summary: str, fields: Fields) -> str | None:
    """Return the rest for a kind whose headline takes its words from the fields. None if the summary is another one."""
    if kind in DATES:
        return _dated(DATES[kind][1], said, summary)
    own = _OWN.get(kind)
    return own(said, summary, fields) if own else None


def _turned(begin: str, now: str, said: str, summary: str) -> str | None:
    """Return `was ONE` and what follows, from `... changed from ONE to TWO ...`. None if the headline lacks TWO."""
    found = re.match(rf"{begin} changed from (.+?) to {re.escape(now)}(?!\w)", summary)
    if not found or now.casefold() not in said.casefold():
        return None
    return f"was {found[1]}{summary[found.end() :]}"


def _status(said: str, summary: str, fields: Fields) -> str | None:
    after = fields.get("status", (None, None))[1]
    if not isinstance(after, str):
        return None
    if after == "UNKNOWN":
        found = re.match(r"Status changed from (.+?) to Unknown status", summary)
        return f"was {found[1]}{summary[found.end() :]}" if found else None
    rest = _turned("Status", status_words(after), said, summary)
    return re.sub(r"^(was [^:]+): ", r"\1; reason given: ", rest) if rest else None


def _phase(said: str, summary: str, fields: Fields) -> str | None:
    after = fields.get("phases", (None, None))[1]
    return _turned("Phase", phase_words(after), said, summary) if isinstance(after, list) else None


def _sponsor(said: str, summary: str, fields: Fields) -> str | None:
    after = fields.get("sponsor.lead", (None, None))[1]
    return _turned("Lead sponsor", value_words("sponsor.lead", after), said, summary) if after else None


def _counted(said: str, summary: str, _fields: Fields) -> str | None:
    if " took part" not in said:
        return None
    if found := re.match(r"Actual enrollment (corrected from \S+) to [\d,]+", summary):
        return found[1] + summary[found.end() :]
    if found := re.match(r"Actual enrollment reported: [\d,]+ \((target was \S+)\)", summary):
        return ("" if " planned" in said else found[1]) + summary[found.end() :]
    return None


def _dated(label: str, said: str, summary: str) -> str | None:
    """Return the rest of a summary of `date_events.moved`. `label` begins it."""
    if not summary.startswith(f"{label} "):
        return None
    rest = summary[len(label) + 1 :]
    found = _MOVED.match(rest)
    if found is None:
        return rest.removeprefix("removed ")
    was_none, days, earlier, confirmed, day, actual = found.groups()
    parts = [] if day_words(day, short=True) in said else [day_words(day)]
    if days and days in said:
        parts = [f"to {it}" for it in parts]
    elif days:
        parts.append(f"{days} {'earlier' if earlier else 'later'}")
    if actual:
        parts.append("now an actual date" if confirmed or days else "an actual date")
    if was_none:
        parts.append("none was given before")
    return ", ".join(parts) + rest[found.end() :]


_OWN: dict[str, Callable[[str, str, Fields], str | None]] = {
    "status.changed": _status,
    "phase.changed": _phase,
    "sponsor.changed": _sponsor,
    "enrollment.actual_reported": _counted,
}
