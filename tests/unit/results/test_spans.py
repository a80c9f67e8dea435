"""How long results were in each state, from the days of the steps."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.results.cycle import CycleStep
from tracker.results.spans import spans

TODAY = dt.date(2026, 3, 1)
DAY = dt.date(2026, 2, 20)


def cycle(text: str) -> list[CycleStep]:
    """``submitted 01-05, returned`` : days of 2026, none for an unknown one."""
    told = [step.split() for step in text.split(", ") if step]
    return [CycleStep(step[0], f"2026-{step[1]}" if step[1:] else None) for step in told]


# state now, the steps; each state with its days, None for those that cannot be counted
CASES = [
    ("nothing was ever submitted", "none", "", []),
    ("under review", "submitted", "submitted 01-05", [("submitted", 55)]),
    ("sent back the same day", "returned", "submitted 01-05, returned 01-05", [("submitted", 0), ("returned", 55)]),
    (
        "cancelled on an unknown day, and again",
        "submitted",
        "submitted 01-05, cancelled, submitted 02-01",
        [("submitted", None), ("cancelled", None), ("submitted", 28)],
    ),
    ("posted", "posted", "submitted 01-05, posted 02-01", [("submitted", 27), ("posted", 28)]),
    (
        "quality control goes on after posting: the state does not change",
        "posted",
        "submitted 01-05, posted 02-01, returned 02-10",
        [("submitted", 27), ("posted", 28)],
    ),
    ("posted on an unknown day", "posted", "posted", [("posted", None)]),
    # what was pending is no longer listed since 02-20, or what was posted was taken away then
    ("vanished", "none", "submitted 01-05", [("submitted", 46), ("none", 9)]),
    ("removed", "none", "submitted 01-05, posted 02-01", [("submitted", 27), ("posted", 19), ("none", 9)]),
    ("no version tells", None, "submitted 01-05", [("submitted", 55)]),
]  # fmt: skip


@pytest.mark.parametrize(("law", "state", "steps", "days"), CASES, ids=[case[0] for case in CASES])
def test_the_days_in_each_state(law: str, state: str | None, steps: str, days: list[tuple[str, int | None]]) -> None:
    assert [(span.state, span.days) for span in spans(state, cycle(steps), DAY, TODAY)] == days


def test_a_state_that_began_on_an_unknown_day_has_no_days() -> None:
    [_, gone] = spans("none", cycle("submitted 01-05"), None, TODAY)
    assert (gone.state, gone.start, gone.days) == ("none", None, None)


def test_a_clock_that_was_set_back_counts_no_days_backwards() -> None:
    assert [span.days for span in spans("submitted", cycle("submitted 05-01"), None, TODAY)] == [0]


days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 2, 28)).map(dt.date.isoformat)
events = st.sampled_from(["submitted", "returned", "cancelled"])


@given(st.lists(st.builds(CycleStep, events, st.none() | days), max_size=6), st.dates(DAY, TODAY))
def test_the_spans_follow_one_another_to_today(steps: list[CycleStep], began: dt.date) -> None:
    steps.sort(key=lambda step: step.date or "")
    state = steps[-1].event if steps else "none"
    found = spans(state, steps, began, TODAY)
    assert [span.state for span in found] == [step.event for step in steps]
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(span.days is None or span.days >= 0 for span in found)
    if steps and all(step.date for step in steps):
        whole = TODAY - dt.date.fromisoformat(steps[0].date or "")
        assert sum(span.days or 0 for span in found) == whole.days
