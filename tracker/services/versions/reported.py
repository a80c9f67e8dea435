"""The results that a version of a trial reports, whole."""

from __future__ import annotations

from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.values.states import ResultsState
from storage.versions import history
from tracker.api.reported import Registered, ReportedResults
from tracker.backfill.stored_records import registered_of, reported_of
from tracker.errors import NoResults
from tracker.registries.ids import links_of
from tracker.services.known_trials import known_trial
from tracker.services.versions.show import VersionChoice, pick_version

__all__ = ["reported_results"]


def reported_results(session: Session, wanted: str, choice: VersionChoice) -> ReportedResults:
    """Return what a version reports, and what became of the outcomes that were registered before.

    Raise UnknownTrial, UnreadableVersion, or NoResults if the version reports none.
    """
    trial = known_trial(session, wanted, pages=True)
    found = pick_version(session, trial, choice)
    reported = reported_of(session, found)
    if reported is None:
        raise NoResults(_none(session, found), subject=trial)
    report = registered_of(session, found, reported).outcomes
    registered = [Registered(**{name: getattr(it, name) for name in Registered.__struct_fields__}) for it in report]
    return ReportedResults(trial=trial, version=found.version, reported=reported, registered=registered)


def _none(session: Session, version: SnapshotRow) -> str:
    """Say that a version reports nothing, and name a version that does, if there is one."""
    trial = version.trial
    posted = [it.version for it in history.timeline(session, trial) if it.results == ResultsState.POSTED]
    if posted and posted[-1] != version.version:
        command = f"trialwatch results {trial} --reported --version {posted[-1]}"
        return f"Version {version.version} of {trial} reports no results. Version {posted[-1]} does: {command}"
    if version.results == ResultsState.POSTED:
        where = links_of(trial).results or links_of(trial).page
        return f"The results of {trial} are posted, and cannot be read from this register. Read them there: {where}"
    state = f" (state: {version.results})" if version.results else ""
    return f"{trial} has no posted results{state}. See where they stand: trialwatch results {trial}"
