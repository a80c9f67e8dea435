"""Which changes a question is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import NamedTuple

__all__ = ["FIRST_SEEN", "SET_TURNS", "ChangeFilter", "both_bounds"]

FIRST_SEEN = "trial.first_seen"
"""The kind of the one event that the first look at a trial raises."""
SET_TURNS = "kind IN ('cohort.entered', 'cohort.left')"
"""The condition for what enters and leaves sets. SQLite has an index with exactly this text."""


class ChangeFilter(NamedTuple):
    """Which changes are wanted. A value of None means no condition. An empty tuple matches nothing.

    A kind may end in `*`. Since and until (both inclusive) are each a day or an instant. They are compared with the
    time of observation for polled changes, and with the effective day for backfilled ones. `limit` with `after_seq`
    means the first so many after it, without it the latest so many, before `before_seq` if that is given. `since_seq`
    only leaves out those up to it. `past` False leaves out what comes with a trial that is new here: its first look
    and its past. True wants nothing else.
    """

    trials: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    severities: tuple[str, ...] | None = None
    since_day: str | None = None
    since_instant: datetime | None = None
    until_day: str | None = None
    until_instant: datetime | None = None
    tag: str | None = None
    after_seq: int | None = None
    limit: int | None = None
    past: bool | None = None
    before_seq: int | None = None
    since_seq: int | None = None


def both_bounds(day: str | None, instant: datetime | None, edge: time) -> tuple[str, datetime] | None:
    """Return one bound both as a day and as an instant (UTC). None without a bound.

    `edge`: the time of day that a day stands for.
    """
    if instant is not None:
        return (day or instant.astimezone(UTC).date().isoformat(), instant)
    if day is not None:
        return (day, datetime.combine(date.fromisoformat(day), edge, tzinfo=UTC))
    return None
