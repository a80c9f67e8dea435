"""The versions of a trial as a list, from the rows of the store."""

from __future__ import annotations

from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import Version, of_trial
from tracker.api.trials import Enrollment, History, VersionRow
from tracker.recording.instants import instant_out
from tracker.services.known_trials import known_trial

__all__ = ["versions_of"]


def versions_of(reader: RowReader, wanted: str) -> History:
    """Return a trial's versions in the order of time. Each page follows the version in effect on its day.

    Raise UnknownTrial if nothing is stored about it.
    """
    trial = known_trial(reader, wanted, pages=True)
    timeline, pages = of_trial(reader, trial)
    found = sorted([*timeline, *pages], key=lambda it: it.effective) if pages else timeline
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
