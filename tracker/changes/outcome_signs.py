"""Warning signs in primary outcomes: added, dropped, promoted, demoted, reworded, or measured at another time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tracker.changes.likeness import Effort, likeness, word_changes
from tracker.changes.sign import COMPLETED, Sign
from tracker.changes.words import listed, shortened
from tracker.records.text import plain_words
from tracker.records.trial import Outcome, TrialRecord

__all__ = ["KIND", "outcome_signs", "outcomes_said"]

KIND = "outcome.primary_changed"
_ALIKE = 0.5
"""Two measures that share this much of their words are one, reworded."""
_FEW = 2
_DONE = {
    "outcome.added": "added",
    "outcome.dropped": "dropped",
    "outcome.promoted": "promoted from secondary",
    "outcome.demoted": "made secondary",
    "outcome.reworded": "reworded",
    "outcome.time_frame": "timed anew",
}


def outcome_signs(before: TrialRecord, after: TrialRecord, timing: str) -> list[Sign]:
    """The signs in the primary outcomes of two versions, each with the outcome's own words as evidence."""
    old, new = before.outcomes.primary, after.outcomes.primary
    gone = [item for key, item in old.items() if key not in new]
    come = [item for key, item in new.items() if key not in old]
    lower_old, lower_new = _measures(before), _measures(after)
    promoted = [item for item in come if _name(item) in lower_old]
    demoted = [item for item in gone if _name(item) in lower_new]
    gone_for_good = [item for item in gone if _name(item) not in lower_new]
    really_new = [item for item in come if _name(item) not in lower_old]
    effort = Effort()
    pairs = _reworded(gone_for_good, really_new, effort)
    paired = {id(item) for pair in pairs for item in pair}
    gone_for_good = [item for item in gone_for_good if id(item) not in paired]
    really_new = [item for item in really_new if id(item) not in paired]
    pairs += [(old[key], new[key]) for key in old.keys() & new.keys()]
    found = [
        _outcome(kind, said, item, timing)
        for kind, said, items in (
            ("added", "Primary outcome added", really_new),
            ("dropped", "Primary outcome dropped", gone_for_good),
            ("promoted", "Secondary outcome made primary", promoted),
            ("demoted", "Primary outcome made secondary", demoted),
        )
        for item in items
    ]
    return found + [sign for was, now in sorted(pairs, key=str) for sign in _edited(was, now, timing, effort)]


def _measures(record: TrialRecord) -> set[tuple[str, ...]]:
    lower = (record.outcomes.secondary, record.outcomes.other)
    return {_name(item) for items in lower for item in items.values()}


def _name(item: Outcome) -> tuple[str, ...]:
    return tuple(plain_words(item.measure))


def _reworded(gone: Sequence[Outcome], come: Sequence[Outcome], effort: Effort) -> list[tuple[Outcome, Outcome]]:
    """Measures that went and came in other words, the most alike first, each once.

    A measure that came to have a namesake goes and comes in the same words: its time frame and its description tell
    which it is. Where there are too many to compare each with each, only measures of the same words are paired.
    """
    said = {id(item): _Said.of(item) for item in (*gone, *come)}
    old, new = [said[id(item)] for item in gone], [said[id(item)] for item in come]
    if not effort.affords_pairs([it.words for it in old], [it.words for it in new]):
        return _namesakes(gone, come, said)
    ranked = sorted(
        (
            (_likeness(was_said, now_said, effort), was, now)
            for was, was_said in zip(gone, old, strict=True)
            for now, now_said in zip(come, new, strict=True)
        ),
        key=lambda it: it[0],
        reverse=True,
    )
    pairs: list[tuple[Outcome, Outcome]] = []
    taken: set[int] = set()
    for alike, was, now in ranked:
        if alike[0] >= _ALIKE and id(was) not in taken and id(now) not in taken:
            taken |= {id(was), id(now)}
            pairs.append((was, now))
    return pairs


class _Said(NamedTuple):
    """An outcome in plain words, made once: each is compared with many."""

    words: list[str]
    measure: str
    time_frame: str
    description: str

    @classmethod
    def of(cls, item: Outcome) -> _Said:
        words = plain_words(item.measure)
        others = [" ".join(plain_words(text or "")) for text in (item.time_frame, item.description)]
        return cls(words, " ".join(words), *others)

    def called(self, parts: int) -> tuple[str, ...]:
        """The first of: measure, time frame, description."""
        return (self.measure, self.time_frame, self.description)[:parts]


def _likeness(one: _Said, two: _Said, effort: Effort) -> tuple[float, bool, bool]:
    """How much of the measure's words they share; among namesakes the time frame counts, then the description."""
    share = likeness(one.words, two.words, effort)
    return share, one.time_frame == two.time_frame, one.description == two.description


def _namesakes(
    gone: Sequence[Outcome], come: Sequence[Outcome], said: Mapping[int, _Said]
) -> list[tuple[Outcome, Outcome]]:
    """Measures of the same words, those of one time frame and description first, then of one time frame, each once."""
    pairs: list[tuple[Outcome, Outcome]] = []
    taken: set[int] = set()
    for parts in (3, 2, 1):
        waiting: dict[tuple[str, ...], list[Outcome]] = defaultdict(list)
        for item in reversed(come):
            if id(item) not in taken:
                waiting[said[id(item)].called(parts)].append(item)
        for was in gone:
            namesakes = waiting.get(said[id(was)].called(parts))
            if namesakes and id(was) not in taken:
                pairs.append((was, namesakes.pop()))
                taken |= {id(was), id(pairs[-1][1])}
    return pairs


def _outcome(kind: str, said: str, item: Outcome, timing: str) -> Sign:
    severity = "critical" if timing in COMPLETED else "major"
    evidence = {"measure": item.measure, "time_frame": item.time_frame}
    return Sign(f"outcome.{kind}", KIND, severity, timing, f"{said} {timing}: {shortened(item.measure)}", evidence)


def _edited(was: Outcome, now: Outcome, timing: str, effort: Effort) -> list[Sign]:
    """What was said anew of one outcome. Its time frame alone weighs less than its words."""
    words = {
        part: word_changes(getattr(was, part) or "", getattr(now, part) or "", effort)
        for part in ("measure", "description", "time_frame")
    }
    told = {part: changes for part, changes in words.items() if changes}
    if not told:
        return []
    evidence = {"measure": now.measure, "words": told}
    measure, turn = shortened(now.measure, 60), _turn(next(iter(told.values()))[0])
    if set(told) == {"time_frame"}:
        summary = f"Time frame of a primary outcome changed {timing}: {measure}, {turn}"
        return [Sign("outcome.time_frame", KIND, "minor", timing, summary, evidence)]
    summary = f"Primary outcome reworded {timing}: {measure}, {turn}"
    return [Sign("outcome.reworded", KIND, "major", timing, summary, evidence)]


def _turn(change: dict[str, str]) -> str:
    """The first words that differ: ``"12" now "24"``."""
    before, after = (shortened(change[side], 30) for side in ("before", "after"))
    if not before or not after:
        return f'with "{after}"' if after else f'without "{before}"'
    return f'"{before}" now "{after}"'


def outcomes_said(signs: Sequence[Sign]) -> str:
    """What was done to the primary outcomes, in one sentence: each sign's own, or, of many, the kinds and names."""
    if len(signs) <= _FEW:
        return "; ".join(sign.summary for sign in signs)
    by_kind: dict[str, list[str]] = {}
    for sign in signs:
        by_kind.setdefault(sign.kind, []).append(sign.evidence["measure"])
    parts = [f"{len(names)} {_DONE[kind]} ({listed(names, most=1)})" for kind, names in by_kind.items()]
    return f"Primary outcomes {signs[0].timing}: {', '.join(parts)}"
