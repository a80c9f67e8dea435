"""Decide who belongs to a cohort after a search, who has entered, and who has left. Pure.

Ranks change from day to day, because every new trial moves the others. So it is harder to enter than to stay. No trial
leaves because it was missing once, or in an incomplete search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["LEAVES_AFTER", "SLACK", "CohortChange", "Member", "decide", "is_plausible"]

SLACK = 1.5
"""A member stays while it is among the first SLACK * size results."""
LEAVES_AFTER = 2
"""A member leaves after it was missing from this many complete searches in a row."""
MOST_MISSING, FEW_MISSING = 0.5, 5
"""If a larger share of the members is missing from one search, the search is at fault, unless they are few."""


@dataclass(frozen=True, slots=True)
class Member:
    """A trial of the cohort. `missing`: how many complete searches in a row did not find it."""

    trial: str
    missing: int = 0


@dataclass(frozen=True, slots=True)
class CohortChange:
    """The members after a search, by trial id, and what changed. `entered` has the order of the search."""

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
) -> CohortChange:
    """Return what a search means for a cohort. `found`: its results, best first.

    `size`: how many of the best belong; None for a saved query, where all do. `complete`: nothing was cut and nothing
    failed; otherwise trials may enter, and being missing does not count. A `rejected` trial is ignored in the order,
    never enters, and leaves at once.
    """
    before = {member.trial: member.missing for member in members}
    order = [trial for trial in dict.fromkeys(found) if trial not in rejected]
    inside = order if size is None else order[:size]
    near = set(order if size is None else order[: int(size * SLACK)])
    after = dict.fromkeys(inside, 0)
    for trial, missing in before.items():
        # An incomplete search (complete = 0) does not count as missing.
        gone_for = 0 if trial in near else missing + complete
        if trial not in rejected and gone_for < LEAVES_AFTER:
            after[trial] = gone_for
    return CohortChange(
        members=tuple(Member(trial, after[trial]) for trial in sorted(after)),
        entered=tuple(trial for trial in inside if trial not in before),
        left=tuple(sorted(before.keys() - after.keys())),
    )


def is_plausible(members: Collection[str], found: Collection[str]) -> bool:
    """Whether a search that misses members can be believed. Not if most are missing at once.

    A registry in trouble may answer that there is nothing. Trials do not leave a disease by the dozen.
    """
    gone = len(set(members) - set(found))
    return gone < FEW_MISSING or gone <= MOST_MISSING * len(members)
