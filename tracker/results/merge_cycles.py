"""What was told of a cycle, and what a later look tells of it, put together without telling a step twice. Pure.

A step may be told without its day at first (a cancellation on an unknown day) and with it later: that is one step, and
it keeps the day. A step that was missed is put where its day belongs, not at the end.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["CycleStep", "Merged", "corrected", "corrections", "merged"]


class CycleStep(NamedTuple):
    """One dated step; `date` is None when the registry says it is unknown."""

    event: str
    date: str | None


_MOST_CELLS = 250_000
"""Pairs of steps that are aligned: five hundred steps on both sides. Real cycles have a dozen."""
_MOST_STEPS = 1_000
"""Steps that are each put between their neighbours."""


class Merged(NamedTuple):
    """`steps`: the whole. `fresh`: what was not told before, in order. `dated`: what was told and now has its day."""

    steps: list[CycleStep]
    fresh: list[CycleStep]
    dated: list[CycleStep]


class _Aligned(NamedTuple):
    """So many pairs, so many of them the very same; the first of them, and what follows it."""

    pairs: int
    same: int
    first: tuple[int, int] | None
    rest: _Aligned | None


_NOTHING = _Aligned(0, 0, None, None)


def merged(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> Merged:
    """`told` with what `current` adds to it. A step given twice on one day counts twice.

    Where there are too many steps to align, what is not among those told, day and all, is put behind them.
    """
    if _too_many(told, current):
        return _appended(told, current)
    places = _places(told, current)
    # One list of (where it goes, in which turn): what is new lies between the steps it was found between.
    laid = [((place, 0), step) for place, step in enumerate(told)]
    fresh, dated, at = [], [], -1
    for turn, (step, place) in enumerate(zip(current, places, strict=True)):
        if place is None:
            fresh.append(step)
            at = max(at, _after(told, places, turn, step))  # not before the new one it follows
            laid.append(((at, turn + 1), step))
            continue
        at = -1
        if told[place].date is None and step.date is not None:
            dated.append(step)
            laid[place] = (laid[place][0], step)
    return Merged([step for _, step in sorted(laid, key=lambda it: it[0])], fresh, dated)


def _too_many(one: Sequence[CycleStep], two: Sequence[CycleStep]) -> bool:
    return len(one) * len(two) > _MOST_CELLS or len(two) > _MOST_STEPS


def _appended(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> Merged:
    left = Counter(told)
    fresh = []
    for step in current:
        left[step] -= 1
        if left[step] < 0:
            fresh.append(step)
    return Merged([*told, *fresh], fresh, [])


def corrections(before: Sequence[CycleStep], after: Sequence[CycleStep]) -> list[tuple[CycleStep, CycleStep]]:
    """Steps whose day was corrected, as (before, after): the registry lists every round while results are pending.

    So a step that went while one of its kind came in its place, between the same neighbours, is that step with another
    day. Of two steps that went together nothing is left to tell which round they were: those are told as new ones.
    So are all where there are too many steps to align.
    """
    if _too_many(before, after):
        return []
    places = _places(before, after)
    bounds = [(-1, -1), *_aligned(before, after), (len(before), len(after))]
    found = []
    for (old, new), (next_old, next_new) in pairwise(bounds):
        gone = [before[place] for place in range(old + 1, next_old) if place not in places]
        come = [after[turn] for turn in range(new + 1, next_new) if places[turn] is None]
        if len(gone) == 1 and come and gone[0].event == come[0].event:
            found.append((gone[0], come[0]))
    return found


def corrected(told: Sequence[CycleStep], pairs: Sequence[tuple[CycleStep, CycleStep]]) -> list[CycleStep]:
    """What was told, with these corrections put in; of steps that are the same the last one is meant."""
    steps = list(told)
    places: dict[CycleStep, list[int]] = defaultdict(list)
    for place, step in enumerate(steps):
        places[step].append(place)
    for was, now in pairs:
        if places[was]:
            steps[place := places[was].pop()] = now
            insort(places[now], place)
    return steps


def _places(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> list[int | None]:
    """For each step of `current` which of `told` it is; None for a new one.

    Those in the same order on both sides first; then the very same in any order.
    """
    places: list[int | None] = [None] * len(current)
    for place, turn in _aligned(told, current):
        places[turn] = place
    free = [place for place in range(len(told)) if place not in places]
    for turn in [turn for turn, place in enumerate(places) if place is None]:
        found = next((it for it in free if told[it] == current[turn]), None)
        if found is not None:
            places[turn] = found
            free.remove(found)
    return places


def _aligned(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> Iterator[tuple[int, int]]:
    """Pairs of places, in order on both sides: as many as there can be, and of those the most that are the very same.

    Of a longest common subsequence, with a step that is told without its day counting as the same with it.
    """
    best: dict[tuple[int, int], _Aligned] = defaultdict(lambda: _NOTHING)
    for place in reversed(range(len(told))):
        for turn in reversed(range(len(current))):
            one, two = told[place], current[turn]
            found = max(best[place + 1, turn], best[place, turn + 1], key=_worth)
            if one == two or _may_be(one, two):
                rest = best[place + 1, turn + 1]
                pair = _Aligned(rest.pairs + 1, rest.same + (one == two), (place, turn), rest)
                found = max(pair, found, key=_worth)
            best[place, turn] = found
    step: _Aligned | None = best[0, 0]
    while step is not None and step.first is not None:
        yield step.first
        step = step.rest


def _worth(found: _Aligned) -> tuple[int, int]:
    return (found.pairs, found.same)


def _may_be(one: CycleStep, two: CycleStep) -> bool:
    return one.event == two.event and (one.date is None) != (two.date is None)


def _bounds(places: Sequence[int | None], turn: int, end: int) -> tuple[int, int]:
    """The places of the nearest steps on either side that were told before; outside the list where there are none."""
    low = next((it for it in reversed(places[:turn]) if it is not None), -1)
    high = next((it for it in places[turn + 1 :] if it is not None), end)
    return low, max(high, low + 1)


def _after(told: Sequence[CycleStep], places: Sequence[int | None], turn: int, step: CycleStep) -> int:
    """Behind which place of `told` a new step goes: the last of no later day between its neighbours."""
    low, high = _bounds(places, turn, len(told))
    found = low
    for place in range(low + 1, high):
        day = told[place].date
        if step.date is not None and day is not None and day <= step.date:
            found = place
        elif day is None and place == found + 1 and found >= 0:
            found = place  # a step without a day stays with the one it followed
    return found
