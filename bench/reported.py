"""Reading and comparing the posted results of real trials, beside plain DeepDiff of the same two sections."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import process_time
from typing import Any

import orjson
from deepdiff import DeepDiff

from bench.material import posted
from bench.table import Line
from tracker.changes.reported.compare import compare_reported
from tracker.records.results.reported import Reported
from tracker.registries.ctgov import reader as ctgov
from tracker.registries.ctgov.results.reported import reported_of

__all__ = ["run"]

ROUNDS = 3
SEED = 20261129
Study = dict[str, Any]


def run() -> list[Line]:
    rng = random.Random(SEED)
    studies = posted()
    edited = [_edited(study, rng) for study in studies]
    largest = max(range(len(studies)), key=lambda at: len(orjson.dumps(studies[at]["resultsSection"])))
    record, read, same, changed, plain = zip(*map(_measured, studies, edited), strict=True)
    size = len(orjson.dumps(studies[largest]["resultsSection"]))
    ratio = [slow / quick for slow, quick in zip(plain, changed, strict=True)]
    longer = f"{sorted(ratio)[len(ratio) // 2]:.0f} times as long"
    return [
        Line(f"reading a whole record, without what was reported; {len(studies)} records", _ms(record), "1"),
        Line("reading what was reported", _ms(read), _times(read, record)),
        Line("comparing two equal ones", _ms(same), _times(same, record)),
        Line("comparing with one value edited", _ms(changed), _times(changed, record)),
        Line("plain DeepDiff of the same two sections", _ms(plain), longer),
        Line(f"the largest section, {size:,} bytes: reading, comparing, DeepDiff",
             f"{read[largest]:.1f}, {changed[largest]:.2f}, {plain[largest]:.0f} ms",
             f"DeepDiff {plain[largest] / changed[largest]:,.0f} times as long as comparing"),
    ]  # fmt: skip


def _edited(study: Study, rng: random.Random) -> Study:
    """A copy with one value changed."""
    copied: Study = orjson.loads(orjson.dumps(study))
    measures = copied["resultsSection"].get("outcomeMeasuresModule", {}).get("outcomeMeasures", [])
    cells = [
        cell
        for measure in measures
        for one in measure.get("classes", ())
        for category in one.get("categories", ())
        for cell in category.get("measurements", ())
    ]
    if cells:
        rng.choice(cells)["value"] = "987654"
    return copied


def _measured(before: Study, after: Study) -> list[float]:
    """Milliseconds of processor time for one pair, the least of some rounds."""
    old, same, new = _of(before), _of(before), _of(after)
    return [
        _least(lambda: ctgov.read(before)),
        _least(lambda: reported_of(before)),
        _least(lambda: compare_reported(old, same)),
        _least(lambda: compare_reported(old, new)),
        _least(lambda: DeepDiff(before["resultsSection"], after["resultsSection"]), rounds=1),
    ]


def _of(study: Study) -> Reported:
    found = reported_of(study)
    assert found is not None
    return found


def _least(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        started = process_time()
        work()
        taken.append((process_time() - started) * 1000)
    return min(taken)


def _ms(values: tuple[float, ...]) -> str:
    """The median, the 95th percentile and the most."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.2f} / {ordered[len(ordered) * 95 // 100]:.2f} / {ordered[-1]:.1f} ms"


def _times(values: tuple[float, ...], floor: tuple[float, ...]) -> str:
    ratios = sorted(value / least for value, least in zip(values, floor, strict=True))
    return f"{ratios[len(ratios) // 2]:.2f}"
