"""The values that rules make and channels render, and the stable keys of messages. Pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from tracker.api.changes import ChangeObject
from tracker.results.reported_tables import ResultTable

__all__ = [
    "DIGEST",
    "GROUP",
    "STEP",
    "TEST",
    "Alert",
    "PostedResults",
    "ReportedChange",
    "digest_key",
    "group_key",
    "message_key",
    "step_key",
    "thread_key",
]

DIGEST, GROUP, STEP, TEST = "digest", "group", "step", "test"
"""Kinds of messages that do not have the kind of their one event. STEP: several events of one trial in one step."""


@dataclass(frozen=True, slots=True)
class PostedResults:
    """Posted results in a message: tables for people, and an object for programs."""

    tables: tuple[ResultTable, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """One change as a message reports it. If it is about the watch itself (`ops.*`), the title and the addresses are
    empty.
    """

    #: The change, as `changes` prints it.
    change: ChangeObject
    #: Title of the trial. The addresses below are the trial's, too.
    title: str = ""
    url: str = ""
    history_url: str = ""
    #: Acronym of the trial, for channels that people read. "" if it has none.
    acronym: str = ""
    #: Names for the things that fields belong to (`sites.<key>` -> `A hospital, Berlin`), for channels that people
    #: read.
    names: Mapping[str, str] = field(default_factory=dict)
    #: What was posted, if the change is that results were posted.
    posted: PostedResults | None = None

    @property
    def trial(self) -> str:
        return str(self.change["trial"])

    @property
    def severity(self) -> str:
        return str(self.change["severity"])

    @property
    def summary(self) -> str:
        return str(self.change["summary"])


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to one channel."""

    key: str
    #: The kind of the one change in it, or STEP, DIGEST, GROUP or TEST.
    kind: str
    channel: str
    #: Names of the rules that asked for it.
    rules: tuple[str, ...]
    #: The changes, in seq order. May be cut short: `total` is the full count.
    changes: tuple[ReportedChange, ...]
    total: int
    #: Id of the store.
    store: str
    #: When the message was made. The same on every attempt.
    made_at: datetime
    #: When it was first sent. None means `made_at`. The same on every attempt.
    sent_at: datetime | None = None
    #: True if nothing has happened, and the message only shows what one looks like.
    sample: bool = False


def message_key(event_id: str, channel: str) -> str:
    """Return the key of the message about one event to one channel. It does not depend on the rules that asked."""
    return _key("event", event_id, channel)


def step_key(channel: str, step: Sequence[str]) -> str:
    """Return the key of the message to one channel about one trial in one step. It does not depend on the rules that
    asked.

    `step`: the trial, its content before and its content after. If the same step was seen before, the count of those
    times follows.
    """
    return _key("step", channel, *step)


def thread_key(channel: str, trial: str) -> str:
    """Return an id shared by all messages to one channel about one trial. Mail programs show them as one thread."""
    return _key("thread", channel, trial).replace("msg_", "thread_", 1)


def digest_key(channel: str, rule: str, window_end: datetime) -> str:
    """Return the key of a rule's digest to a channel, for the window that ends at `window_end` (aware)."""
    return _key("digest", channel, rule, str(int(window_end.timestamp())))


def group_key(channel: str, keys: Iterable[str]) -> str:
    """Return the key of a message that replaces many messages with `keys`."""
    return _key("group", channel, *sorted(keys))


def _key(*parts: str) -> str:
    # Lower case letters and digits only: a webhook id must not contain a full stop, a Message-ID no unusual character.
    return "msg_" + b32encode(sha256("\0".join(parts).encode()).digest()).decode().lower()[:26]
