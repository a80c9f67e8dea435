"""What was told of a cycle, and what a later look tells of it, put together without telling a step twice. Pure.

A step may be told without its day at first (a cancellation on an unknown day) and with it later: that is one step, and
it keeps the day. A step that was missed is put where its day belongs, not at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

__all__ = ["CycleStep", "Merged", "merged"]


class CycleStep(NamedTuple):
    """One dated step; `date` is None when the registry says it is unknown."""

    event: str
    date: str | None


class Merged(NamedTuple):
    """`steps`: the whole. `fresh`: what was not told before, in order. `dated`: what was told and now has its day."""

    steps: list[CycleStep]
    fresh: list[CycleStep]
    dated: list[CycleStep]


def merged(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> Merged:
    """`told` with what `current` adds to it. A step given twice on one day counts twice."""
    places = _places(told, current)
    # One list of (where it goes, in which turn): what is new lies between the steps it was found between.
    laid = [((place, 0), step) for place, step in enumerate(told)]
    fresh, dated = [], []
    for turn, (step, place) in enumerate(zip(current, places, strict=True)):
        if place is None:
            fresh.append(step)
            laid.append(((_after(told, places, turn, step), turn + 1), step))
        elif told[place].date is None and step.date is not None:
            dated.append(step)
            laid[place] = (laid[place][0], step)
    return Merged([step for _, step in sorted(laid, key=lambda it: it[0])], fresh, dated)


def _places(told: Sequence[CycleStep], current: Sequence[CycleStep]) -> list[int | None]:
    """For each step of `current` which of `told` it is; None for a new one.

    The very same first, in the same order, then in any; and then those of which only one has its day.
    """
    places: list[int | None] = [None] * len(current)
    for block in SequenceMatcher(None, told, current, autojunk=False).get_matching_blocks():
        for turn in range(block.size):
            places[block.b + turn] = block.a + turn
    free = [place for place in range(len(told)) if place not in places]
    for look in (_same, _dated):
        for turn in [turn for turn, place in enumerate(places) if place is None]:
            found = look(told, free, current[turn], _bounds(places, turn, len(told)))
            if found is not None:
                places[turn] = found
                free.remove(found)
    return places


def _same(told: Sequence[CycleStep], free: Sequence[int], step: CycleStep, _bounds: tuple[int, int]) -> int | None:
    return next((it for it in free if told[it] == step), None)


def _dated(told: Sequence[CycleStep], free: Sequence[int], step: CycleStep, bounds: tuple[int, int]) -> int | None:
    """A step told without its day, or told with it and now without, between the same neighbours."""
    low, high = bounds
    return next((it for it in free if low < it < high and _may_be(told[it], step)), None)


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
        elif day is None and place == found + 1 and found > low:
            found = place  # a step without a day stays with the one it followed
    return found
