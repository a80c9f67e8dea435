"""A message as it is planned, before it is written down: what it tells, to whom, and when it may first go. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.alerts.message import DIGEST, STEP, group_key, message_key, step_key
from tracker.alerts.rules.rules import SEVERITIES, RuleEvent
from tracker.alerts.rules.storms import WaitingEvent

__all__ = ["MessageEvent", "OpenMessage", "Planned", "key_of", "storm_key", "union", "waiting"]


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One event of a message. `likeness` is equal for equal changes of different trials, "" where nobody asks."""

    id: str
    seq: int
    kind: str
    severity: str
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message in the outbox that nobody has begun to send: it can take more events."""

    severity: str
    rules: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to one channel about one trial, or about us or many (`trial` ""). `at`: when it may first go.

    `joins`: the message of this key that is in the outbox and takes these events; None for a new message.
    """

    key: str
    channel: str
    trial: str
    rules: tuple[str, ...]
    at: datetime
    said: tuple[MessageEvent, ...]
    is_digest: bool = False
    joins: OpenMessage | None = None

    @property
    def kind(self) -> str:
        """DIGEST, that of its one event, or STEP."""
        if self.is_digest:
            return DIGEST
        return self.said[0].kind if len(self.said) == 1 and self.joins is None else STEP

    @property
    def severity(self) -> str:
        """The most severe in it."""
        before = [self.joins.severity] if self.joins else []
        return min((*before, *(it.severity for it in self.said)), key=SEVERITIES.index)

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(it.seq for it in self.said)

    def joined_to(self, known: OpenMessage) -> Planned:
        """The same as more of a message that is there. It goes as soon as either might."""
        return replace(self, joins=known, rules=union((known.rules, self.rules)), at=min(known.at, self.at))

    def with_more(self, rules: tuple[str, ...], at: datetime, said: Iterable[MessageEvent]) -> Planned:
        """One more event. What quiet hours hold does not hold up the rest: the first that may go takes all along."""
        return replace(self, rules=union((self.rules, rules)), at=min(self.at, at), said=(*self.said, *said))

    def without(self, seqs: Collection[int]) -> Planned | None:
        """What is left when these are told elsewhere; None when nothing is."""
        left = tuple(it for it in self.said if it.seq not in seqs)
        return replace(self, said=left) if left else None


def key_of(channel: str, happened: RuleEvent, by_step: Collection[str]) -> str:
    """The key of the message that tells a channel of an event at once. It depends on no rule."""
    if channel in by_step and happened.step:
        return step_key(channel, happened.step)
    return message_key(happened.id, channel)


def waiting(message: Planned) -> Iterator[WaitingEvent]:
    """What of a message a storm may take, event by event."""
    for it in message.said:
        yield WaitingEvent(message.key, message.channel, it.severity, message.trial, it.likeness, it.seq)


def storm_key(channel: str, said: Iterable[MessageEvent]) -> str:
    """The key of a message that tells these events, of many trials, as one."""
    return group_key(channel, [message_key(it.id, channel) for it in said])


def union(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All names, each once, in order."""
    return tuple(dict.fromkeys(name for some in names for name in some))
