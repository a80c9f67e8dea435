"""What `results` says of one trial, put together from its stored versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session

from storage import history
from storage.models import Snapshot
from tracker.past import record_of, records_of
from tracker.records.dates import earliest
from tracker.records.trial import TrialRecord
from tracker.results.cycle import CycleStep, merged_steps
from tracker.results.duties import duties_of

__all__ = ["Told", "results_of", "told_of"]


class Told(NamedTuple):
    """What the stored versions of a trial tell of its results."""

    versions: Sequence[Snapshot]
    telling: Sequence[Snapshot]
    steps: list[CycleStep]
    latest: TrialRecord


def told_of(session: Session, trial: str) -> Told:
    """Read a trial that has a version. Which versions tell of results is the store's word: backfilled ones do not."""
    versions = history.timeline(session, trial)
    telling = [version for version in versions if version.results is not None]
    steps = merged_steps(records_of(session, telling))
    return Told(versions, telling, steps, _latest(session, versions, telling))


def results_of(session: Session, trial: str, today: dt.date) -> dict[str, Any]:
    """State, cycle and duties of a trial that has a version.

    `since` and `days_in_state`: when the state began and how long ago that was; None in state none, or when the day is
    unknown.
    """
    versions, telling, steps, latest = told_of(session, trial)
    state = telling[-1].results if telling else None
    since = _since(state, steps)
    return {
        "trial": trial,
        "title": versions[-1].title or None,
        "status": versions[-1].status,
        "state": state,
        "since": since.isoformat() if since else None,
        "days_in_state": max((today - since).days, 0) if since else None,
        "cycle": [{"event": step.event, "date": step.date} for step in steps],
        "duties": [duty.document() for duty in duties_of(latest, steps, today)],
    }


def _latest(session: Session, versions: Sequence[Snapshot], told: Sequence[Snapshot]) -> TrialRecord:
    """The record last in time; when its source does not tell of results, with the results told before it."""
    latest = record_of(session, versions[-1])
    if not told or told[-1] is versions[-1]:
        return latest
    before = record_of(session, told[-1])
    return msgspec.structs.replace(latest, results=before.results, absent=before.absent)


def _since(state: str | None, steps: Sequence[CycleStep]) -> dt.date | None:
    """The day of the last step that led to the state."""
    date = next((step.date for step in reversed(steps) if step.event == state), None)
    return earliest(date) if date else None
