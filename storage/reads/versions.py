"""The versions of trials, the days on which they were seen, and the severities of the steps between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.values.states import VersionSource
from storage.values.timeline_order import DayRun, lay

__all__ = ["DIGEST", "SEEN", "STEPS", "STORED", "VERSIONS", "Seen", "Version", "VersionStep", "in_order"]


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


class _Trial(NamedTuple):
    trial: str


class _Digest(NamedTuple):
    raw_sha256: str


STORED: Final = Query(
    """
    SELECT trial FROM trial WHERE trial = :trial AND versions > 0
    AND NOT EXISTS (SELECT 1 FROM alias WHERE alias = :trial)
    """,
    _Trial,
)
"""A trial with a version or a page, under its current id."""
VERSIONS: Final = Query(
    """
    SELECT trial, version, raw_sha256, effective, effective_basis, submit_date, registry_version, observed_at, source,
           status, enrollment_count, enrollment_type, results
    FROM snapshot WHERE trial IN (:trials)
    """,
    Version,
)
"""All versions of these trials, pages too."""
DIGEST: Final = Query("SELECT raw_sha256 FROM snapshot WHERE trial = :trial AND version = :version", _Digest)
"""The name of the raw document of one version."""
SEEN: Final = Query("SELECT trial, version, first_day, last_day FROM sighting WHERE trial IN (:trials)", Seen)
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
