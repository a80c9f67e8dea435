"""Polls and health: `poll`, `status`, `doctor`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tracker.api.base import Instant, Shape, described

__all__ = ["Checks", "Health", "Job", "Poll", "Status"]


class QuarantinedTrial(Shape, frozen=True):
    """A record that could not be read and is kept as it came."""

    trial: str
    reason: str
    new: Annotated[bool, described("Not for this reason before.")]


class FailedTrial(Shape, frozen=True):
    """A trial that could not be fetched."""

    trial: str
    reason: str


class HeldReason(Shape, frozen=True):
    """Why a run is held."""

    reason: str


class RecordFault(Shape, frozen=True):
    """Our own code failed on a record for the first time."""

    trial: str
    trace: Annotated[str, described("Where in the program.")]


class QuietTrial(Shape, frozen=True):
    """A document that differed from the one we hold, and nothing is told of it."""

    trial: str
    reason: Annotated[str, described("One of the reasons that output.md lists.")]


class PollRun(Shape, frozen=True):
    """One poll."""

    run: int
    outcome: Annotated[str, described("complete, partial, unchanged, held or failed.")]
    data_timestamp: Annotated[str | None, described("The registry's data were of then; null when it did not answer.")]
    checked: int
    new: int
    changed: int
    unchanged: int
    quarantined: list[QuarantinedTrial]
    failed: list[FailedTrial]
    held: list[HeldReason]
    requests: int
    faults: Annotated[list[RecordFault] | msgspec.UnsetType, described("There only when there are any.")] = (
        msgspec.UNSET
    )
    quiet: Annotated[list[QuietTrial] | msgspec.UnsetType, described("There only when there are any.")] = msgspec.UNSET


class Poll(Shape, frozen=True):
    """`poll`: what one look came to."""

    poll: PollRun


class Job(Shape, frozen=True):
    """One of the daemon's jobs."""

    job: str
    succeeded_at: Instant | None
    failing_since: Instant | None
    failures: int
    error: str | None


class Status(Shape, frozen=True):
    """How the watch is doing."""

    healthy: bool
    store: Annotated[str, described("The id of the store.")]
    last_poll: Instant | None
    data_timestamp: str | None
    watched: int
    pending: Annotated[int, described("Messages on their way.")]
    dead: Annotated[int, described("Messages given up.")]
    schema: Annotated[str, described("Revision of the store's schema.")]
    sqlite: Annotated[str | None, described("Version of SQLite; null on PostgreSQL.")]
    wal_bytes: int
    daemon: Annotated[str | None, described("Who is the daemon of this store; null when none runs.")]
    jobs: list[Job]
    next_look: Instant | None
    troubles: Annotated[list[str], described("What makes it unhealthy; these stand in warnings too.")]
    warnings: list[str]


class Health(Shape, frozen=True):
    """`status`."""

    status: Status


class Check(Shape, frozen=True):
    """One thing that could keep the installation from working."""

    check: str
    ok: Annotated[bool | None, described("True if it is fine, false if it must be fixed, null if it is worth knowing.")]
    detail: str


class Checks(Shape, frozen=True):
    """`doctor`."""

    checks: list[Check]
