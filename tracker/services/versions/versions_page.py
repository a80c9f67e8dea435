"""The versions of a trial for its page, and the strips of versions of many trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.engine.batches import batches
from storage.engine.database import Database
from storage.reads import versions
from storage.reads.door import ReadDoor, Reader
from storage.reads.versions import Version
from storage.values.severity import rank
from storage.values.states import VersionSource
from tracker.api.trials import VersionRow
from tracker.services.known_trials import known_trial
from tracker.services.versions.history import version_rows

__all__ = ["StripMark", "VersionsPage", "strips", "versions_page"]


class StripMark(NamedTuple):
    """One version in a strip."""

    version: int
    effective: str
    #: The greatest severity of the changes from the version before. None for the first version and without changes.
    severity: str | None
    results: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """The versions of a trial."""

    trial: str
    #: In the order of time. Each page follows the version in effect on its day.
    versions: Sequence[VersionRow]
    #: The same without pages.
    strip: Sequence[StripMark]


def versions_page(door: ReadDoor, database: Database, wanted: str) -> VersionsPage:
    """Return the versions of a trial. Raise UnknownTrial if nothing is stored about it."""
    trial = _stored(door, database, wanted)
    with door.read() as reader:
        rows = reader.rows(versions.VERSIONS, trials=[trial])
        timeline = _in_order(reader, rows, [trial]).get(trial, [])
        severities = _severities(reader, [trial])
    pages = [row for row in rows if row.source == VersionSource.PAGE]
    pages.sort(key=lambda it: (it.effective, it.version))
    shown = sorted([*timeline, *pages], key=lambda it: it.effective) if pages else timeline
    return VersionsPage(trial, version_rows(shown), _strip(timeline, severities))


def strips(door: ReadDoor, trials: Sequence[str]) -> dict[str, list[StripMark]]:
    """Return the strip of each of these trials that has a version."""
    found: dict[str, list[StripMark]] = {}
    with door.read() as reader:
        for some in batches(trials):
            severities = _severities(reader, some)
            timelines = _in_order(reader, reader.rows(versions.VERSIONS, trials=some), some)
            found |= {trial: _strip(timeline, severities) for trial, timeline in timelines.items()}
    return found


def _stored(door: ReadDoor, database: Database, wanted: str) -> str:
    with door.read() as reader:
        row = reader.first(versions.STORED, trial=wanted)
    if row is not None and row.trial == wanted:
        return wanted
    with database.read() as session:
        return known_trial(session, wanted, pages=True)


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
