"""Politeness to a host, shared by every process on the store: a pace, a pause asked for, one request at a time."""

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
"""Why a host is left alone: it refused this program or network, it asked for a pause, or it keeps failing."""

LONGEST_PAUSE = timedelta(hours=24)
"""Nobody leaves a host alone for longer: a pause that ends later was set by a clock that has since been set back."""


@dataclass(frozen=True, slots=True)
class HostTurn:
    """Whether the host may be asked now; if not, in how many seconds to try again.

    `not_before` is set when it is the host's own pause that stands in the way; `busy_by` when it is somebody's request.
    `failures` in a row so far. `cause` and `error`: why the pause, and the last failure in words.
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
    """Ask to make one request to `host`. When granted, nobody else is until `release` or the end of the lease.

    An instant further ahead than the interval, the lease or the longest pause could have put it was written by a
    clock that has since been set back, and counts as passed.
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
    """End the request `by` was making, and say how it went; returns the failures in a row, this one included.

    `not_before` is the instant before which nobody asks the host, for the reason `cause`; a pause still to come is
    never shortened. Somebody whose lease ran out and was given to another may still tell how it went, but does not end
    the other's lease.
    """
    row = _row(session, host)
    if row.busy_by == by:
        row.busy_until, row.busy_by = None, ""
    row.failures = row.failures + 1 if failed else 0
    standing = pause_of(row, now)
    if not_before is not None and not_before > max(now, standing or now):
        row.not_before, row.pause_cause = not_before, cause
    elif standing is None:
        row.not_before, row.pause_cause = None, ""
    if failed:
        row.last_error = storable(error)
    elif row.not_before is None:
        row.last_error = ""
    session.flush()
    return row.failures


def abandon(session: Session, host: str, by: str) -> None:
    """End the request of somebody who is known to be dead, and will never release it."""
    row = _row(session, host)
    if row.busy_by == by:
        row.busy_until, row.busy_by = None, ""
    session.flush()


def pause(session: Session, host: str, until: datetime) -> None:
    """Leave a host that keeps failing alone until then. A longer pause that stands already stays."""
    row = _row(session, host)
    if row.not_before is None or not until < row.not_before <= until + LONGEST_PAUSE:
        row.not_before, row.pause_cause = until, "failing"
    session.flush()


def lift_refusals(session: Session) -> None:
    """End every pause that a refusal left, so that the next request asks at once.

    A pause that the host asked for stays, and so does one after failures: only a person's mend ends a refusal.
    """
    lifted = update(HostRow).where(col(HostRow.pause_cause) == "refused")
    session.connection().execute(lifted.values(not_before=None, pause_cause="", failures=0))


def pause_of(row: HostRow, now: datetime) -> datetime | None:
    """The instant before which nobody asks the host; None when it may be asked."""
    until = row.not_before
    return until if until is not None and now < until <= now + LONGEST_PAUSE else None


def set_back(session: Session, now: datetime, by: timedelta) -> None:
    """The clock was set back `by` so much: pauses end as many seconds from now as they would have.

    One that is longer than any can be counts as over already, and stays so.
    """
    for row in every(session):
        if until := pause_of(row, now):
            row.not_before = max(until - by, now)
    session.flush()


def every(session: Session) -> list[HostRow]:
    """All hosts ever asked, by name."""
    return list(session.exec(select(HostRow).order_by(col(HostRow.host))))


def _row(session: Session, host: str) -> HostRow:
    insert_absent(session, HostRow, [{"host": host, "busy_by": "", "failures": 0, "last_error": "", "pause_cause": ""}])
    return session.exec(
        select(HostRow).where(HostRow.host == host).with_for_update().execution_options(populate_existing=True)
    ).one()


def _ahead(instant: datetime | None, now: datetime, at_most: float) -> float:
    """Seconds until `instant`; 0 when it has passed, or lies further ahead than anyone could have set it."""
    if instant is None:
        return 0.0
    seconds = (instant - now).total_seconds()
    return seconds if 0 < seconds <= at_most else 0.0
