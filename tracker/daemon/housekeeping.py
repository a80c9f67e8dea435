"""What a store needs once a day: room made, its log folded."""

from __future__ import annotations

from datetime import datetime, timedelta

from schedules.horizon import SKEW, is_recent
from storage.outbox import queries, retention
from storage.outbox.clock_repair import put_right
from storage.polling import jobs, runs
from tracker.context.context import Context

__all__ = ["EVERY", "JOB", "KEEP_HELD", "KEEP_LETTERS", "is_due", "keep_house"]

JOB = "housekeeping"
EVERY = timedelta(days=1)
KEEP_HELD = timedelta(days=30)
"""What a held run has staged waits so long to be accepted."""
KEEP_LETTERS = timedelta(days=90)
"""So long it can be asked what was sent, and what died and why."""


def is_due(context: Context, now: datetime, name: str = JOB) -> bool:
    """Whether a daily job was done a day ago or longer, or never, or in a future that was taken back."""
    with context.database.read() as session:
        job = jobs.find(session, name)
    return job is None or job.succeeded_at is None or not is_recent(job.succeeded_at, now, EVERY)


def keep_house(context: Context, now: datetime) -> int:
    """Drop what nobody will ask for again, and fold the log. Never beside a poll: raises Busy while one runs.

    Returns how many documents were dropped.
    """
    with context.poll_turn(0.0), context.database.write() as session:
        put_right(session, now, now + SKEW)
        runs.unstage_before(session, now - KEEP_HELD)
        queries.clear_old(session, now - KEEP_LETTERS)
        if context.keep_days:
            retention.forget(session, now - timedelta(days=context.keep_days))
        dropped = runs.drop_unreferenced_documents(session)
    context.database.fold_log()
    return dropped
