"""Left-over items of one kind, before and after: which two are one thing under another label. Pure.

Nothing here knows what a site or a paper is. A kind brings its blocks (words under which two items may meet) and its
likeness (how sure it is that two items are one, and why). Two items become a pair when each is the other's best, the
likeness reaches `THRESHOLD`, and no rival comes within `MARGIN`: where two answers are possible, none is given.

The work is bounded: blocks are taken from the rarest on, and at most `BUDGET` likenesses an item are computed. Items
that meet only in blocks beyond that stay unpaired, which is told as one gone and one come, as without pairing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

__all__ = ["BUDGET", "MARGIN", "THRESHOLD", "Kind", "Likeness", "Pair", "paired"]

T = TypeVar("T")

THRESHOLD = 0.6
"""The least likeness of a pair."""
MARGIN = 0.08
"""By so much a pair must be more alike than either is with any other item that has no better partner."""
BUDGET = 3
"""Likenesses computed for each left-over item, on average."""
_LEAST_BUDGET = 4_000
_ROUNDS = 100


class Likeness(NamedTuple):
    """How sure we are that two items are one thing, 0 to 1 and a little, and the reason in words."""

    score: float
    why: str


class Pair(NamedTuple):
    """One thing under two keys; `why` says in words what the two have in common."""

    before: str
    after: str
    why: str


class Kind(NamedTuple, Generic[T]):
    """How items of one kind are told apart.

    `blocks`: words of an item; only items that share one are compared. `likeness` must be symmetric. `content`: equal
    for items that nothing tells apart, so that either may be taken.
    """

    blocks: Callable[[T], Iterable[Hashable]]
    likeness: Callable[[T, T], Likeness]
    content: Callable[[T], Hashable]


class _Candidate(NamedTuple):
    before: str
    after: str
    found: Likeness

    @property
    def rank(self) -> tuple[float, str, str]:
        """The best first; equals in an order that is the same in either direction of time."""
        return (-self.found.score, *sorted((self.before, self.after)))  # type: ignore[return-value]


def paired(gone: Mapping[str, T], come: Mapping[str, T], kind: Kind[T], margin: float = MARGIN) -> list[Pair]:
    """The pairs among the items that went and came, by key. No item is in two pairs; the order of maps is no matter."""
    live = [
        candidate
        for before, after in _meeting(gone, come, kind)
        if (candidate := _Candidate(before, after, kind.likeness(gone[before], come[after]))).found.score >= THRESHOLD
    ]
    live.sort(key=lambda it: it.rank)
    contents = {(0, key): kind.content(gone[key]) for key in {it.before for it in live}}
    contents |= {(1, key): kind.content(come[key]) for key in {it.after for it in live}}
    pairs: list[_Candidate] = []
    for _ in range(_ROUNDS):
        found = _clear(live, contents, margin)
        if not found:
            break
        pairs += found
        taken = {(0, it.before) for it in found} | {(1, it.after) for it in found}
        live = [it for it in live if (0, it.before) not in taken and (1, it.after) not in taken]
    return sorted(Pair(it.before, it.after, it.found.why) for it in pairs)


def _meeting(gone: Mapping[str, T], come: Mapping[str, T], kind: Kind[T]) -> list[tuple[str, str]]:
    """The keys that share a block, the rarest blocks first, within the budget."""
    blocks: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((gone, come)):
        for key in sorted(items):
            for word in set(kind.blocks(items[key])):
                blocks[word][side].append(key)
    # Several words may be shared by the very same items: these meet once.
    sides = {(tuple(old), tuple(new)) for old, new in blocks.values() if old and new}
    shared = sorted(sides, key=lambda it: (len(it[0]) * len(it[1]), it))
    budget = max(_LEAST_BUDGET, BUDGET * (len(gone) + len(come)))
    found: set[tuple[str, str]] = set()
    for old, new in shared:
        if len(old) * len(new) > budget:
            break
        budget -= len(old) * len(new)
        found.update((before, after) for before in old for after in new)
    return sorted(found)


def _clear(live: Sequence[_Candidate], contents: Mapping[tuple[int, str], Hashable], margin: float) -> list[_Candidate]:
    """The pairs that are the best of both their items, by a margin, each item once. `live`: the best first."""
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
    """Whether `other`, nearly as alike, would give one of the items a partner that says something else.

    It does not where its own far end has a better partner elsewhere.
    """
    mine, far = ((1, it.after), (1, other.after)) if it.before == other.before else ((0, it.before), (0, other.before))
    if far == mine or contents[far] == contents[mine]:
        return False
    return best[far] <= other.found.score
