"""A planned message, before it is stored: its events, its channel, and the earliest time to send it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from storage.values.severity import rank
from tracker.alerts.message import DIGEST, STEP, group_key, message_key, step_key
from tracker.alerts.rules.rules import RuleEvent
from tracker.alerts.rules.storms import WaitingEvent

__all__ = ["MessageEvent", "OpenMessage", "Planned", "key_of", "storm_key", "union", "waiting"]


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One event of a message."""

    id: str
    seq: int
    kind: str
    severity: str
    #: Equal for equal changes of different trials. "" if no comparison is needed.
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message in the outbox that no worker has begun to send. It can take more events."""

    severity: str
    rules: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to one channel."""

    key: str
    channel: str
    #: "" for a message about many trials, or about the watch itself.
    trial: str
    rules: tuple[str, ...]
    #: The earliest time to send it.
    at: datetime
    events: tuple[MessageEvent, ...]
    is_digest: bool = False
    #: The message in the outbox, with the same key, that takes these events. None for a new message.
    joins: OpenMessage | None = None

    @property
    def kind(self) -> str:
        """Return DIGEST, the kind of its one event, or STEP."""
        if self.is_digest:
            return DIGEST
        return self.events[0].kind if len(self.events) == 1 and self.joins is None else STEP

    @property
    def severity(self) -> str:
        """Return the highest severity in it."""
        before = [self.joins.severity] if self.joins else []
        return min((*before, *(it.severity for it in self.events)), key=rank)

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(it.seq for it in self.events)

    def joined_to(self, known: OpenMessage) -> Planned:
        """Return this message as an addition to one in the outbox. It is sent at the earlier of the two times."""
        return replace(self, joins=known, rules=union((known.rules, self.rules)), at=min(known.at, self.at))

    def with_more(self, rules: tuple[str, ...], at: datetime, events: Iterable[MessageEvent]) -> Planned:
        """Add events. Quiet hours that hold one event do not delay the others: all are sent at the earliest time."""
        return replace(self, rules=union((self.rules, rules)), at=min(self.at, at), events=(*self.events, *events))

    def without(self, seqs: Collection[int]) -> Planned | None:
        """Return the message without these events, which another message takes. None if no event is left."""
        left = tuple(it for it in self.events if it.seq not in seqs)
        return replace(self, events=left) if left else None


def key_of(channel: str, happened: RuleEvent, by_step: Collection[str]) -> str:
    """Return the key of the message that sends an event at once. It does not depend on any rule."""
    if channel in by_step and happened.step:
        return step_key(channel, happened.step)
    return message_key(happened.id, channel)


def waiting(message: Planned) -> Iterator[WaitingEvent]:
    """Yield the events that a storm may take from a message."""
    for it in message.events:
        yield WaitingEvent(message.key, message.channel, it.severity, message.trial, it.likeness, it.seq)


def storm_key(channel: str, events: Iterable[MessageEvent]) -> str:
    """Return the key of one message about these events of many trials."""
    return group_key(channel, [message_key(it.id, channel) for it in events])


def union(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return all names, each once, in order."""
    return tuple(dict.fromkeys(name for some in names for name in some))
