"""Answers that are small on the wire and huge in memory, and records that cost more than their size."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from tests.support.registry.embedded_registry import Reply, Study
from tracker.registries.value_count import MOST_ON_A_PAGE

__all__ = ["BOMBS", "LONG", "POISON", "TEXTS", "zipped"]

BOMBS = {
    "objects": b'{"studies":[' + b"{}," * 20_000_000 + b"{}]}",
    "lists": b'{"studies":[{"a":[' + b"[]," * 20_000_000 + b"0]}]}",
    "texts": b'{"studies":[{"a":[' + b'"",' * MOST_ON_A_PAGE + b"0]}]}",
    "records": b'{"studies":[' + b"{}," * 5_000 + b"{}]}",
}
"""Bodies of a page that hold too many values."""
TEXTS = {
    "one long text": b'{"studies":[{"a":"' + b"x" * 60_000_000 + b'"}]}',
    "a text without end": b'{"studies":[{"a":"' + b"x" * 60_000_000,
}
"""Bodies of a page that hold few values, and 60 MB."""


def zipped(body: bytes) -> Reply:
    return Reply(200, gzip.compress(body, 6), "application/json", {"Content-Encoding": "gzip"})


def _module(study: Study, name: str) -> dict[str, Any]:
    found: dict[str, Any] = study["protocolSection"].setdefault(name, {})
    return found


LONG = [
    {"measure": "Survival", "timeFrame": f"{it} weeks", "description": " ".join(f"w{n % 100}" for n in range(it))}
    for it in range(15_000, 14_997, -1)
]
"""Primary outcomes of a record before it is spoiled."""
POISON: dict[str, Callable[[Study], None]] = {
    "marks on one letter": lambda study: _module(study, "descriptionModule").update(
        briefSummary="e" + "\u0301\u0323" * 100_000
    ),
    "vowels of two marks": lambda study: _module(study, "eligibilityModule").update(
        eligibilityCriteria="\u0f73" * 200_000
    ),
    "100,000 sites without a name": lambda study: _module(study, "contactsLocationsModule").update(
        locations=[{}] * 100_000
    ),
    "outcomes of one name": lambda study: _module(study, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "timeFrame": f"{it} months"} for it in range(3_000)]
    ),
    "one long outcome": lambda study: _module(study, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "description": " ".join(f"w{it * 7 % 103}" for it in range(15_000))}]
    ),
    "thousands of rounds": lambda study: study["derivedSection"]["miscInfoModule"].update(
        submissionTracking={"submissionInfos": [{"releaseDate": "2026-01-02", "resetDate": "2026-01-03"}] * 5_000}
    ),
}
"""What spoils a record."""
