"""The results that a version of a trial reports, whole."""

from __future__ import annotations

from typing import NamedTuple

from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import Version, of_trial
from storage.values.states import ResultsState
from tracker.api.reported import Registered, RegisteredOutcomes, ReportedResults
from tracker.backfill.stored_records import registered_of, reported_of
from tracker.errors import NoResults
from tracker.records.results.reported import Reported
from tracker.registries.ids import links_of
from tracker.results.registered.registered import RegisteredReport
from tracker.services.known_trials import known_trial
from tracker.services.versions.show import VersionChoice, pick_version

__all__ = ["registered_outcomes", "reported_results"]


def reported_results(reader: RowReader, wanted: str, choice: VersionChoice) -> ReportedResults:
    """Return what a version reports, and what became of the outcomes that were registered before.

    Raise UnknownTrial, UnreadableVersion, or NoResults if the version reports none.
    """
    found = _reporting(reader, wanted, choice)
    registered = _listed(registered_of(reader, found.row, found.reported))
    return ReportedResults(
        trial=found.row.trial, version=found.row.version, reported=found.reported, registered=registered
    )


def registered_outcomes(reader: RowReader, wanted: str, choice: VersionChoice) -> RegisteredOutcomes:
    """Return what became of the outcomes that were registered before a version reported. Raise as above."""
    found = _reporting(reader, wanted, choice)
    report = registered_of(reader, found.row, found.reported)
    return RegisteredOutcomes(
        trial=found.row.trial,
        version=found.row.version,
        known=report.known,
        as_of=report.as_of,
        registered=_listed(report),
    )


class _Reporting(NamedTuple):
    row: Version
    reported: Reported


def _reporting(reader: RowReader, wanted: str, choice: VersionChoice) -> _Reporting:
    row = pick_version(reader, known_trial(reader, wanted, pages=True), choice)
    reported = reported_of(reader, row)
    if reported is None:
        raise NoResults(_none(reader, row), subject=row.trial)
    return _Reporting(row, reported)


def _listed(report: RegisteredReport) -> list[Registered]:
    names = Registered.__struct_fields__
    return [Registered(**{name: getattr(it, name) for name in names}) for it in report.outcomes]


def _none(reader: RowReader, version: Version) -> str:
    """Say that a version reports nothing, and name a version that does, if there is one."""
    trial = version.trial
    posted = [it.version for it in of_trial(reader, trial).timeline if it.results == ResultsState.POSTED]
    if posted and posted[-1] != version.version:
        command = f"trialwatch results {trial} --reported --version {posted[-1]}"
        return f"Version {version.version} of {trial} reports no results. Version {posted[-1]} does: {command}"
    if version.results == ResultsState.POSTED:
        where = links_of(trial).results or links_of(trial).page
        return f"The results of {trial} are posted, and cannot be read from this register. Read them there: {where}"
    state = f" (state: {version.results})" if version.results else ""
    return f"{trial} has no posted results{state}. See where they stand: trialwatch results {trial}"
