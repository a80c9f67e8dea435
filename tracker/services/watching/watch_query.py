"""Watch what a saved query finds at the registry, now and from then on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.api.trials import Trial
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import Blocked, Refused, RegistryError, UnknownTrial
from tracker.registries.listed import searched
from tracker.services.listing.trial_list import trial_rows
from tracker.services.past import PastPlan
from tracker.services.similar.watch_cohorts import FirstPoll, fill, first_poll
from tracker.similar.cohorts.cohort_definition import Definition, saved_query
from tracker.similar.cohorts.cohort_search import count
from tracker.similar.cohorts.cohort_update import Kept

__all__ = ["USUAL_CAP", "QueryCount", "WatchedQuery", "count_query", "query_cohort", "watch_query"]

USUAL_CAP = 500
"""The most trials of a saved query, unless set otherwise."""


@dataclass(frozen=True, slots=True)
class QueryCount:
    cohort: Definition
    found: int

    @property
    def would_watch(self) -> int:
        return min(self.found, self.cohort.size)


@dataclass(frozen=True, slots=True)
class WatchedQuery:
    """`first_poll` is None if all trials of the cohort were read before."""

    kept: Kept
    first_poll: FirstPoll | None
    rows: Sequence[Trial]


def query_cohort(typed: Sequence[str], cap: int, tags: Iterable[str]) -> Definition:
    """Return the saved query that a person typed. Raise UsageError."""
    registry, language = searched()
    return saved_query(registry, language.parse(typed), cap, tuple(dict.fromkeys(tags)))


def count_query(context: Context, cohort: Definition) -> QueryCount:
    """Return how many trials a saved query would bring. Write nothing. Raise RegistryError."""
    return QueryCount(cohort, count(context, cohort))


def watch_query(
    context: Context, cohort: Definition, plan: PastPlan | None, progress: Progress, *, keep_empty: bool
) -> WatchedQuery:
    """Watch what a saved query finds, and poll what is new in it for the first time.

    Raise Refused if the registry refuses the query. Raise UnknownTrial if it finds nothing, unless `keep_empty`.
    """
    _check_answer(context, cohort, keep_empty=keep_empty)
    [kept] = fill(context, [cohort], progress)
    polled = first_poll(context, kept.trials, plan, progress)
    with context.database.read() as session:
        rows = trial_rows(session, set(kept.trials))
    return WatchedQuery(kept, polled, rows)


def _check_answer(context: Context, cohort: Definition, *, keep_empty: bool) -> None:
    """Ask how many trials a query finds before it is kept, because finding nothing usually means a typing error.

    A registry that cannot be reached says nothing about the query.
    """
    try:
        found = count(context, cohort)
    except Blocked:
        return
    except Refused as error:
        error.message += ". Nothing is watched; put the query in other words. See: trialwatch watch --help"
        raise
    except RegistryError:
        return
    if not found and not keep_empty:
        terms = ", ".join(f"{name}={text}" for name, text in cohort.query)
        raise UnknownTrial(
            f"The registry finds nothing for {terms}, so nothing is watched. Check the words; to wait for the "
            "first trial that it will find, add --keep-empty",
            subject=cohort.name,
        )
