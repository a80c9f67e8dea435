"""Messages that go at once, before they are written down: one an event, or one a step for channels of people. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.alerts.message import STEP, group_key, message_key, step_key
from tracker.alerts.rules.rules import SEVERITIES, Dispatch, RuleEvent
from tracker.alerts.rules.storms import WaitingEvent, likeness

__all__ = ["MessageEvent", "Plan", "Planned", "key_of", "likeness", "storm_key", "union", "waiting"]


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One event of a message. `likeness` is equal for equal changes of different trials, "" where nobody asks."""

    id: str
    seq: int
    kind: str
    severity: str
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to one channel about one trial, or about us (`trial` ""). `at`: when it may first go."""

    key: str
    channel: str
    trial: str
    rules: tuple[str, ...]
    at: datetime
    said: tuple[MessageEvent, ...]

    @property
    def kind(self) -> str:
        """That of its one event, or STEP."""
        return self.said[0].kind if len(self.said) == 1 else STEP

    @property
    def severity(self) -> str:
        """The most severe in it."""
        return min((it.severity for it in self.said), key=SEVERITIES.index)

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(it.seq for it in self.said)

    def without(self, seqs: Collection[int]) -> Planned | None:
        """What is left when these are told elsewhere; None when nothing is."""
        left = tuple(it for it in self.said if it.seq not in seqs)
        return replace(self, said=left) if left else None


class Plan:
    """Collects what goes at once. `by_step`: the channels that get one message for what happened in one step."""

    def __init__(self, by_step: Collection[str]) -> None:
        self._by_step = by_step
        self._found: dict[str, Planned] = {}

    def add(self, dispatch: Dispatch, happened: RuleEvent, likeness: str = "") -> None:
        """Plan one event for one channel. It joins what is planned for the same step there."""
        key = key_of(dispatch.channel, happened, self._by_step)
        said = MessageEvent(happened.id, happened.seq, happened.kind, happened.severity, likeness)
        known = self._found.get(key)
        if known is None:
            known = Planned(key, dispatch.channel, happened.trial, (), dispatch.due_at, ())
        # What quiet hours hold does not hold up the rest: the first that may go takes the others along.
        self._found[key] = replace(
            known,
            rules=union((known.rules, dispatch.rules)),
            at=min(known.at, dispatch.due_at),
            said=(*known.said, said),
        )

    def __iter__(self) -> Iterator[Planned]:
        """In the order in which their first events came."""
        return iter(self._found.values())


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
