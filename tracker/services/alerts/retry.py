"""Send messages again: by their keys, or those that died since an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from storage.outbox import channel_states, queries
from tracker.alerts.render.commands import lift_command
from tracker.api.alerts import Message
from tracker.context.context import Context
from tracker.delivery.stats import DeliveryStats
from tracker.delivery.worker import DeliveryWorker
from tracker.errors import UsageError
from tracker.processes.daemon_lock import is_daemon_running
from tracker.services.alerts.outbox import channels_of, check_channel, keys_of, messages_of
from tracker.services.changes.moments import Moment

__all__ = ["Retried", "RetryRequest", "retry"]


@dataclass(frozen=True, slots=True)
class RetryRequest:
    """The messages with these `keys` (or starts of keys), or else those of a channel that died since then."""

    keys: Sequence[str] = ()
    since: Moment | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Retried:
    """The messages afterwards, as `tracker.api.alerts.Message`, and the keys that match none.

    `delivered` is None if the running daemon sends them.
    """

    rows: Sequence[Message]
    unknown: Sequence[str]
    delivered: DeliveryStats | None


def retry(context: Context, delivery: DeliveryWorker, request: RetryRequest) -> Retried:
    """Make messages due again under their own keys, and send them, unless a daemon is running.

    Raise UsageError if a channel is muted or not there. Raise UsageError and UnknownMessage as `keys_of` does.
    """
    now = context.clock.now()
    with context.database.write() as session:
        if request.channel is not None:
            check_channel(request.channel, channels_of(session, context.alerts))
        keys, unknown = keys_of(session, request.keys) if request.keys else (_dead(session, request), [])
        _refuse_muted(session, keys)
        queries.again(session, keys, now, context.holder)
    delivered = None if is_daemon_running(context.database) else delivery.deliver()
    with context.database.read() as session:
        rows = messages_of(session, context.alerts, keys)
    return Retried(rows, unknown, delivered)


def _dead(session: Session, request: RetryRequest) -> list[str]:
    since = request.since or Moment(instant=datetime.min.replace(tzinfo=UTC))
    return queries.dead_since(session, since.instant or datetime.fromisoformat(f"{since.day}T00:00Z"), request.channel)


def _refuse_muted(session: Session, keys: Sequence[str]) -> None:
    muted = {it.channel for it in channel_states.muted(session) if not it.address}
    for row in (queries.find(session, key) for key in keys):
        if row is not None and row.channel in muted:
            raise UsageError(
                f"The channel {row.channel} is muted; first: {lift_command(row.channel)}", subject=row.channel
            )
