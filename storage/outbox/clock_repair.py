"""Find rows that a clock ahead of time has written, and date them back to now.

Otherwise a failure noted in 2036 would be "failing since 2036", and rows kept for 90 days would be kept for ten years.
Times planned for later are limited where they are planned: see docs/decisions/0038. Versions and events are part of the
chains and are never changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.outbox import channel_states
from storage.tables.models import ChannelRow, JobRow, MessageRow, QuarantineRow, RunRow, Table

__all__ = ["DATED_BACK", "DATED_BACK_OF_CHANNELS", "is_ahead", "put_right", "put_right_channels"]

_SKEW = timedelta(minutes=1)
DATED_BACK_OF_CHANNELS = ("failing_since", "last_failure_at", "disabled_at")
DATED_BACK: tuple[tuple[type[Table], str], ...] = (
    (JobRow, "succeeded_at"),
    (JobRow, "failing_since"),
    (MessageRow, "settled_at"),
    (QuarantineRow, "cleared_at"),
    (RunRow, "started_at"),
    (RunRow, "finished_at"),
)
"""Columns from which a time span is counted: until a job is due, a row is deleted, a channel is disabled."""


def put_right(session: Session, now: datetime, latest: datetime) -> int:
    """Set times after `latest` (a little after `now`) to `now`. Return the number of rows changed."""
    found = 0
    for model, name in DATED_BACK:
        column = table_of(model).c[name]
        moved = update(table_of(model)).where(column > latest).values({name: now})
        found += session.connection().execute(moved).rowcount
    return found


def is_ahead(row: ChannelRow, now: datetime, longest_pause: timedelta) -> bool:
    """Whether a clock ahead of time wrote one of the times of a channel. Then its pause does not count."""
    past = [at for name in DATED_BACK_OF_CHANNELS if (at := getattr(row, name)) is not None]
    too_long = row.not_before is not None and row.not_before > now + longest_pause + _SKEW
    return too_long or any(at > now + _SKEW for at in past)


def put_right_channels(session: Session, now: datetime, longest_pause: timedelta) -> None:
    """Date back the times of such channels, and end their pauses."""
    for row in channel_states.every(session).values():
        if is_ahead(row, now, longest_pause):
            for name in DATED_BACK_OF_CHANNELS:
                at = getattr(row, name)
                setattr(row, name, None if at is None else min(at, now))
            row.not_before = None
            session.add(row)
    session.flush()
