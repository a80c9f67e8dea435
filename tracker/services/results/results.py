"""What `results` says about one trial, built from its stored versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.tables.models import SnapshotRow
from storage.versions import history
from tracker.api.results import TrialResults
from tracker.backfill.stored_records import milestones_of, record_of
from tracker.isolation import one_record
from tracker.records.dates import earliest
from tracker.records.one_line import one_line
from tracker.records.trial import TrialRecord
from tracker.results.cycle import CycleStep, merged_cycle
from tracker.results.duties import terms_of
from tracker.results.scorecard import ResultsStatus
from tracker.services.results.results_on import results_on

__all__ = ["ResultsHistory", "results_history", "results_of", "status_of"]

_DATED_BY = ("primary_completion", "completion")


class ResultsHistory(NamedTuple):
    """What the stored versions of a trial say about its results."""

    versions: Sequence[SnapshotRow]
    telling: Sequence[SnapshotRow]
    steps: list[CycleStep]
    latest: TrialRecord


def results_history(session: Session, trial: str) -> ResultsHistory:
    """Read a trial that has a version. The store knows which versions tell of results: backfilled ones do not."""
    versions = history.timeline(session, trial)
    telling = [version for version in versions if version.results is not None]
    with one_record("the rounds of its results", trial):
        steps = merged_cycle(it.results for it in milestones_of(SessionReader(session), telling))
    return ResultsHistory(versions, telling, steps, _latest(session, versions, telling))


def status_of(found: ResultsHistory) -> ResultsStatus:
    """Return the results status of a trial, as far as it does not depend on today."""
    dates, posted = found.latest.dates, found.latest.results.first_posted
    return ResultsStatus(
        status=found.versions[-1].status,
        state=found.telling[-1].results if found.telling else None,
        sponsor=found.latest.sponsor.lead,
        posted=posted.date if posted else None,
        dated_by=next((f"dates.{name}" for name in _DATED_BY if getattr(dates, name)), None),
        duties=terms_of(found.latest, found.steps),
        title=one_line(found.versions[-1].title) or None,
        steps=tuple(found.steps),
        began=_began(found.telling),
    )


def results_of(session: Session, trial: str, today: dt.date) -> TrialResults:
    """Return what `results_on` does, from the versions. Raise RecordError if one cannot be read."""
    found = results_history(session, trial)
    with one_record("the duties", trial):
        return results_on(trial, status_of(found), today)


def _began(telling: Sequence[SnapshotRow]) -> dt.date | None:
    """Return the day from which the registry showed its current state."""
    first = None
    for version in reversed(telling):
        if version.results != telling[-1].results:
            break
        first = version
    return earliest(first.effective) if first else None


def _latest(session: Session, versions: Sequence[SnapshotRow], telling: Sequence[SnapshotRow]) -> TrialRecord:
    """Return the latest record. If its source does not tell of results, take the results that were told before it."""
    latest = record_of(SessionReader(session), versions[-1])
    if not telling or telling[-1] is versions[-1]:
        return latest
    before = record_of(SessionReader(session), telling[-1])
    return msgspec.structs.replace(latest, results=before.results, absent=before.absent)
