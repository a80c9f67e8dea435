"""Mutated results: each is refused by name, or compared, and no change of content is left untold."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.support.records.posted_results import section
from tests.support.records.strategies import study
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import LONGEST
from tracker.errors import ReaderFault, TrialwatchError
from tracker.recording.reported_sides import reported_sides
from tracker.registries.ctgov.reader import READER, read

SEED, MUTANTS = 20261129, 400
DAY = dt.date(2027, 4, 12)
ODD: tuple[Any, ...] = ("", "NA", "OG777", None, 0, [], {}, "1e400", "<0.05", "X" * 3000, "\u202e", "é")
Place = tuple[Any, Any]


def places(value: Any) -> Iterator[Place]:
    """Every place in a document: its container, and its key or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield value, name
        yield from places(item)


def mutate(document: dict[str, Any], rng: random.Random) -> None:
    container, name = rng.choice(list(places(document)))
    value = container[name]
    choice = rng.randrange(5)
    if choice == 0:
        del container[name]
    elif choice == 1 and isinstance(container, list):
        container.insert(name, copy.deepcopy(value))
    elif choice == 2 and isinstance(value, list):
        container[name] = value * 3
    elif choice == 3 and isinstance(value, str):
        container[name] = value[::-1]
    else:
        container[name] = rng.choice(ODD)


def test_every_mutant_is_refused_by_name_or_told() -> None:
    rng = random.Random(SEED)
    before = study() | {"hasResults": True, "resultsSection": section()}
    old = read(before)
    seen: Counter[str] = Counter()
    for _ in range(MUTANTS):
        after = copy.deepcopy(before)
        for _ in range(rng.choice((1, 1, 3))):
            mutate(after["resultsSection"], rng)
        try:
            new = read(after)
        except TrialwatchError as error:
            assert not isinstance(error, ReaderFault)
            seen["refused"] += 1
            continue
        sides = reported_sides(READER, before, after, "NCT05349331")
        assert not sides.problem or sides.problem.startswith("resultsSection"), sides.problem
        events = detect_changes(old.record, new.record, DAY, reported=sides)
        assert bool(events) == (old.content_hash != new.content_hash)
        assert all(len(event.summary) <= LONGEST for event in events)
        seen["problem" if sides.problem else "told" if events else "silent"] += 1
    assert min(seen[sort] for sort in ("refused", "problem", "told")) > 0, seen
