"""Merge the steps of a results cycle that are known with those of a later version, without duplicates. Pure.

A step may first be known without its day (a cancellation on an unknown day) and later with it. That is one step, and it
gets the day. A step that was missed before goes where its day belongs, not to the end.

An alignment like that of a text diff (`_aligned`) decides which steps are the same. It also shows which steps are new,
which got their day, and which were corrected.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from storage.values.states import ResultsState

__all__ = ["CycleStep", "Merged", "corrected", "corrections", "merged"]


class CycleStep(NamedTuple):
    """One step of a cycle. `date` is None if the registry says that it is unknown."""

    event: ResultsState
    date: str | None


_MOST_CELLS = 250_000
"""Limit of pairs of steps to align: 500 steps on each side. Real cycles have about a dozen."""
_MOST_STEPS = 1_000
"""Limit of steps to insert one by one."""


class Merged(NamedTuple):
    """The result of a merge."""

    #: The whole cycle.
    steps: list[CycleStep]
    #: Steps that were not known before, in order.
    fresh: list[CycleStep]
    #: Steps that were known without a day and now have one.
    dated: list[CycleStep]


class _Aligned(NamedTuple):
    """An alignment as a linked list: number of pairs, number of identical pairs, the first pair, the rest."""

    pairs: int
    same: int
    first: tuple[int, int] | None
    rest: _Aligned | None


_NOTHING = _Aligned(0, 0, None, None)


def merged(known: Sequence[CycleStep], current: Sequence[CycleStep]) -> Merged:
    """Return `told` with the steps that `current` adds. A step that occurs twice on one day counts twice.

    If there are too many steps to align, steps that are not in `told` are appended.
    """
    if _too_many(known, current):
        return _appended(known, current)
    places = _places(known, current)
    # Sort keys are (place in `told`, turn in `current`). So a new step lands between the known steps around it, and
    # new steps at one place keep their order.
    laid = [((place, 0), step) for place, step in enumerate(known)]
    fresh, dated, at = [], [], -1
    for turn, (step, place) in enumerate(zip(current, places, strict=True)):
        if place is None:
            fresh.append(step)
            at = max(at, _after(known, places, turn, step))  # never before the new step that it follows
            laid.append(((at, turn + 1), step))
            continue
        # A known step ends the run of new ones.
        at = -1
        if known[place].date is None and step.date is not None:
            dated.append(step)
            laid[place] = (laid[place][0], step)
    return Merged([step for _, step in sorted(laid, key=lambda it: it[0])], fresh, dated)


def _too_many(one: Sequence[CycleStep], two: Sequence[CycleStep]) -> bool:
    return len(one) * len(two) > _MOST_CELLS or len(two) > _MOST_STEPS


def _appended(known: Sequence[CycleStep], current: Sequence[CycleStep]) -> Merged:
    """Append the steps of `current` that are not in `told`, counting duplicates."""
    left = Counter(known)
    fresh = []
    for step in current:
        left[step] -= 1
        if left[step] < 0:
            fresh.append(step)
    return Merged([*known, *fresh], fresh, [])


def corrections(before: Sequence[CycleStep], after: Sequence[CycleStep]) -> list[tuple[CycleStep, CycleStep]]:
    """Return steps whose day was corrected, as (before, after).

    While results are pending, the registry lists every round. So if one step disappeared and one of the same kind
    appeared between the same neighbours, it is the same step with another day. If two or more disappeared together,
    nothing shows which is which, and the steps count as new. The same holds if there are too many steps to align.
    """
    if _too_many(before, after):
        return []
    places = _places(before, after)
    bounds = [(-1, -1), *_aligned(before, after), (len(before), len(after))]
    # The aligned pairs cut both cycles into gaps. Each gap is judged by itself.
    found = []
    for (old, new), (next_old, next_new) in pairwise(bounds):
        gone = [before[place] for place in range(old + 1, next_old) if place not in places]
        come = [after[turn] for turn in range(new + 1, next_new) if places[turn] is None]
        if len(gone) == 1 and come and gone[0].event == come[0].event:
            found.append((gone[0], come[0]))
    return found


def corrected(known: Sequence[CycleStep], pairs: Sequence[tuple[CycleStep, CycleStep]]) -> list[CycleStep]:
    """Return `told` with these corrections applied. Of several equal steps, the last one is corrected."""
    steps = list(known)
    places: dict[CycleStep, list[int]] = defaultdict(list)
    for place, step in enumerate(steps):
        places[step].append(place)
    for was, now in pairs:
        if places[was]:
            steps[place := places[was].pop()] = now
            # `insort` keeps the places in order: a later pair may correct the step that was just put in.
            insort(places[now], place)
    return steps


def _places(known: Sequence[CycleStep], current: Sequence[CycleStep]) -> list[int | None]:
    """Return for each step of `current` its place in `told`, or None if it is new.

    Steps in the same order on both sides are matched first, then identical steps in any order.
    """
    places: list[int | None] = [None] * len(current)
    for place, turn in _aligned(known, current):
        places[turn] = place
    free = [place for place in range(len(known)) if place not in places]
    # The registry may list rounds in another order than they were seen in.
    for turn in [turn for turn, place in enumerate(places) if place is None]:
        found = next((it for it in free if known[it] == current[turn]), None)
        if found is not None:
            places[turn] = found
            free.remove(found)
    return places


def _aligned(known: Sequence[CycleStep], current: Sequence[CycleStep]) -> Iterator[tuple[int, int]]:
    """Yield pairs of places, in order on both sides: as many as possible, with as many identical pairs as possible.

    This is a longest common subsequence. A step without its day matches the step with its day.
    """
    best: dict[tuple[int, int], _Aligned] = defaultdict(lambda: _NOTHING)
    # best[place, turn] is the best alignment of the rest of both lists, so the table is filled from the end.
    for place in reversed(range(len(known))):
        for turn in reversed(range(len(current))):
            one, two = known[place], current[turn]
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
    """Return the places in `told` of the nearest known steps on both sides, or bounds outside the list."""
    low = next((it for it in reversed(places[:turn]) if it is not None), -1)
    high = next((it for it in places[turn + 1 :] if it is not None), end)
    return low, max(high, low + 1)


def _after(known: Sequence[CycleStep], places: Sequence[int | None], turn: int, step: CycleStep) -> int:
    """Return the place in `told` after which a new step goes: after the last step there that is not later."""
    low, high = _bounds(places, turn, len(known))
    found = low
    for place in range(low + 1, high):
        day = known[place].date
        if step.date is not None and day is not None and day <= step.date:
            found = place
        elif day is None and place == found + 1 and found >= 0:
            found = place  # a step without a day stays with the step before it
    return found
