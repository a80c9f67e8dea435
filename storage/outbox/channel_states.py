"""The state of the channels: failing, paused, disabled, and which addresses are muted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import update
from sqlmodel import Session, select

from storage.engine.bulk import storable, table_of, upsert
from storage.reads.in_session import SessionReader
from storage.reads.query import Query
from storage.tables.models import ChannelRow, MessageRow, MuteRow
from storage.values.states import MessageState

__all__ = [
    "BY_HAND",
    "STANDING",
    "ChannelState",
    "alike",
    "channel_failed",
    "channel_state",
    "channel_succeeded",
    "disable",
    "enable",
    "every",
    "find",
    "mute",
    "mute_reasons",
    "muted",
    "register_channel",
    "unmute",
]

BY_HAND = "muted by hand"
"""The reason of a mute that a person made."""


class ChannelState(NamedTuple):
    """What delivery needs to know about a channel before each message.

    `address`: a fingerprint of where it led last, "" if that is not known. `mutes`: how many of its addresses are
    muted; the whole channel counts as one.
    """

    address: str = ""
    disabled_at: datetime | None = None
    not_before: datetime | None = None
    failures: int = 0
    mutes: int = 0

    def is_closed(self, now: datetime) -> bool:
        """Whether nothing may be sent now."""
        return self.disabled_at is not None or (self.not_before is not None and self.not_before > now)


STANDING: Final = Query(
    """
    SELECT address, disabled_at, not_before, failures, (SELECT count(*) FROM muted WHERE channel = :name)
    FROM channel WHERE name = :name
    """,
    ChannelState,
)
"""The state of a channel. It is asked for with each message, so it is a text."""


def channel_state(session: Session, name: str) -> ChannelState:
    """Return the state of a registered channel; a blank one if nothing is known."""
    return SessionReader(session).first(STANDING, name=name) or ChannelState()


def every(session: Session) -> dict[str, ChannelRow]:
    """Return the rows of all channels ever used, by name."""
    return {row.name: row for row in session.exec(select(ChannelRow))}


def find(session: Session, name: str) -> ChannelRow:
    """Return the row of a channel; a blank one if nothing is known."""
    return session.get(ChannelRow, storable(name)) or ChannelRow(name=storable(name))


def register_channel(session: Session, name: str, address: str) -> None:
    """Store where a channel leads, as a fingerprint. A channel that now leads elsewhere starts with a blank state.

    Its pending messages begin their retry schedule again, and are rendered again, because their bytes were for the
    place before.
    """
    row = find(session, name)
    if row.address == address:
        return
    if row.address:
        _forget_bytes(session, row.name)
        _start_over(session, row.name)
    _reset(session, row, address)


def _reset(session: Session, row: ChannelRow, address: str) -> None:
    """Store a blank state. Another process may begin the channel at the same moment."""
    blank = ChannelRow(name=row.name, address=address).model_dump()
    upsert(session, ChannelRow, [blank], update=blank.keys() - {"name"})
    if row in session:
        session.expire(row)


def _forget_bytes(session: Session, name: str) -> None:
    message = table_of(MessageRow)
    # In any state: a person may want a settled message sent again, and an attempt that is under way may fail.
    frozen = update(message).where(message.c.channel == name, message.c.body.is_not(None))
    session.connection().execute(frozen.values(body=None))


def _keep(session: Session, row: ChannelRow) -> None:
    session.add(row)
    session.flush()  # `channel_state` reads with plain SQL


def channel_failed(
    session: Session, name: str, now: datetime, not_before: datetime | None, *, lull: timedelta = timedelta.max
) -> int:
    """Record a failure and the pause that follows. Return the number of failures in a row.

    `lull`: a failure that comes longer than this after the last one is the first of a new series.
    """
    row = find(session, name)
    if row.last_failure_at is not None and now - row.last_failure_at > lull:
        row.failing_since = now
    row.failing_since = min(row.failing_since or now, now)  # the clock may have been set back since
    row.last_failure_at, row.not_before = now, not_before
    row.failures += 1
    _keep(session, row)
    return row.failures


def channel_succeeded(session: Session, name: str) -> None:
    """Record a success, which ends a series of failures. A disabled channel stays disabled."""
    row = find(session, name)
    if row.failures:
        row.failing_since = row.last_failure_at = row.not_before = None
        row.failures = 0
        _keep(session, row)


def disable(session: Session, name: str, reason: str, now: datetime) -> bool:
    """Disable a channel; its messages wait. Return False if it was disabled already."""
    row = find(session, name)
    if row.disabled_at is not None:
        return False
    row.disabled_at, row.reason = now, storable(reason)
    _keep(session, row)
    return True


def enable(session: Session, names: Iterable[str]) -> None:
    """Enable channels and forget their failures. Pending messages begin their retry schedule again."""
    for name in set(names):
        row = find(session, name)
        if row.failures or row.disabled_at is not None:
            _start_over(session, row.name)
        _reset(session, row, row.address)


def _start_over(session: Session, name: str) -> None:
    message = table_of(MessageRow)
    tried = (message.c.channel == name, message.c.state == MessageState.PENDING, message.c.attempts > 0)
    # Leave leased messages alone: an attempt is under way and will settle them.
    idle = update(message).where(*tried, message.c.lease_until.is_(None))
    session.connection().execute(idle.values(attempts=0, next_attempt_at=message.c.due_at))


def mute(session: Session, channel: str, address: str, now: datetime, reason: str) -> None:
    """Send nothing more to an address of a channel, or with "" to the whole channel."""
    same = [it.address for it in muted(session, channel) if alike(it.address) == alike(address)]
    known = same[0] if same else storable(address)
    row = {"channel": storable(channel), "address": known, "at": now, "reason": storable(reason)}
    upsert(session, MuteRow, [row], update=("at", "reason"))


def unmute(session: Session, channel: str, address: str) -> bool:
    """Remove the mute of an address, in all its spellings. Return False if there was none."""
    found = [it for it in muted(session, channel) if alike(it.address) == alike(address)]
    for row in found:
        session.delete(row)
    return bool(found)


def muted(session: Session, channel: str | None = None) -> list[MuteRow]:
    """Return the mutes, by channel and address."""
    query = select(MuteRow).order_by(MuteRow.channel, MuteRow.address)
    return list(session.exec(query if channel is None else query.where(MuteRow.channel == storable(channel))))


def mute_reasons(session: Session, channel: str) -> dict[str, str]:
    """Return the muted addresses of a channel, as `alike` gives them, with the reasons. "" is the whole channel."""
    return {alike(it.address): it.reason for it in muted(session, channel)}


def alike(address: str) -> str:
    """Return the form of an address that is equal for all its spellings: a mute holds in any case."""
    return address.strip().lower()
