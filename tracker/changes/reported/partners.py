"""Find the partner of each thing in another version, under its own key or another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tracker.changes.matching.pairing import THRESHOLD, Kind, paired

__all__ = ["Keys", "Renamed", "Renamings", "moved", "partners", "scaled"]

T = TypeVar("T")
V = TypeVar("V")
Keys = Mapping[str, str]
"""Old key -> new key, for everything that has a partner."""

_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Renamed:
    """One thing under two titles. `path` is where it stands in the newer version."""

    what: str
    path: tuple[str, ...]
    before: str
    after: str


@dataclass(slots=True)
class Renamings:
    renamed: list[Renamed] = field(default_factory=list)

    def note(self, what: str, path: tuple[str, ...], titles: tuple[str, str]) -> None:
        if titles[0] != titles[1]:
            self.renamed.append(Renamed(what, path, *titles))


def scaled(score: float) -> float:
    """Turn a score with the threshold 0.5 into one with the threshold of `paired`."""
    return score * THRESHOLD / 0.5


def partners(
    before: Mapping[str, T],
    after: Mapping[str, T],
    kind: Kind[T],
    surely: Callable[[Mapping[str, T], Mapping[str, T]], Mapping[str, str]] | None = None,
) -> dict[str, str]:
    """Return old key -> new key for everything that has a partner: the same key, else what is `surely` one, else a
    pair of `kind`.
    """
    keys = {key: key for key in before if key in after}
    gone = {key: it for key, it in before.items() if key not in keys}
    come = {key: it for key, it in after.items() if key not in keys}
    if surely is not None and gone and come:
        sure = surely(gone, come)
        keys.update(sure)
        gone = {key: it for key, it in gone.items() if key not in sure}
        come = {key: it for key, it in come.items() if key not in sure.values()}
    if gone and come:
        keys.update({pair.before: pair.after for pair in paired(gone, come, kind, _MARGIN)})
    return keys


def moved(items: Mapping[str, V], keys: Keys) -> dict[str, V]:
    return {keys.get(key, key): it for key, it in items.items()}
