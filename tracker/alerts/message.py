"""What is told: the values that rules make and channels render, and the keys they keep for ever. Pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

__all__ = [
    "DIGEST",
    "GROUP",
    "STEP",
    "TEST",
    "Alert",
    "ToldChange",
    "digest_key",
    "group_key",
    "message_key",
    "step_key",
    "thread_key",
]

DIGEST, GROUP, STEP, TEST = "digest", "group", "step", "test"
"""Kinds of messages beside those that are the kind of their one event. STEP: several of one trial, in one step."""


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One change as it is told. `change` is what `changes` prints of it; `title` and the addresses are the trial's.

    A change about us and not about a trial (`ops.*`) has an empty title and empty addresses. For channels of people:
    `acronym` is the trial's, "" for none; `names` says what the record calls the things its fields are details of
    (`sites.<key>` -> `A hospital, Berlin`).
    """

    change: dict[str, Any]
    title: str = ""
    url: str = ""
    history_url: str = ""
    acronym: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

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
    """One message to one channel. `kind`: that of its one change, or STEP, DIGEST, GROUP or TEST.

    `told` is in seq order and may be cut short; `total` is how many changes there are. `rules` are the names of the
    rules that asked for it. `store` is the store's id. `made_at`: when the message was made. `sent_at`: when it was
    first sent, None where that is when it was made. Both are the same on every attempt.
    """

    key: str
    kind: str
    channel: str
    rules: tuple[str, ...]
    told: tuple[ToldChange, ...]
    total: int
    store: str
    made_at: datetime
    sent_at: datetime | None = None


def message_key(event_id: str, channel: str) -> str:
    """The key of the message about one event to one channel, whichever rules asked for it."""
    return _key("event", event_id, channel)


def step_key(channel: str, step: Sequence[str]) -> str:
    """The key of the message about what happened to one trial in one step, to one channel, whichever rules asked.

    `step`: the trial, the content before and the content after; then how often the same step was seen before, if ever.
    """
    return _key("step", channel, *step)


def thread_key(channel: str, trial: str) -> str:
    """What all messages to one channel about one trial have in common, for mail programs that show them together."""
    return _key("thread", channel, trial).replace("msg_", "thread_", 1)


def digest_key(channel: str, rule: str, window_end: datetime) -> str:
    """The key of a rule's digest to a channel for the window that ends at this instant (aware)."""
    return _key("digest", channel, rule, str(int(window_end.timestamp())))


def group_key(channel: str, keys: Iterable[str]) -> str:
    """The key of a message that stands for many, of those keys."""
    return _key("group", channel, *sorted(keys))


def _key(*parts: str) -> str:
    # Lower case letters and digits: a webhook id must not hold a full stop, a Message-ID no odd character.
    return "msg_" + b32encode(sha256("\0".join(parts).encode()).digest()).decode().lower()[:26]
