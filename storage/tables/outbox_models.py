"""The tables of the outbox: messages, their recipients, every attempt, and the state of the channels."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from storage.tables.base_table import Table
from storage.values.states import MessageState

__all__ = ["AttemptRow", "ChannelRow", "MessageEventRow", "MessageRow", "MuteRow"]


class MessageRow(Table, table=True):
    """One message to one channel, under a key it keeps for ever. `id` is the order of arrival.

    - `kind`: that of its single event, or "group", or "digest".
    - `state`: pending, sent, dead, or grouped (sent as part of the message `within`).
    - `batch`: the work it came from ("run:12") until that is done, then "". Until then it is not sent and may be
      grouped.
    - `rules` and `recipients` are JSON text.
    - `recipients`: address -> "" if reached, text why it never will be, or an object with `since` if it is refused for
      a reason that may be a mistake.
    - `body`: what every attempt sends, fixed at the first one, and again when the channel leads elsewhere.
    - `lease_of`: the attempt it is leased to.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "channel", "state", "next_attempt_at"),
        Index(None, "channel", "trial", "state"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    channel: str
    kind: str
    trial: str = ""
    severity: str
    rules: str = "[]"
    batch: str = Field(default="", index=True)
    within: str = ""
    state: str = MessageState.PENDING
    created_at: datetime
    due_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    lease_until: datetime | None = None
    lease_of: int | None = None
    settled_at: datetime | None = None
    last_status: int | None = None
    last_error: str = ""
    recipients: str = "{}"
    body: bytes | None = None


class MessageEventRow(Table, table=True):
    """An event that a message reports."""

    __tablename__ = "message_event"

    key: str = Field(primary_key=True, foreign_key="message.key")
    seq: int = Field(primary_key=True, foreign_key="event.seq", index=True, sa_column_kwargs={"autoincrement": False})


class AttemptRow(Table, table=True):
    """One attempt at a message, written before it is made.

    `outcome`: running, sent, retry, dead, told (a person was told that it is dead) or asked (a person wanted it sent
    again). One that stays "running" was interrupted, and may have arrived or not.
    """

    __tablename__ = "attempt"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(foreign_key="message.key", index=True)
    started_at: datetime
    ended_at: datetime | None = None
    by: str
    outcome: str
    status: int | None = None
    detail: str = ""


class ChannelRow(Table, table=True):
    """The state of a channel. `address`: a fingerprint of where it leads. When that changes, the state is reset."""

    __tablename__ = "channel"

    name: str = Field(primary_key=True)
    address: str = ""
    failing_since: datetime | None = None
    last_failure_at: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    disabled_at: datetime | None = None
    reason: str = ""


class MuteRow(Table, table=True):
    """An address (or with "" a whole channel) that nothing is sent to any more, and why."""

    __tablename__ = "muted"

    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    at: datetime
    reason: str = ""
