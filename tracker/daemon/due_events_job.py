"""The daily job for results due soon or overdue. Events come from dates alone, each once, for watched trials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlmodel import Session

from schedules.horizon import not_after
from storage.reads.in_session import SessionReader
from storage.reads.trials.standings import kept
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from storage.versions.snapshots import NewEvent, NewStep
from storage.watching import watches
from tracker.changes.events.due_events import due_events
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.recording.new_rows import event_row
from tracker.results.duties import Duty, duty_on
from tracker.services.known_by_door import opened_anyway
from tracker.services.results.kept.kept_statuses import each_statuses
from tracker.services.results.made_by import MADE_BY

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
    unread: list[RecordError] = [] if left_out is None else left_out
    for trial, duties in _reached(context, watched, now.date(), unread, progress):
        with context.database.read() as session:
            rows = _events_of(session, trial, duties, context.due_soon_days, now)
        if rows:
            raised += _enter(context, trial, rows, now, batch)
    if raised:
        with context.database.write() as session:
            context.event_writer.close(session, batch, now)
    return raised


def _reached(
    context: Context, watched: Sequence[str], today: dt.date, left_out: list[RecordError], progress: Progress
) -> Iterator[tuple[str, Sequence[Duty]]]:
    """Yield the trials with a threshold behind them, and their duties. The others cost no query of their own."""
    for known in each_statuses(*opened_anyway(context.database), watched, progress, left_out):
        for trial, status in known.items():
            duties = [duty_on(terms, today) for terms in status.duties]
            if due_events(duties, today, (), watched_since=dt.date.min, soon=context.due_soon_days):
                yield trial, duties


def _enter(context: Context, trial: str, rows: Sequence[NewEvent], now: dt.datetime, batch: str) -> int:
    """Write the events, except those that another process has written since they were computed."""
    with context.database.write() as session:
        # Check again in the write transaction, which no other writer can interrupt.
        already = _already(session, trial)
        fresh = tuple(row for row in rows if row.subject not in already)
        head = trials.heads(session, [trial])[trial].current_version
        if not fresh or head != fresh[0].to_version:
            return 0
        context.event_writer.enter(session, [NewStep(None, fresh, head)], now, batch)
    return len(fresh)


def _already(session: Session, trial: str) -> set[str]:
    return {row.subject for row, _ in history.changes(session, ChangeFilter(trials=(trial,), kinds=_KINDS))}


def _events_of(
    session: Session, trial: str, duties: Sequence[Duty], soon: Sequence[int], now: dt.datetime
) -> list[NewEvent]:
    already, since = _already(session, trial), watches.watched_since(session, trial)
    events = due_events(duties, now.date(), already, watched_since=not_after(since or now, now).date(), soon=soon)
    # A version that came since the status was read may have results. The next look knows it.
    if not events or not kept(SessionReader(session), [trial], MADE_BY):
        return []
    current = history.timeline(session, trial)[-1]
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
