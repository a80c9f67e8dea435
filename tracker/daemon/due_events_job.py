"""The daily job for results due soon or overdue. Events come from dates alone, each once, for watched trials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session

from schedules.horizon import not_after
from storage.tables.models import SnapshotRow
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from storage.versions.snapshots import NewEvent, NewStep
from storage.watching import watches
from tracker.changes.events.due_events import due_events
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.isolation import one_record
from tracker.recording.new_rows import event_row
from tracker.results.duties import Duty, duties_of
from tracker.services.results.results import results_history

__all__ = ["raise_due_events"]

_KINDS = ("results.due_soon", "results.overdue")


def raise_due_events(context: Context, left_out: list[RecordError] | None = None, progress: Progress = silent) -> int:
    """Raise an event for every threshold reached by today (UTC) and not reported before. Return the number of events.

    A trial with a version that cannot be read is added to `left_out`, and the others continue.
    """
    now = context.clock.now()
    with context.database.read() as session:
        watched = sorted(watches.known(session, watches.watched(session)))
    raised, batch = 0, f"due:{now.date().isoformat()}"
    for done, trial in enumerate(watched):
        progress("Due dates", done, len(watched))
        try:
            with context.database.read() as session:
                rows = _rows_of(session, trial, context.due_soon_days, now)
        except RecordError as error:
            if left_out is not None:
                left_out.append(error)
            continue
        if rows:
            raised += _enter(context, trial, rows, now, batch)
    if raised:
        with context.database.write() as session:
            context.event_writer.close(session, batch, now)
    return raised


def _rows_of(session: Session, trial: str, soon: Sequence[int], now: dt.datetime) -> list[NewEvent]:
    found = results_history(session, trial)
    with one_record("the duties", trial):
        duties = duties_of(found.latest, found.steps, now.date())
    return _events_of(session, trial, found.versions[-1], duties, soon, now)


def _enter(context: Context, trial: str, rows: Sequence[NewEvent], now: dt.datetime, batch: str) -> int:
    """Write the events, except those that another process has written since they were computed."""
    with context.database.write() as session:
        # Check again in the write transaction, which no other writer can interrupt.
        already = _already(session, trial)
        fresh = tuple(row for row in rows if row.subject not in already)
        head = trials.heads(session, [trial])[trial].current_version
        if fresh:
            context.event_writer.enter(session, [NewStep(None, fresh, head)], now, batch)
    return len(fresh)


def _already(session: Session, trial: str) -> set[str]:
    return {row.subject for row, _ in history.changes(session, ChangeFilter(trials=(trial,), kinds=_KINDS))}


def _events_of(
    session: Session, trial: str, current: SnapshotRow, duties: Sequence[Duty], soon: Sequence[int], now: dt.datetime
) -> list[NewEvent]:
    already, since = _already(session, trial), watches.watched_since(session, trial)
    events = due_events(duties, now.date(), already, watched_since=not_after(since or now, now).date(), soon=soon)
    return [
        event_row(
            event,
            trial=trial,
            effective=now.date().isoformat(),
            observed_at=now,
            run=None,
            from_content=current.content_hash,
            to_content=current.content_hash,
            from_version=current.version,
            to_version=current.version,
        )
        for event in events
    ]
