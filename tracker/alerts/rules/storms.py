"""Storms: when one poll has much to tell, the same change in many trials is told once. Pure.

Two reasons to tell several messages of one channel as one: they say the very same of at least `ALIKE` trials (a
registry that respells a country), or there are more than `FLOOD` of them and they are not critical. What else happened
to one of those trials in the same step keeps its own message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["ALIKE", "FLOOD", "Storm", "WaitingEvent", "likeness", "storms"]

ALIKE = 10
"""Trials with the very same change, from which on it is told once."""
FLOOD = 100
"""Messages of one poll to one channel, up to which each is told by itself."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event of a message that may be told with others. `likeness` is equal for equal changes of different trials."""

    key: str
    channel: str
    severity: str
    trial: str
    likeness: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Storm:
    """Events of one channel to be told as one, in their order."""

    channel: str
    members: tuple[WaitingEvent, ...]


def likeness(kind: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """What two changes have in common that are the same but for the trial: kind, and each field's name with its values.

    `changes` are (field, before, after). Of a field only the last word counts: the key of a site or an outcome before
    it differs from trial to trial.
    """
    said = sorted({(field.rpartition(".")[2], before, after) for field, before, after in changes})
    return sha256("\0".join([kind, *(part for parts in said for part in parts)]).encode("utf-8", "replace")).hexdigest()


def storms(waiting: Iterable[WaitingEvent]) -> list[Storm]:
    """What is to be told as one; each event is in one storm at most."""
    found: list[Storm] = []
    for channel, mine in _by(waiting, lambda it: it.channel).items():
        alike = _alike(mine)
        taken = {it for events in alike for it in events}
        flood = _flood([it for it in mine if it not in taken])
        place = {it: number for number, it in enumerate(mine)}
        found += [Storm(channel, tuple(sorted(events, key=place.__getitem__))) for events in (*alike, *flood)]
    return found


def _alike(mine: Sequence[WaitingEvent]) -> list[list[WaitingEvent]]:
    """The same event in many trials; several that came to the very same messages are told together."""
    together: dict[frozenset[str], list[WaitingEvent]] = defaultdict(list)
    for events in _by(mine, lambda it: it.likeness).values():
        if len({it.trial for it in events}) >= ALIKE:
            together[frozenset(it.key for it in events)] += events
    return list(together.values())


def _flood(rest: Sequence[WaitingEvent]) -> list[list[WaitingEvent]]:
    messages = _by(rest, lambda it: it.key)
    minor = [events for events in messages.values() if all(it.severity != "critical" for it in events)]
    return [[it for events in minor for it in events]] if len(minor) > FLOOD else []


def _by(items: Iterable[WaitingEvent], name: Callable[[WaitingEvent], str]) -> dict[str, list[WaitingEvent]]:
    groups: dict[str, list[WaitingEvent]] = defaultdict(list)
    for item in items:
        groups[name(item)].append(item)
    return groups
