"""Daily housekeeping: delete what is no longer needed and merge the write-ahead log."""

from __future__ import annotations

from datetime import datetime, timedelta

from schedules.horizon import SKEW, is_recent
from storage.outbox import retention
from storage.outbox.clock_repair import put_right
from storage.polling import jobs, runs
from storage.polling.locks import no_import
from tracker.context.context import Context
from tracker.services.alerts.purge import purge

__all__ = ["EVERY", "JOB", "KEEP_HELD", "clean_up", "is_due"]

JOB = "housekeeping"
EVERY = timedelta(days=1)
KEEP_HELD = timedelta(days=30)
"""How long the staged documents of a held run wait to be accepted."""


def is_due(context: Context, now: datetime, name: str = JOB) -> bool:
    """Whether a daily job last ran a day ago or longer, never, or in the future of a wrong clock."""
    with context.database.read() as session:
        job = jobs.find(session, name)
    return job is None or job.succeeded_at is None or not is_recent(job.succeeded_at, now, EVERY)


def clean_up(context: Context, now: datetime) -> int:
    """Delete what is no longer needed, and merge the log. Raise Busy while a poll runs.

    Return the number of deleted documents: none while an import runs, because no version needs its documents yet.
    """
    with context.poll_turn(0.0), no_import(context.database) as is_alone, context.database.write() as session:
        # First, because the ages below are counted from these times.
        put_right(session, now, now + SKEW)
        runs.unstage_before(session, now - KEEP_HELD)
        purge(session, now)
        if context.keep_days:
            retention.forget(session, now - timedelta(days=context.keep_days))
        dropped = runs.drop_unreferenced_documents(session) if is_alone else 0
    context.database.fold_log()
    return dropped
