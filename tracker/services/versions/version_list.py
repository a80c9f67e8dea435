"""The versions of a trial as a list, from the rows of the store."""

from __future__ import annotations

from storage.reads import versions
from storage.reads.door import ReadDoor
from storage.reads.row_reader import RowReader
from storage.reads.versions import Version
from storage.values.states import VersionSource
from tracker.api.trials import Enrollment, History, VersionRow
from tracker.recording.row_mapping import instant_out
from tracker.services.known_by_door import OpenStore

__all__ = ["list_versions", "versions_in"]


def list_versions(door: ReadDoor, store: OpenStore, wanted: str) -> History:
    """Return a trial's versions as `versions_in` does. `store` opens the store for what the door cannot answer.

    Raise UnknownTrial if nothing is stored about it.
    """
    with door.read() as reader:
        if reader.rows(versions.STORED, trial=wanted):
            return versions_in(reader, wanted)
    from tracker.services.known_trials import known_trial  # noqa: PLC0415  (SQLAlchemy, for an id that leads to another)

    with store() as database, database.read() as session:
        trial = known_trial(session, wanted, pages=True)
    with door.read() as reader:
        return versions_in(reader, trial)


def versions_in(reader: RowReader, trial: str) -> History:
    """Return a trial's versions in the order of time. Each page follows the version in effect on its day."""
    rows = reader.rows(versions.VERSIONS, trials=[trial])
    found = versions.in_order(rows, reader.rows(versions.SEEN, trials=[trial])).get(trial, [])
    pages = [row for row in rows if row.source == VersionSource.PAGE]
    if pages:
        pages.sort(key=lambda it: (it.effective, it.version))
        found = sorted([*found, *pages], key=lambda it: it.effective)
    return History(trial=trial, versions=list(map(_row, found)))


def _row(version: Version) -> VersionRow:
    return VersionRow(
        version=version.version,
        registry_version=version.registry_version,
        effective=version.effective,
        effective_basis=version.effective_basis,
        observed_at=instant_out(version.observed_at),
        source=version.source,
        status=version.status,
        enrollment=Enrollment(count=version.enrollment_count, type=version.enrollment_type or None),
        results=version.results,
        sha256=version.raw_sha256,
    )
