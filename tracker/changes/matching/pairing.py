"""Pair left-over items of one kind, before and after, that are the same thing under another label. Pure.

This module does not know what a site or a paper is. A kind supplies blocks (words under which two items may meet) and a
likeness (how sure it is that two items are the same, and why). Two items become a pair if each is the other's best, if
the likeness reaches `THRESHOLD`, and if no rival comes within `MARGIN`. If two answers are possible, none is given.

The work is limited. Blocks are taken in order of size, smallest first, and about `BUDGET` likenesses per item are
computed. Items that only meet in larger blocks stay unpaired. They are reported as one removed and one added, as
without pairing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

__all__ = ["BUDGET", "MARGIN", "THRESHOLD", "Kind", "Likeness", "Pair", "paired"]

T = TypeVar("T")

THRESHOLD = 0.6
"""The smallest likeness of a pair."""
MARGIN = 0.08
"""A pair must beat any other pair of either item by this much, unless that other item has a better partner."""
BUDGET = 3
"""Number of likenesses to compute per left-over item, on average."""
_LEAST_BUDGET = 4_000
_ROUNDS = 100


class Likeness(NamedTuple):
    """How sure it is that two items are the same, from 0 to a little over 1, and the reason in words."""

    score: float
    why: str


class Pair(NamedTuple):
    """One thing under two keys. `why` says in words what both have in common."""

    before: str
    after: str
    why: str


class Kind(NamedTuple, Generic[T]):
    """How items of one kind are compared."""

    #: Words of an item. Only items that share a word are compared.

    blocks: Callable[[T], Iterable[Hashable]]
    #: How alike two items are. It must be symmetric.
    likeness: Callable[[T, T], Likeness]
    #: Equal for items that nothing tells apart, so that either one may be taken.
    content: Callable[[T], Hashable]


class _Candidate(NamedTuple):
    before: str
    after: str
    found: Likeness

    @property
    def rank(self) -> tuple[float, str, str]:
        """Sort key: best first. Ties are sorted in an order that does not depend on the direction of time."""
        return (-self.found.score, *sorted((self.before, self.after)))  # type: ignore[return-value]


def paired(gone: Mapping[str, T], come: Mapping[str, T], kind: Kind[T], margin: float = MARGIN) -> list[Pair]:
    """Return the pairs of removed and added items, by key. No item is in two pairs. Map order does not matter."""
    live = [
        candidate
        for before, after in _meeting(gone, come, kind)
        if (candidate := _Candidate(before, after, kind.likeness(gone[before], come[after]))).found.score >= THRESHOLD
    ]
    live.sort(key=lambda it: it.rank)
    contents = {(0, key): kind.content(gone[key]) for key in {it.before for it in live}}
    contents |= {(1, key): kind.content(come[key]) for key in {it.after for it in live}}
    pairs: list[_Candidate] = []
    # Each round takes the clear pairs. They may have been the rivals that made other pairs unclear.
    for _ in range(_ROUNDS):
        found = _clear(live, contents, margin)
        if not found:
            break
        pairs += found
        taken = {(0, it.before) for it in found} | {(1, it.after) for it in found}
        live = [it for it in live if (0, it.before) not in taken and (1, it.after) not in taken]
    return sorted(Pair(it.before, it.after, it.found.why) for it in pairs)


def _meeting(gone: Mapping[str, T], come: Mapping[str, T], kind: Kind[T]) -> list[tuple[str, str]]:
    """Return pairs of keys that share a block, smallest blocks first, within the budget."""
    blocks: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((gone, come)):
        for key in sorted(items):
            for word in set(kind.blocks(items[key])):
                blocks[word][side].append(key)
    # Several words may be shared by the same items. These items meet only once.
    sides = {(tuple(old), tuple(new)) for old, new in blocks.values() if old and new}
    shared = sorted(sides, key=lambda it: (len(it[0]) * len(it[1]), it))
    budget = max(_LEAST_BUDGET, BUDGET * (len(gone) + len(come)))
    found: set[tuple[str, str]] = set()
    for old, new in shared:
        # Sorted by size, so no later block fits either.
        if len(old) * len(new) > budget:
            break
        budget -= len(old) * len(new)
        found.update((before, after) for before in old for after in new)
    return sorted(found)


def _clear(live: Sequence[_Candidate], contents: Mapping[tuple[int, str], Hashable], margin: float) -> list[_Candidate]:
    """Return the pairs that are the best of both items by `margin`, each item once. `live` is sorted, best first."""
    best: dict[tuple[int, str], float] = {}
    near: dict[tuple[int, str], list[_Candidate]] = defaultdict(list)
    for it in live:
        for end in ((0, it.before), (1, it.after)):
            best.setdefault(end, it.found.score)
            if it.found.score > best[end] - margin:
                near[end].append(it)
    found: list[_Candidate] = []
    taken: set[tuple[int, str]] = set()
    for it in live:
        ends = ((0, it.before), (1, it.after))
        score = it.found.score
        if any(end in taken for end in ends) or any(best[end] > score for end in ends):
            continue
        if not any(_rivals(it, other, best, contents) for end in ends for other in near[end]):
            found.append(it)
            taken.update(ends)
    return found


def _rivals(
    it: _Candidate,
    other: _Candidate,
    best: Mapping[tuple[int, str], float],
    contents: Mapping[tuple[int, str], Hashable],
) -> bool:
    """Return whether `other` is nearly as alike and would give an item a partner with another content.

    It is no rival if its other end has a better partner.
    """
    mine, far = ((1, it.after), (1, other.after)) if it.before == other.before else ((0, it.before), (0, other.before))
    if far == mine or contents[far] == contents[mine]:
        return False
    return best[far] <= other.found.score
