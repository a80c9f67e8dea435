"""Watched trials that could not be read for long, while their registry answers: each told once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from schedules.cadence import UNREAD_FOR
from storage.values.severity import Severity
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tracker.changes.event import Event
from tracker.polling.run.batch import PollWork
from tracker.polling.run.report import FailureKind, UnreadTrial

__all__ = ["unread"]

NEVER_READ_FOR = timedelta(days=2)
MOST = 20
"""Of more trials than this, the first are told by name. Then it is one trouble, and not one for each."""


def unread(session: Session, work: PollWork) -> list[Event]:
    """Return an event for each trial that this run could not read, and none for so long, unless it was told."""
    failed = {it.trial: it for it in work.counters.failed if it.kind != FailureKind.UNKNOWN_TRIAL}
    late = {trial: since for trial in failed if (since := _late_since(session, trial, work.now)) is not None}
    if not late:
        return []
    told = {row.subject for row, _ in history.changes(session, ChangeFilter(kinds=("ops.unread",)))}
    events = [_event(failed[trial], since) for trial, since in sorted(late.items())]
    return [event for event in events if event.subject not in told][:MOST]


def _late_since(session: Session, trial: str, now: datetime) -> datetime | None:
    """Return when a trial was last read, or first watched, if that is too long ago."""
    head = trials.heads(session, [trial]).get(trial)
    read = head.full_read_at if head is not None else None
    since = read or watches.watched_since(session, trial)
    patience = UNREAD_FOR if read else NEVER_READ_FOR
    return since if since is not None and now - since > patience else None


def _event(failed: UnreadTrial, since: datetime) -> Event:
    day = since.date().isoformat()
    summary = f"{failed.trial} could not be read since {day}: {failed.reason}"
    return Event("ops.unread", Severity.MAJOR, summary, subject=f"{failed.trial} since {day}")
