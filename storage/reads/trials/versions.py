"""The versions of trials, the days on which they were seen, and the severities of the steps between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time
from datetime import date as Day
from typing import Final, Literal, NamedTuple

from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.states import VersionSource
from storage.values.timeline_order import DayRun, lay

__all__ = [
    "DIGEST",
    "REGISTRY",
    "SEEN",
    "SIGHTED",
    "STEPS",
    "VERSIONS",
    "OfTrial",
    "Seen",
    "Version",
    "VersionStep",
    "as_of",
    "in_order",
    "of_trial",
]


class Version(NamedTuple):
    """A version without its place in the chain. The names are those of `SnapshotRow`."""

    trial: str
    version: int
    raw_sha256: str
    effective: str
    effective_basis: str
    submit_date: str
    registry_version: int | None
    observed_at: datetime
    source: str
    title: str
    status: str
    enrollment_count: int | None
    enrollment_type: str
    results: str | None


class Seen(NamedTuple):
    """A run of days on which a version was seen."""

    trial: str
    version: int
    first_day: str
    last_day: str


class VersionStep(NamedTuple):
    """A severity of the changes that came with a version."""

    trial: str
    version: int
    severity: str


class OfTrial(NamedTuple):
    """The versions of a trial: those of its timeline in order, and the pages beside it by the day they name."""

    timeline: list[Version]
    pages: list[Version]


class _Number(NamedTuple):
    version: int


class _Registry(NamedTuple):
    registry_name: str


class _Digest(NamedTuple):
    raw_sha256: str


VERSIONS: Final = Query(
    """
    SELECT trial, version, raw_sha256, effective, effective_basis, submit_date, registry_version, observed_at, source,
           title, status, enrollment_count, enrollment_type, results
    FROM snapshot WHERE trial IN (:trials)
    """,
    Version,
)
"""All versions of these trials, pages too."""
DIGEST: Final = Query("SELECT raw_sha256 FROM snapshot WHERE trial = :trial AND version = :version", _Digest)
"""The name of the raw document of one version."""
SEEN: Final = Query("SELECT trial, version, first_day, last_day FROM sighting WHERE trial IN (:trials)", Seen)
SIGHTED: Final = Query(
    """
    SELECT version FROM sighting
    WHERE trial = :trial AND first_day > :since AND first_day <= :day AND last_day >= :day
    ORDER BY first_day COLLATE "C" DESC, id DESC LIMIT 1
    """,
    _Number,
)
"""The version whose run of sightings began after `since` and covers `day`. The latest run counts."""
REGISTRY: Final = Query("SELECT registry_name FROM trial WHERE trial = :trial", _Registry)
STEPS: Final = Query(
    """
    SELECT DISTINCT trial, to_version, severity FROM event
    WHERE trial IN (:trials) AND to_version IS NOT NULL AND from_version <> to_version
    """,
    VersionStep,
)


def in_order(versions: Sequence[Version], seen: Sequence[Seen]) -> dict[str, list[Version]]:
    """Return each trial's versions in timeline order, without pages, with effective days by present knowledge."""
    rows: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        if version.source != VersionSource.PAGE:
            rows[version.trial].append(version)
    days: dict[str, dict[int, list[DayRun]]] = defaultdict(lambda: defaultdict(list))
    for run in seen:
        days[run.trial][run.version].append((run.first_day, run.last_day))
    return {
        trial: [it.row._replace(effective=it.effective, effective_basis=it.basis) for it in lay(own, days[trial])]
        for trial, own in rows.items()
    }


def of_trial(reader: RowReader, trial: str) -> OfTrial:
    """Return all versions of a trial. Two queries."""
    rows = reader.rows(VERSIONS, trials=[trial])
    laid = in_order(rows, reader.rows(SEEN, trials=[trial])).get(trial, [])
    pages = [row for row in rows if row.source == VersionSource.PAGE]
    return OfTrial(laid, sorted(pages, key=lambda it: (it.effective, it.version)))


def as_of(
    reader: RowReader,
    trial: str,
    day: str,
    basis: Literal["registry", "known"] = "registry",
    known_at: datetime | None = None,
) -> Version | None:
    """Return the version of `day`, None if there was none.

    `registry`: the last version in the timeline that was effective by that day. One exception: if an earlier version
    was sighted again after that one took effect, and on that day, the sighted one counts. A run of sightings that only
    began before a late arrival took effect does not outweigh it, because between two polls the content is unknown.
    `known`: the last version in the timeline among those held by `known_at` (default: the end of that day, UTC).
    """
    versions = of_trial(reader, trial).timeline
    if basis == "known":
        end = known_at or _end_of(day)
        held = [version for version in versions if version.observed_at <= end]
        return held[-1] if held else None
    effective = [version for version in versions if version.effective <= day]
    if not effective:
        return None
    sighted = reader.first(SIGHTED, trial=trial, day=day, since=effective[-1].effective)
    number = sighted.version if sighted else None
    return next((version for version in reversed(effective) if version.version == number), effective[-1])


def _end_of(day: str) -> datetime:
    return datetime.combine(Day.fromisoformat(day), time.max, tzinfo=UTC)
