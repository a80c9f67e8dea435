"""Rate limits per host, shared by all processes on the store: a pace, pauses, one request at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.engine.bulk import insert_absent, storable
from storage.tables.models import HostRow

__all__ = [
    "HostTurn",
    "PauseCause",
    "abandon",
    "every",
    "lift_refusals",
    "pause",
    "pause_of",
    "release",
    "set_back",
    "take_turn",
]

PauseCause = Literal["", "refused", "asked", "failing"]
"""Why a host is paused: it refused this program or network, it asked for a pause, or it keeps failing."""

LONGEST_PAUSE = timedelta(hours=24)
"""No pause is longer. One that ends later was set by a clock that has been set back since."""


@dataclass(frozen=True, slots=True)
class HostTurn:
    """Whether the host may be asked now. If not, how many seconds to wait before trying again.

    `not_before` is set for a pause of the host, `busy_by` for another's request. `failures`: in a row so far. `cause`
    and `error`: the reason of the pause, and the last failure in words.
    """

    granted: bool
    wait_seconds: float
    not_before: datetime | None = None
    failures: int = 0
    busy_by: str = ""
    cause: str = ""
    error: str = ""


def take_turn(
    session: Session, host: str, now: datetime, by: str, interval_seconds: float, lease_seconds: float
) -> HostTurn:
    """Claim the turn for one request to `host`.

    When granted, no other process gets one until `release` or the end of the lease.

    A time further ahead than the interval, the lease or the longest pause allow was written by a clock that has been
    set back since. It counts as passed.
    """
    row = _row(session, host)
    until = pause_of(row, now)
    if until is not None:
        seconds = (until - now).total_seconds()
        return HostTurn(False, seconds, until, row.failures, cause=row.pause_cause, error=row.last_error)
    waits = (_ahead(row.busy_until, now, lease_seconds), _ahead(row.next_request_at, now, interval_seconds))
    if max(waits) > 0:
        return HostTurn(False, max(waits), None, row.failures, row.busy_by if waits[0] > 0 else "")
    row.next_request_at = now + timedelta(seconds=interval_seconds)
    row.busy_until = now + timedelta(seconds=lease_seconds)
    row.busy_by = by
    session.flush()
    return HostTurn(True, 0.0, None, row.failures)


def release(
    session: Session,
    host: str,
    by: str,
    now: datetime,
    failed: bool,
    not_before: datetime | None = None,
    error: str = "",
    cause: PauseCause = "asked",
) -> int:
    """End the request of `by` and record its result. Return the number of failures in a row, including this one.

    `not_before`: do not ask the host earlier, because of `cause`. A later end of a current pause is kept. A process
    whose lease was given to another may still report its result, but does not end the other's lease.
    """
    row = _row(session, host)
    if row.busy_by == by:
        row.busy_until, row.busy_by = None, ""
    row.failures = row.failures + 1 if failed else 0
    # A pause is only lengthened. A success during a pause (of a request begun before it) must not end it.
    current = pause_of(row, now)
    if not_before is not None and not_before > max(now, current or now):
        row.not_before, row.pause_cause = not_before, cause
    elif current is None:
        row.not_before, row.pause_cause = None, ""
    if failed:
        row.last_error = storable(error)
    elif row.not_before is None:
        row.last_error = ""
    session.flush()
    return row.failures


def abandon(session: Session, host: str, by: str) -> None:
    """End the request of a process that is known to be dead."""
    row = _row(session, host)
    if row.busy_by == by:
        row.busy_until, row.busy_by = None, ""
    session.flush()


def pause(session: Session, host: str, until: datetime) -> None:
    """Pause a host that keeps failing. A longer current pause stays."""
    row = _row(session, host)
    if row.not_before is None or not until < row.not_before <= until + LONGEST_PAUSE:
        row.not_before, row.pause_cause = until, "failing"
    session.flush()


def lift_refusals(session: Session) -> None:
    """End every pause after a refusal, so that the next request is sent at once.

    Other pauses stay. Only a refusal can be fixed by a person.
    """
    lifted = update(HostRow).where(col(HostRow.pause_cause) == "refused")
    session.connection().execute(lifted.values(not_before=None, pause_cause="", failures=0))


def pause_of(row: HostRow, now: datetime) -> datetime | None:
    """Return when the pause of a host ends; None if the host may be asked now."""
    until = row.not_before
    return until if until is not None and now < until <= now + LONGEST_PAUSE else None


def set_back(session: Session, now: datetime, by: timedelta) -> None:
    """Move pauses after the clock was set back `by` this much, so that they last as long as before.

    Pauses longer than possible already count as over, and stay over.
    """
    for row in every(session):
        if until := pause_of(row, now):
            row.not_before = max(until - by, now)
    session.flush()


def every(session: Session) -> list[HostRow]:
    """Return all hosts ever asked, by name."""
    return list(session.exec(select(HostRow).order_by(col(HostRow.host))))


def _row(session: Session, host: str) -> HostRow:
    insert_absent(session, HostRow, [{"host": host, "busy_by": "", "failures": 0, "last_error": "", "pause_cause": ""}])
    # Lock the row until the end of the transaction: two processes must not both find the host free.
    return session.exec(
        select(HostRow).where(HostRow.host == host).with_for_update().execution_options(populate_existing=True)
    ).one()


def _ahead(instant: datetime | None, now: datetime, at_most: float) -> float:
    """Return the seconds until `instant`; 0 if it has passed or is further ahead than possible."""
    if instant is None:
        return 0.0
    seconds = (instant - now).total_seconds()
    return seconds if 0 < seconds <= at_most else 0.0
