"""Trials like one, and sets of trials that are searched for again."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tracker.api.base import Instant, Shape, described

__all__ = ["Cohort", "Cohorts", "QueryPart", "QueryPreview", "Rejected", "Similar"]


class SharedReason(Shape, frozen=True):
    """One thing both records say."""

    kind: Annotated[str, described("condition, mesh, intervention, term, phase, study_type, sponsor, country, ...")]
    value: str
    share: Annotated[float | msgspec.UnsetType, described("Of a term: its part of the score.")] = msgspec.UNSET


class SimilarTrial(Shape, frozen=True):
    """One trial like the seed."""

    trial: str
    title: str | None
    score: Annotated[float, described("From 0 to 1.")]
    reasons: list[SharedReason]
    status: str | None
    phases: list[str]
    sponsor: str | None
    countries: list[str]
    has_results: bool


class Similar(Shape, frozen=True):
    """`similar`: the trials most like one, the most alike first."""

    trial: str
    similar: list[SimilarTrial]


class RejectedTrial(Shape, frozen=True):
    """A trial that is kept out."""

    trial: str


class Rejected(Shape, frozen=True):
    """`similar --reject` or `--accept` alone: what is kept out now."""

    trial: str
    rejected: list[RejectedTrial]


class QueryPart(Shape, frozen=True):
    """One part of a saved query."""

    name: Annotated[str, described("The registry's name of it, such as cond.")]
    text: str


class Cohort(Shape, frozen=True):
    """A set of trials that is searched for again."""

    cohort: str
    kind: Annotated[str, described("similar or query.")]
    seed: str | None
    query: list[QueryPart]
    size: Annotated[int, described("So many at most.")]
    tags: list[str]
    trials: Annotated[int, described("How many are in it now.")]
    rejected: list[str]
    searched_at: Instant | None
    next_search_at: Instant | None
    remark: Annotated[str | None, described("What the last search did not see.")]
    error: Annotated[str | None, described("Why the last search failed.")]


class Cohorts(Shape, frozen=True):
    """`list --cohorts`; `unwatch --cohort` prints those it stopped."""

    cohorts: list[Cohort]


class QueryCount(Shape, frozen=True):
    """What a query would watch."""

    cohort: str
    query: list[QueryPart]
    found: int
    cap: int
    would_watch: int


class QueryPreview(Shape, frozen=True):
    """`watch --query ... --dry-run`."""

    query: QueryCount
