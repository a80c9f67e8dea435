"""Storms: when one poll has much to tell, the same change in many trials is told once. Pure.

Two reasons to tell several messages of one channel as one: they say the very same of at least `ALIKE` trials (a
registry that respells a country), or there are more than `FLOOD` of them and they are not critical.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["ALIKE", "FLOOD", "Storm", "Waiting", "likeness", "storms"]

ALIKE = 10
"""Trials with the very same change, from which on it is told once."""
FLOOD = 100
"""Messages of one poll to one channel, up to which each is told by itself."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that may be told with others. `likeness` is equal for equal changes of different trials."""

    key: str
    channel: str
    severity: str
    trial: str
    likeness: str


@dataclass(frozen=True, slots=True)
class Storm:
    """Messages of one channel to be told as one, in their order."""

    channel: str
    members: tuple[Waiting, ...]


def likeness(kind: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """What two changes have in common that are the same but for the trial: kind, and each field's name with its values.

    `changes` are (field, before, after). Of a field only the last word counts: the key of a site or an outcome before
    it differs from trial to trial.
    """
    said = sorted({(field.rpartition(".")[2], before, after) for field, before, after in changes})
    return sha256("\0".join([kind, *(part for parts in said for part in parts)]).encode("utf-8", "replace")).hexdigest()


def storms(waiting: Iterable[Waiting]) -> list[Storm]:
    """What is to be told as one; each message is in one storm at most."""
    found: list[Storm] = []
    for channel, mine in _by(waiting, lambda it: it.channel).items():
        rest: list[Waiting] = []
        for alike in _by(mine, lambda it: it.likeness).values():
            if len({it.trial for it in alike}) >= ALIKE:
                found.append(Storm(channel, tuple(alike)))
            else:
                rest += alike
        minor = [it for it in rest if it.severity != "critical"]
        if len(minor) > FLOOD:
            found.append(Storm(channel, tuple(minor)))
    return found


def _by(items: Iterable[Waiting], name: Callable[[Waiting], str]) -> dict[str, list[Waiting]]:
    groups: dict[str, list[Waiting]] = defaultdict(list)
    for item in items:
        groups[name(item)].append(item)
    return groups
