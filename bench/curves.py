"""How the time of reading, comparing and telling grows with one list or one text of a record."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.table import Line
from tests.support.records.growing import grown, places, walked
from tracker.registries.value_count import holds_more

SIZES = (1_000, 5_000, 20_000, 50_000)
_WORST = 2.6
_SHAPES = {
    "sites": ("new", "edited", "one name", "no name"),
    "outcomes.primary": ("edited", "renamed", "one name"),
    "references": ("new",),
    "identifiers": ("new",),
    "conditions": ("new",),
    "results.submissions": ("new",),
    "description": ("words",),
    "other": ("new",),
}


def _timed(doing: Callable[[], object]) -> float:
    start = time.process_time()
    doing()
    return time.process_time() - start


def _curve(name: str, shape: str) -> Line:
    place = next(place for place in places() if place.name == name)
    pairs = [grown(place, shape, size) for size in SIZES]
    seconds = [_timed(lambda pair=pair: walked(*pair)) for pair in pairs]  # type: ignore[misc]
    steps = zip(SIZES, SIZES[1:], seconds, seconds[1:], strict=False)
    # What the step from size to size would be for a doubling.
    ratio = max((after / max(before, 0.05)) ** (1 / _doublings(one, two)) for one, two, before, after in steps)
    said = ", ".join(f"{value:.2f}" for value in seconds)
    return Line(f"{name}, {shape}", f"{said} s", f"{ratio:.1f} times a doubling", f"< {_WORST}", ratio < _WORST)


def _doublings(one: int, two: int) -> float:
    number = 0.0
    while one * 2 <= two:
        one, number = one * 2, number + 1
    return number + two / one - 1


def run() -> list[Line]:
    curves = [_curve(name, shape) for name, shapes in _SHAPES.items() for shape in shapes]
    bomb = b"{}," * 20_000_000
    counting = _timed(lambda: holds_more(bomb, 10**9))
    return [*curves, Line("counting the values of 60 MB", f"{counting:.2f} s", "")]
