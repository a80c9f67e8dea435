"""What was told of a cycle and what a later look tells, put together: nothing twice, nothing lost, all in its place."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.results.merge_cycles import CycleStep, merged

NAMES = {"s": "submitted", "r": "returned", "c": "cancelled", "p": "posted"}


def cycle(text: str) -> list[CycleStep]:
    """``s05 c s09``: submitted on the 5th, cancelled on an unknown day, submitted on the 9th."""
    return [CycleStep(NAMES[step[0]], f"2026-01-{step[1:]}" if step[1:] else None) for step in text.split()]


def told(steps: list[CycleStep]) -> str:
    return " ".join(f"{step.event[0]}{(step.date or '')[-2:]}" for step in steps)


# told before, told now; the whole, what is new in it, what got its day
CASES = [
    ("the first look", "", "s05 r09", "s05 r09", "s05 r09", ""),
    ("the same again", "s05 r09", "s05 r09", "s05 r09", "", ""),
    ("a step more", "s05", "s05 r09", "s05 r09", "r09", ""),
    ("erased on posting: the rounds are kept", "s05 r09 s12", "s05 p20", "s05 r09 s12 p20", "p20", ""),
    ("vanished", "s05 r09", "", "s05 r09", "", ""),
    ("back after it vanished", "s05", "s05", "s05", "", ""),
    ("a missed round goes where its days belong", "s05 p20", "s05 r09 s12 p20", "s05 r09 s12 p20", "r09 s12", ""),
    ("a cancellation gets its day", "s05 c", "s05 c09", "s05 c09", "", "c09"),
    ("and loses it again", "s05 c09", "s05 c", "s05 c09", "", ""),
    ("its day comes with the next round", "s05 c", "s05 c09 s12", "s05 c09 s12", "s12", "c09"),
    ("one day, cancelled and submitted again", "s05", "s05 c05 s05", "s05 c05 s05", "c05 s05", ""),
    ("two rounds of one day are two", "s05 c05", "s05 c05 s05 c05", "s05 c05 s05 c05", "s05 c05", ""),
    ("what comes after an unknown day comes after it", "s05 c", "s05 p20", "s05 c p20", "p20", ""),
    ("also with rounds before it", "s01 r02 s05 c", "s01 p20", "s01 r02 s05 c p20", "p20", ""),
    ("nothing in common", "s05", "s09", "s05 s09", "s09", ""),
]


@pytest.mark.parametrize(("law", "before", "now", "whole", "fresh", "dated"), CASES, ids=[case[0] for case in CASES])
def test_two_looks_put_together(law: str, before: str, now: str, whole: str, fresh: str, dated: str) -> None:
    found = merged(cycle(before), cycle(now))
    assert (told(found.steps), told(found.fresh), told(found.dated)) == (whole, fresh, dated)


@st.composite
def looks(draw: st.DrawFn) -> list[CycleStep]:
    """Any steps in the order of their days; only of a cancellation the registry may not know the day."""
    events = draw(st.lists(st.sampled_from(list(NAMES.values())), max_size=6))
    days = sorted(draw(st.lists(st.integers(5, 9), min_size=len(events), max_size=len(events))))
    unknown = [event == "cancelled" and draw(st.booleans()) for event in events]
    return [
        CycleStep(event, None if lost else f"2026-01-{day:02}")
        for event, day, lost in zip(events, days, unknown, strict=True)
    ]


@given(looks(), looks())
def test_nothing_is_lost_and_nothing_told_twice(before: list[CycleStep], now: list[CycleStep]) -> None:
    found = merged(before, now)
    whole = Counter(step.event for step in found.steps)
    assert len(found.steps) == len(before) + len(found.fresh)
    assert all(whole[event] >= number for event, number in Counter(step.event for step in now).items())
    assert Counter(found.fresh) <= Counter(now) and Counter(found.dated) <= Counter(now)
    assert not set(found.dated) & {step for step in before if step.date is None}
    for step in before:
        assert step in found.steps or (step.date is None and any(it.event == step.event for it in found.dated))


@given(looks(), looks())
def test_the_same_look_again_adds_nothing(before: list[CycleStep], now: list[CycleStep]) -> None:
    whole = merged(before, now).steps
    assert merged(whole, now) == (whole, [], [])
    assert merged(whole, whole) == (whole, [], [])


@given(looks())
def test_a_first_look_is_told_as_it_is(now: list[CycleStep]) -> None:
    assert merged([], now) == (now, now, [])
    assert merged(now, []) == (now, [], [])
