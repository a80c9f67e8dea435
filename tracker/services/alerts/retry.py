"""Send messages again: by their keys, or those that died since an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from storage.outbox import channel_states, queries
from storage.values.states import MessageState
from tracker.alerts.render.commands import lift_command
from tracker.api.alerts import Message
from tracker.context.context import Context
from tracker.delivery.stats import DeliveryStats
from tracker.delivery.worker import DeliveryWorker
from tracker.errors import UsageError
from tracker.processes.daemon_lock import is_daemon_running
from tracker.recording.instants import instant_out
from tracker.services.alerts.outbox import channels_of, check_channel, keys_of, messages_of
from tracker.services.changes.moments import Moment

_STATES = {
    MessageState.PENDING: "on its way",
    MessageState.HELD: "held",
    MessageState.SENT: "delivered",
    MessageState.DEAD: "given up again",
    MessageState.GROUPED: "part of another",
}

__all__ = ["Given", "Retried", "RetryRequest", "retry"]


@dataclass(frozen=True, slots=True)
class Given:
    """How a message that was given up was shown: after how many attempts, and when (as in `Message.settled_at`)."""

    attempts: int
    settled_at: str


@dataclass(frozen=True, slots=True)
class RetryRequest:
    """The messages with these `keys` (or starts of keys), or else those of a channel that died since then.

    `given`: only if they are still given up, as they were shown then.
    """

    keys: Sequence[str] = ()
    since: Moment | None = None
    channel: str | None = None
    given: Given | None = None


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

    Raise UsageError if a channel is muted or not there, or if a message is no longer as it was shown. Raise UsageError
    and UnknownMessage as `keys_of` does.
    """
    now = context.clock.now()
    with context.database.write() as session:
        if request.channel is not None:
            check_channel(request.channel, channels_of(session, context.alerts))
        keys, unknown = keys_of(session, request.keys) if request.keys else (_dead(session, request), [])
        _refuse_muted(session, keys)
        if request.given is not None:
            _refuse_changed(session, keys, request.given)
        queries.again(session, keys, now, context.holder)
    delivered = None if is_daemon_running(context.database) else delivery.deliver()
    with context.database.read() as session:
        rows = messages_of(session, context.alerts, keys)
    return Retried(rows, unknown, delivered)


def _dead(session: Session, request: RetryRequest) -> list[str]:
    since = request.since or Moment(instant=datetime.min.replace(tzinfo=UTC))
    return queries.dead_since(session, since.instant or datetime.fromisoformat(f"{since.day}T00:00Z"), request.channel)


def _refuse_changed(session: Session, keys: Sequence[str], given: Given) -> None:
    for row in (queries.find(session, key) for key in keys):
        now = Given(row.attempts, instant_out(row.settled_at) or "") if row is not None else None
        if row is None or row.state != MessageState.DEAD or now != given:
            state = _STATES[MessageState(row.state)] if row is not None else "gone"
            raise UsageError(f"This message changed meanwhile: it is {state} now. Nothing was done", subject=keys[0])


def _refuse_muted(session: Session, keys: Sequence[str]) -> None:
    muted = {it.channel for it in channel_states.muted(session) if not it.address}
    for row in (queries.find(session, key) for key in keys):
        if row is not None and row.channel in muted:
            raise UsageError(
                f"The channel {row.channel} is muted; first: {lift_command(row.channel)}", subject=row.channel
            )
