"""Red flags in primary outcomes: added, dropped, promoted, demoted, reworded, or measured at another time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from storage.values.severity import Severity
from tracker.changes.event import LONGEST
from tracker.changes.gravity import weight
from tracker.changes.matching.match_items import matched_in
from tracker.changes.red_flag import COMPLETED, RedFlag
from tracker.changes.wording.outcome_names import OutcomeNames, plain_name
from tracker.changes.wording.word_diff import Effort, shared_words, word_changes
from tracker.changes.wording.words import both, listed
from tracker.records.text import plain_words
from tracker.records.trial import OutcomeMeasure, TrialRecord

__all__ = ["KIND", "outcome_flags", "outcomes_in_words"]

KIND = "outcome.primary_changed"
_PARTS = ("measure", "description", "time_frame")
_ALIKE_MOVED = 0.75
"""A primary and a secondary outcome are the same if they share this much of their words. Within one list less is
enough. But both lists may measure much the same thing, so a match between them must be closer."""
_MOST_PAIRS = 10_000
"""With more pairs than this, outcomes that moved in other words are reported as dropped and added."""
_FEW = 2
_NAME = 60
_SHORTEST_NAME = 24
_WHOLE = 28
"""Number of characters to show of the old and of the new text."""
_KINDS = {
    "dropped": ("Primary outcome dropped", "dropped"),
    "demoted": ("Primary outcome made secondary", "made secondary"),
    "promoted": ("Secondary outcome made primary", "promoted from secondary"),
    "added": ("Primary outcome added", "added"),
    "time_frame": ("Time frame of a primary outcome changed", "with another time frame"),
    "reworded": ("Primary outcome reworded", "reworded"),
}
"""Kind of flag -> how one is named, and how several are counted."""
_TIMED_TOO = "Time frame and words of a primary outcome changed"


class _Pair(NamedTuple):
    """One outcome on both sides. `kind` says how it moved between lists, "" if it stayed primary."""

    was: OutcomeMeasure
    now: OutcomeMeasure
    kind: str = ""


def outcome_flags(before: TrialRecord, after: TrialRecord, timing: str) -> list[RedFlag]:
    """Return the flags for the primary outcomes of two versions, most important first, with the outcomes' words."""
    old, new = before.outcomes.primary, after.outcomes.primary
    found_again = matched_in(("outcomes", "primary"), before.document(), after.document())
    gone, come = [old[key] for key in sorted(found_again.gone)], [new[key] for key in sorted(found_again.come)]
    # Same name in the other list first, then other words. Only the rest was really dropped or added.
    pairs = _moved_by_name(before, after, gone, come)
    lower_old, lower_new = _lower(before), _lower(after)
    below, was_below = _new_in(lower_new, lower_old), _new_in(lower_old, lower_new)
    _take(pairs, gone, come, below, was_below)
    pairs += (moved := _moved_reworded(gone, come, below, was_below))
    _take(moved, gone, come)
    keys = {pair.before: pair.after for pair in found_again.moved}
    pairs += [_Pair(old[key], new[keys.get(key, key)]) for key in old.keys() - found_again.gone]
    called, effort = OutcomeNames(before, after), Effort()
    found = [flag for pair in sorted(pairs, key=str) for flag in _edited(pair, timing, called, effort)]
    for kind, items in (("dropped", gone), ("added", come)):
        found += [_sign(kind, item, timing, called) for item in items]
    return sorted(found, key=_gravity)


def _gravity(flag: RedFlag) -> int:
    kind = flag.kind.removeprefix("outcome.")
    return weight(KIND, "measure" if kind == "reworded" else kind)


def _take(pairs: Sequence[_Pair], *lists: list[OutcomeMeasure]) -> None:
    """Remove paired outcomes from the lists."""
    taken = {id(item) for pair in pairs for item in pair[:2]}
    for items in lists:
        items[:] = [item for item in items if id(item) not in taken]


def _moved_by_name(
    before: TrialRecord, after: TrialRecord, gone: Sequence[OutcomeMeasure], come: Sequence[OutcomeMeasure]
) -> list[_Pair]:
    """Pair outcomes that moved to another list under the same name."""
    if not gone and not come:
        return []
    left, entered = _unpaired_below(before, after)
    lower_old, lower_new = _lower(before), _lower(after)
    pairs = [_Pair(was, now, "demoted") for was, now in _namesakes(gone, lower_new, lower_old, entered)]
    return pairs + [_Pair(was, now, "promoted") for now, was in _namesakes(come, lower_old, lower_new, left)]


def _unpaired_below(before: TrialRecord, after: TrialRecord) -> tuple[list[OutcomeMeasure], list[OutcomeMeasure]]:
    """Return the outcomes of the other lists that are not found again: those before, and those after."""
    documents = before.document(), after.document()
    gone: list[OutcomeMeasure] = []
    come: list[OutcomeMeasure] = []
    for rank in ("secondary", "other"):
        found = matched_in(("outcomes", rank), *documents)
        gone += [getattr(before.outcomes, rank)[key] for key in sorted(found.gone)]
        come += [getattr(after.outcomes, rank)[key] for key in sorted(found.come)]
    return gone, come


def _namesakes(
    items: Sequence[OutcomeMeasure],
    lower: Sequence[OutcomeMeasure],
    across: Sequence[OutcomeMeasure],
    unpaired: Sequence[OutcomeMeasure],
) -> list[tuple[OutcomeMeasure, OutcomeMeasure]]:
    """Pair outcomes with those of the same name in the other lists, each once, those of the same time frame first.

    `across` has the other lists of the other version, `unpaired` what of `lower` is not found there. What stands in
    both did not move. With another time frame it may be a namesake that was there all along, so it must be unpaired.
    """
    stood = {_timed(item) for item in across}
    fresh = [item for item in lower if _timed(item) not in stood]
    pairs = _each_once(items, [*fresh, *(item for item in unpaired if _timed(item) in stood)], _timed)
    taken = {id(item) for pair in pairs for item in pair}
    new, left = {id(item) for item in fresh} - taken, [item for item in items if id(item) not in taken]
    return pairs + _each_once(left, [item for item in unpaired if id(item) in new], plain_name)


def _each_once(
    items: Sequence[OutcomeMeasure],
    others: Sequence[OutcomeMeasure],
    called: Callable[[OutcomeMeasure], tuple[str, ...]],
) -> list[tuple[OutcomeMeasure, OutcomeMeasure]]:
    """Pair outcomes that are called the same, in their order."""
    free: dict[tuple[str, ...], list[OutcomeMeasure]] = defaultdict(list)
    for other in reversed(others):
        free[called(other)].append(other)
    return [(item, free[called(item)].pop()) for item in items if free[called(item)]]


def _new_in(items: Sequence[OutcomeMeasure], others: Sequence[OutcomeMeasure]) -> list[OutcomeMeasure]:
    known = {plain_name(item) for item in others}
    return [item for item in items if plain_name(item) not in known]


def _moved_reworded(
    gone: Sequence[OutcomeMeasure],
    come: Sequence[OutcomeMeasure],
    below: Sequence[OutcomeMeasure],
    was_below: Sequence[OutcomeMeasure],
) -> list[_Pair]:
    """Pair outcomes that moved to another list and were reworded."""
    effort = Effort()
    demoted = [_Pair(was, now, "demoted") for was, now in _reworded(gone, below, effort)]
    return demoted + [_Pair(was, now, "promoted") for was, now in _reworded(was_below, come, effort)]


def _lower(record: TrialRecord) -> list[OutcomeMeasure]:
    return [*record.outcomes.secondary.values(), *record.outcomes.other.values()]


def _timed(item: OutcomeMeasure) -> tuple[str, ...]:
    return (*plain_name(item), "@", *plain_words(item.time_frame or ""))


def _reworded(
    gone: Sequence[OutcomeMeasure], come: Sequence[OutcomeMeasure], effort: Effort
) -> list[tuple[OutcomeMeasure, OutcomeMeasure]]:
    """Pair measures of two lists that were reworded, the most alike first, each once."""
    if len(gone) * len(come) > _MOST_PAIRS:
        return []
    ranked = sorted(
        ((shared_words(was.measure, now.measure, effort), was, now) for was in gone for now in come),
        key=lambda it: it[0],
        reverse=True,
    )
    pairs: list[tuple[OutcomeMeasure, OutcomeMeasure]] = []
    taken: set[int] = set()
    for shared, was, now in ranked:
        if shared < _ALIKE_MOVED:
            break
        if taken.isdisjoint({id(was), id(now)}):
            pairs.append((was, now))
            taken |= {id(was), id(now)}
    return pairs


def _sign(kind: str, item: OutcomeMeasure, timing: str, called: OutcomeNames) -> RedFlag:
    severity = Severity.CRITICAL if timing in COMPLETED else Severity.MAJOR
    evidence = {"measure": item.measure, "time_frame": item.time_frame}
    summary = f"{_KINDS[kind][0]} {timing}: {called.shown(item, _NAME + 20)}"
    return RedFlag(f"outcome.{kind}", KIND, severity, timing, summary, evidence, name=called.name(item))


def _edited(pair: _Pair, timing: str, called: OutcomeNames, effort: Effort) -> list[RedFlag]:
    """Return the flag for one outcome: that it moved, then its time frame, then its words."""
    texts = {part: (getattr(pair.was, part) or "", getattr(pair.now, part) or "") for part in _PARTS}
    words = {part: changes for part, sides in texts.items() if (changes := word_changes(*sides, effort))}
    if not words and not pair.kind:
        return []
    kind = pair.kind or ("time_frame" if "time_frame" in words else "reworded")
    timed, reworded = "time_frame" in words, bool(words.keys() - {"time_frame"})
    begin = f"{_TIMED_TOO if kind == 'time_frame' and reworded else _KINDS[kind][0]} {timing}: "
    turn = f", {'time frame ' if pair.kind else ''}{_turn(words, texts)}" if timed or (words and not pair.kind) else ""
    turn += ", reworded" if pair.kind and reworded else ""
    room = max(_SHORTEST_NAME, min(_NAME, LONGEST - len(begin) - len(turn)))
    # Use the old words, unless they are what changed: readers know the old ones.
    named = pair.was if pair.kind else pair.now
    evidence = {"measure": named.measure, "time_frame": named.time_frame} if pair.kind else {"measure": named.measure}
    severity = Severity.CRITICAL if pair.kind and timing in COMPLETED else Severity.MAJOR
    summary = f"{begin}{called.shown(named, room, but=pair[:2])}{turn}"
    whole = evidence | ({"words": words} if words else {})
    return [RedFlag(f"outcome.{kind}", KIND, severity, timing, summary, whole, name=called.name(named, but=pair[:2]))]


def _turn(words: Mapping[str, Sequence[Mapping[str, str]]], texts: Mapping[str, tuple[str, str]]) -> str:
    """Return the difference of the most important part: ``"12 weeks" now "24 weeks"``, or the first words of it."""
    part = min(words, key=lambda name: weight(KIND, name))
    before, after = texts[part]
    if max(len(before), len(after)) > _WHOLE or part != "time_frame":
        before, after = both(words[part][0]["before"], words[part][0]["after"], _WHOLE)
    if not before or not after:
        return f'with "{after}"' if after else f'without "{before}"'
    return f'"{before}" now "{after}"'


def outcomes_in_words(flags: Sequence[RedFlag]) -> str:
    """Return one sentence on all changes of primary outcomes: the flags' own sentences, or kinds and names if many.

    The most important kind comes first. The names get the room that the kinds leave.
    """
    whole = "; ".join(flag.summary for flag in flags)
    if (len(flags) <= _FEW and len(whole) <= LONGEST) or len(flags) == 1:
        return whole
    by_kind: dict[str, list[str]] = {}
    for flag in flags:
        by_kind.setdefault(flag.kind.removeprefix("outcome."), []).append(flag.name)
    bare = f"Primary outcomes {flags[0].timing}: " + ", ".join(
        f"{len(by_kind[kind])} {_KINDS[kind][1]}" for kind in by_kind
    )
    room = max(_SHORTEST_NAME, (LONGEST - len(bare)) // len(by_kind) - len(" () and 99 more"))
    # The bare measures, too: a name that is cut keeps the time frame by which it differs from its measure.
    among = [name for flag in flags for name in (flag.name, flag.evidence["measure"])]
    parts = [
        f"{len(names)} {_KINDS[kind][1]} ({listed(names, most=1, among=among, whole=room)})"
        for kind, names in by_kind.items()
    ]
    return f"Primary outcomes {flags[0].timing}: {', '.join(parts)}"
