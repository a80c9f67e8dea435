"""No list and no text of a record costs more than its size: the work of every step is counted, not timed."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from tests.support.records.growing import SHAPES, Place, grown, places, walked

pytestmark = pytest.mark.fault("R-G5")
SIZES = {"text": (1_000, 2_000)}
_SIZES = (100, 200)
BOUNDED = {("outcomes.primary", "renamed"): (400, 800), ("results.submissions", "new"): (1_100, 2_200)}
"""Each with each, up to a bound: what is told of more is found in another way, and that way is counted here."""
CASES = [(place, shape) for place in places() for shape in SHAPES[place.kind]]


def lines_run(place: Place, shape: str, size: int) -> int:
    """Lines of Python run, loops of the libraries' too, by all steps from two versions to their words."""
    pair = grown(place, shape, size)
    count = 0

    def trace(_frame: FrameType, _event: str, _arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        walked(*pair)
    finally:
        sys.settrace(before)
    return count


def test_every_kind_of_list_and_text_was_found() -> None:
    found = {place.name: place.kind for place, _ in CASES}
    expected = {"sites": "map", "outcomes.primary": "map", "conditions": "texts", "description": "text"}
    expected |= {"results.submissions": "structs", "other": "object", "results.delay.first_submitted": "text"}
    assert expected.items() <= found.items()


@pytest.mark.parametrize(("place", "shape"), CASES, ids=[f"{place.name}-{shape}" for place, shape in CASES])
def test_twice_the_size_is_at_most_twice_the_work(place: Place, shape: str) -> None:
    small, large = BOUNDED.get((place.name, shape), SIZES.get(place.kind, _SIZES))
    lines_run(place, shape, 2)
    once, twice = lines_run(place, shape, small), lines_run(place, shape, large)
    assert twice < 2.6 * once, f"{once:,} lines, then {twice:,}"
