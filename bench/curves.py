"""How the time and the memory of reading, comparing and telling grow with one list or one text of a record."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from bench.memory import peak_megabytes
from bench.table import Line
from tests.support.records.growing import grown, places, walked
from tracker.registries.value_count import holds_more

__all__ = ["run"]

SIZES = (1_000, 5_000, 20_000, 50_000)
_WORST = 2.6
_LEAST_SECONDS = 0.05
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


class _Cost(NamedTuple):
    """Of one pair: seconds of the processor, and megabytes of a process that does nothing else."""

    seconds: float
    megabytes: int


def _timed(doing: Callable[[], object]) -> float:
    start = time.process_time()
    doing()
    return time.process_time() - start


def _cost(name: str, shape: str, size: int) -> _Cost:
    """In a process of its own: what one pair leaves behind, caches and freed memory, is not the next one's."""
    command = [sys.executable, "-m", "bench.curves", name, shape, str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds, megabytes = done.stdout.split()
    return _Cost(float(seconds), int(megabytes))


def _probe(name: str, shape: str, size: int) -> None:
    if size:
        place = next(place for place in places() if place.name == name)
        pair = grown(place, shape, size)
        print(_timed(lambda: walked(*pair)), peak_megabytes())
    else:
        print(0.0, peak_megabytes())


def _curve(name: str, shape: str, bare: int) -> Line:
    costs = [_cost(name, shape, size) for size in SIZES]
    steps = zip(SIZES, SIZES[1:], costs, costs[1:], strict=False)
    # What the step from size to size would be for a doubling.
    ratio = max(
        (after.seconds / max(before.seconds, _LEAST_SECONDS)) ** (1 / _doublings(one, two))
        for one, two, before, after in steps
    )
    seconds = ", ".join(f"{cost.seconds:.2f}" for cost in costs)
    peaks = ", ".join(f"{cost.megabytes:,}" for cost in costs)
    each = (costs[-1].megabytes - bare) * 1000 / SIZES[-1]
    figure = f"{seconds} s; {peaks} MB"
    print(f"  {name}, {shape}: {figure}", file=sys.stderr, flush=True)
    return Line(
        f"{name}, {shape}",
        figure,
        f"{ratio:.1f} times a doubling; {each:.1f} kB an item",
        f"< {_WORST} times",
        ratio < _WORST,
    )


def _doublings(one: int, two: int) -> float:
    return math.log2(two / one)


def run() -> list[Line]:
    bare = _cost("sites", "new", 0).megabytes
    curves = [_curve(name, shape, bare) for name, shapes in _SHAPES.items() for shape in shapes]
    bomb = b"{}," * 20_000_000
    counting = _timed(lambda: holds_more(bomb, 10**9))
    return [
        Line("a process that has loaded all and compares nothing", f"{bare} MB", ""),
        *curves,
        Line("counting the values of 60 MB", f"{counting:.2f} s", ""),
    ]


if __name__ == "__main__":
    _probe(sys.argv[1], sys.argv[2], int(sys.argv[3]))
