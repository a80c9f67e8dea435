"""The strips of versions of many trials: one mark a version, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from storage.reads.door import ReadDoor, Reader
from storage.reads.trials import versions
from storage.reads.trials.versions import Version
from storage.values.batches import batches
from storage.values.severity import rank

__all__ = ["StripMark", "strips"]


class StripMark(NamedTuple):
    """One version in a strip."""

    version: int
    effective: str
    #: The greatest severity of the changes from the version before. None for the first version and without changes.
    severity: str | None
    results: str | None
    status: str | None


def strips(door: ReadDoor, trials: Sequence[str]) -> dict[str, list[StripMark]]:
    """Return the strip of each of these trials that has a version."""
    found: dict[str, list[StripMark]] = {}
    with door.read() as reader:
        for some in batches(trials):
            severities = _severities(reader, some)
            timelines = _in_order(reader, reader.rows(versions.VERSIONS, trials=some), some)
            found |= {trial: _strip(timeline, severities) for trial, timeline in timelines.items()}
    return found


def _in_order(reader: Reader, rows: Sequence[Version], trials: Sequence[str]) -> dict[str, list[Version]]:
    return versions.in_order(rows, reader.rows(versions.SEEN, trials=trials))


def _severities(reader: Reader, trials: Sequence[str]) -> dict[tuple[str, int], str]:
    """Return the greatest severity of the changes that came with each version, by trial and version."""
    found: dict[tuple[str, int], str] = {}
    for row in reader.rows(versions.STEPS, trials=trials):
        key = row.trial, row.version
        found[key] = min(found.get(key, row.severity), row.severity, key=rank)
    return found


def _strip(timeline: Sequence[Version], severities: Mapping[tuple[str, int], str]) -> list[StripMark]:
    return [
        StripMark(
            it.version, it.effective, severities.get((it.trial, it.version)), it.results or None, it.status or None
        )
        for it in timeline
    ]
