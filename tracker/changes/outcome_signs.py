"""Warning signs in primary outcomes: added, dropped, promoted, demoted, reworded, or measured at another time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.changes.identity import matched_in
from tracker.changes.sign import COMPLETED, Sign
from tracker.changes.word_changes import Effort, word_changes
from tracker.changes.words import listed, shortened
from tracker.records.text import plain_words
from tracker.records.trial import Outcome, TrialRecord

__all__ = ["KIND", "outcome_signs", "outcomes_said"]

KIND = "outcome.primary_changed"
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
    found_again = matched_in(("outcomes", "primary"), before.document(), after.document())
    gone = [old[key] for key in sorted(found_again.gone)]
    come = [new[key] for key in sorted(found_again.come)]
    lower_old, lower_new = _measures(before), _measures(after)
    promoted = [item for item in come if _name(item) in lower_old]
    demoted = [item for item in gone if _name(item) in lower_new]
    gone_for_good = [item for item in gone if _name(item) not in lower_new]
    really_new = [item for item in come if _name(item) not in lower_old]
    keys = {pair.before: pair.after for pair in found_again.moved}
    kept = old.keys() - found_again.gone
    pairs = [(old[key], new[keys.get(key, key)]) for key in sorted(kept)]
    effort = Effort()
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
