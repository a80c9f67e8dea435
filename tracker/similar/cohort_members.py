"""Who belongs to a set of trials after a search, who has entered it, and who has left. Pure.

Ranks waver from one day to the next: every new trial moves the others by a place. So the way in is narrower than the
way out, and nobody is out for having been missing once, or in a search that did not see everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["LEAVES_AFTER", "SLACK", "Change", "Member", "decide", "is_plausible"]

SLACK = 1.5
"""A member stays while it is among the first so many times the size."""
LEAVES_AFTER = 2
"""Complete searches in a row that a member must be missing from."""
MOST_MISSING, FEW_MISSING = 0.5, 5
"""A larger share of the members missing from one search is a fault of the search, unless they are few."""


@dataclass(frozen=True, slots=True)
class Member:
    """A trial of the set. `missing`: the complete searches in a row that did not have it."""

    trial: str
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """The set after a search, by trial id, and what is new in it; `entered` in the order of the search."""

    members: tuple[Member, ...]
    entered: tuple[str, ...]
    left: tuple[str, ...]


def decide(
    members: Iterable[Member],
    found: Sequence[str],
    *,
    size: int | None,
    complete: bool,
    rejected: Collection[str] = (),
) -> Change:
    """What a search that gave `found`, best first, means for a set.

    `size`: so many of the best belong; None for a saved query, where all that is found does. `complete`: nothing was
    cut and nothing failed; otherwise trials may enter, and being missing counts for nothing. A `rejected` trial has no
    place in the order, never enters, and leaves at once.
    """
    before = {member.trial: member.missing for member in members}
    order = [trial for trial in dict.fromkeys(found) if trial not in rejected]
    inside = order if size is None else order[:size]
    near = set(order if size is None else order[: int(size * SLACK)])
    after = dict.fromkeys(inside, 0)
    for trial, missing in before.items():
        gone_for = 0 if trial in near else missing + complete
        if trial not in rejected and gone_for < LEAVES_AFTER:
            after[trial] = gone_for
    return Change(
        members=tuple(Member(trial, after[trial]) for trial in sorted(after)),
        entered=tuple(trial for trial in inside if trial not in before),
        left=tuple(sorted(before.keys() - after.keys())),
    )


def is_plausible(members: Collection[str], found: Collection[str]) -> bool:
    """Whether a search can be believed that does not have all members: not when most are missing at once.

    A registry in trouble answers that there is nothing; trials are not withdrawn from a disease by the dozen.
    """
    gone = len(set(members) - set(found))
    return gone < FEW_MISSING or gone <= MOST_MISSING * len(members)
