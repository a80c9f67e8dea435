"""Storms: if one poll brings many messages, send the same change in many trials once. Pure.

There are two reasons to combine messages of one channel. Either they report the same change in at least `ALIKE` trials
(a registry respells a country), or there are more than `FLOOD` messages that are not critical. Other events of those
trials in the same step keep their own messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from storage.values.severity import Severity

__all__ = ["ALIKE", "FLOOD", "Storm", "WaitingEvent", "likeness", "storms"]

ALIKE = 10
"""If at least this many trials have the same change, it is sent once."""
FLOOD = 100
"""If one poll brings more messages than this to one channel, they are combined."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event of a message that may be combined with others."""

    key: str
    channel: str
    severity: str
    trial: str
    #: Equal for equal changes of different trials.
    likeness: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Storm:
    """Events of one channel to send as one message, in their order."""

    channel: str
    members: tuple[WaitingEvent, ...]


def likeness(kind: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """Return a key that is equal for the same change in different trials: the kind, and the name and values of each
    field.

    `changes` are (field, before, after). Only the last part of a field name counts, because the key of a site or an
    outcome before it differs from trial to trial.
    """
    edits = sorted({(field.rpartition(".")[2], before, after) for field, before, after in changes})
    return sha256(
        "\0".join([kind, *(part for parts in edits for part in parts)]).encode("utf-8", "replace")
    ).hexdigest()


def storms(waiting: Iterable[WaitingEvent]) -> list[Storm]:
    """Return the storms. Each event is in at most one of them."""
    found: list[Storm] = []
    for channel, mine in _by(waiting, lambda it: it.channel).items():
        alike = _alike(mine)
        taken = {it for events in alike for it in events}
        flood = _flood([it for it in mine if it not in taken])
        place = {it: number for number, it in enumerate(mine)}
        found += [Storm(channel, tuple(sorted(events, key=place.__getitem__))) for events in (*alike, *flood)]
    return found


def _alike(mine: Sequence[WaitingEvent]) -> list[list[WaitingEvent]]:
    """Group the same event in many trials. Several events that share exactly the same messages form one group."""
    together: dict[frozenset[str], list[WaitingEvent]] = defaultdict(list)
    for events in _by(mine, lambda it: it.likeness).values():
        if len({it.trial for it in events}) >= ALIKE:
            together[frozenset(it.key for it in events)] += events
    return list(together.values())


def _flood(rest: Sequence[WaitingEvent]) -> list[list[WaitingEvent]]:
    messages = _by(rest, lambda it: it.key)
    minor = [events for events in messages.values() if all(it.severity != Severity.CRITICAL for it in events)]
    return [[it for events in minor for it in events]] if len(minor) > FLOOD else []


def _by(items: Iterable[WaitingEvent], name: Callable[[WaitingEvent], str]) -> dict[str, list[WaitingEvent]]:
    groups: dict[str, list[WaitingEvent]] = defaultdict(list)
    for item in items:
        groups[name(item)].append(item)
    return groups
