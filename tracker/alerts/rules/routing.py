"""From events to messages. This is the only place that decides which messages are made, extended or combined. Pure.

The event writer (`tracker.recording.event_writer`) and the preview (`forecast`) both call it, one with the real outbox,
the other with an imaginary one. So the preview matches what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from schedules.windows import window_end
from storage.values.severity import rank
from tracker.alerts.message import digest_key, message_key
from tracker.alerts.rules.planning import (
    MessageEvent,
    OpenMessage,
    Planned,
    key_of,
    storm_key,
    union,
    waiting,
)
from tracker.alerts.rules.rules import AlertRule, Dispatch, RuleEvent, released_at, route
from tracker.alerts.rules.storms import Storm, storms

__all__ = ["Absence", "Closing", "Group", "Happened", "Plan", "RuleBook", "View", "close", "plan", "planned"]


class Absence(Enum):
    """Why a key cannot take more events."""

    NONE = "there is no message of this key"
    CLOSED = "it is on its way, or settled"


View = Mapping[str, OpenMessage | Absence]
"""The state of the outbox, by key. A missing key has not been looked up."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules, and the channel settings they depend on."""

    rules: tuple[AlertRule, ...] = ()
    #: The channel that gets `ops.*`. "" for none.
    owner: str = ""
    #: The channels that group the events of one trial in one step into one message.
    by_step: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and when it was seen."""

    event: RuleEvent
    at: datetime
    #: The key by which `storms` compares events. Set only if a search for storms will follow.
    likeness: str = ""

    @property
    def message_event(self) -> MessageEvent:
        return MessageEvent(self.event.id, self.event.seq, self.event.kind, self.event.severity, self.likeness)


@dataclass(frozen=True, slots=True)
class Plan:
    """The messages of a batch of events, in the order of storing: digests first."""

    messages: tuple[Planned, ...]
    #: Keys to look up before the plan is complete. Until it is empty, `messages` has no meaning.
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Events of many trials, sent as one message."""

    key: str
    channel: str
    severity: str
    rules: tuple[str, ...]
    seqs: tuple[int, ...]
    at: datetime
    #: The keys of the messages that are now empty.
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """What becomes of the messages that a batch held back."""

    groups: tuple[Group, ...]
    #: The messages that are still sent by themselves, without the grouped events.
    left: tuple[Planned, ...]


def planned(
    book: RuleBook, happened: Sequence[Happened], look_up: Callable[[frozenset[str]], View]
) -> tuple[Planned, ...]:
    """Return the messages for these events. `look_up` tells the state of the outbox for the keys it is asked for."""
    view: dict[str, OpenMessage | Absence] = {}
    # `plan` names the keys that it has to know. Ask for all of them at once, until it knows enough.
    while (answer := plan(book, happened, view)).unknown:
        view |= look_up(answer.unknown)
    return answer.messages


def plan(book: RuleBook, happened: Iterable[Happened], view: View) -> Plan:
    """Return the messages for these events. `view` tells the state of the outbox."""
    unknown: set[str] = set()
    digests: dict[str, Planned] = {}
    at_once: dict[str, Planned] = {}
    by_name = {rule.name: rule for rule in book.rules}
    for it in happened:
        for dispatch in route(book.rules, book.owner, it.event, it.at):
            if dispatch.digest_rule:
                _into_digest(digests, by_name[dispatch.digest_rule], dispatch, it, view, unknown)
            else:
                key = key_of(dispatch.channel, it.event, book.by_step)
                blank = Planned(key, dispatch.channel, it.event.trial, (), dispatch.due_at, ())
                at_once[key] = at_once.get(key, blank).with_more(dispatch.rules, dispatch.due_at, [it.message_event])
    return Plan((*digests.values(), *_placed(at_once.values(), view, unknown)), frozenset(unknown))


def _into_digest(
    digests: dict[str, Planned], rule: AlertRule, dispatch: Dispatch, it: Happened, view: View, unknown: set[str]
) -> None:
    assert rule.digest is not None
    end = dispatch.due_at
    key = digest_key(dispatch.channel, rule.name, end)
    # A digest that was sent takes no more events. Use that of the next window.
    while view.get(key) is Absence.CLOSED:
        end = window_end(rule.digest, rule.timezone, end)
        key = digest_key(dispatch.channel, rule.name, end)
    at = released_at({rule.name: rule}, (rule.name,), it.event.severity, end)
    message = digests.get(key)
    if message is None:
        message = Planned(key, dispatch.channel, "", (), at, (), is_digest=True)
        if isinstance(known := view.get(key), OpenMessage):
            message = message.joined_to(known)
        elif known is None:
            unknown.add(key)
    digests[key] = message.with_more(dispatch.rules, at, [it.message_event])


def _placed(planned: Iterable[Planned], view: View, unknown: set[str]) -> list[Planned]:
    """Compare planned messages with the outbox. A later event of a step joins the open message of that step. If that
    message was sent, the event goes by itself.
    """
    joining, fresh, late = list[Planned](), list[Planned](), list[Planned]()
    for it in planned:
        known = view.get(it.key)
        if isinstance(known, OpenMessage):
            joining.append(it.joined_to(known))
        elif known is Absence.CLOSED:
            late += [replace(it, key=message_key(one.id, it.channel), events=(one,)) for one in it.events]
        else:
            fresh.append(it)
            if known is None:
                unknown.add(it.key)
    return [*joining, *fresh, *late]


def close(held: Sequence[Planned]) -> Closing:
    """Close a batch: send each storm as one message, and the rest separately."""
    by_key = {it.key: it for it in held}
    left: dict[str, Planned | None] = dict(by_key)
    groups = []
    for storm in storms(one for it in held for one in waiting(it)):
        taken = {it.seq for it in storm.members}
        members = tuple(dict.fromkeys(it.key for it in storm.members))
        left |= {key: it.without(taken) for key in members if (it := left[key]) is not None}
        gone = tuple(key for key in members if left[key] is None)
        groups.append(_as_one(storm, [by_key[key] for key in members], gone))
    return Closing(tuple(groups), tuple(it for it in left.values() if it is not None))


def _as_one(storm: Storm, members: Sequence[Planned], gone: tuple[str, ...]) -> Group:
    seqs = tuple(it.seq for it in storm.members)
    taken = set(seqs)
    return Group(
        key=storm_key(storm.channel, [it for message in members for it in message.events if it.seq in taken]),
        channel=storm.channel,
        severity=min((it.severity for it in storm.members), key=rank),
        rules=union(it.rules for it in members),
        seqs=seqs,
        # A message held by quiet hours does not delay the others: all are sent at the earliest time.
        at=min(it.at for it in members),
        members=gone,
    )
