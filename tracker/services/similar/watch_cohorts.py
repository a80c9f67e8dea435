"""Watch sets of trials: create a cohort, search for it, and poll the new trials in it for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.watching import watches
from tracker.backfill.backfill import PastReport
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import Blocked, Refused, RegistryError, UnknownTrial
from tracker.polling.poll_all import poll_all
from tracker.polling.report import PollReport
from tracker.registries.listed import searched
from tracker.services.past import PastPlan, fetch_past, fetch_rest
from tracker.similar.cohort_definition import Definition, saved_query
from tracker.similar.cohort_search import count
from tracker.similar.cohort_update import Kept, define, keep

__all__ = [
    "CountedQuery",
    "FirstLook",
    "WatchedQuery",
    "count_query",
    "fill",
    "first_look",
    "query_cohort",
    "watch_query",
]


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The first poll of trials that were never read. `past` is what was fetched of their past, if that was wanted."""

    trials: Sequence[str]
    report: PollReport
    past: PastReport | None


@dataclass(frozen=True, slots=True)
class CountedQuery:
    cohort: Definition
    found: int

    @property
    def would_watch(self) -> int:
        return min(self.found, self.cohort.size)


@dataclass(frozen=True, slots=True)
class WatchedQuery:
    """`look` is None if all trials of the cohort were read before."""

    kept: Kept
    look: FirstLook | None


def query_cohort(typed: Sequence[str], cap: int, tags: Iterable[str]) -> Definition:
    """Return the saved query that a person typed. Raise UsageError."""
    registry, language = searched()
    return saved_query(registry, language.parse(typed), cap, tuple(dict.fromkeys(tags)))


def count_query(context: Context, cohort: Definition) -> CountedQuery:
    """Return how many trials a saved query would bring. Write nothing. Raise RegistryError."""
    return CountedQuery(cohort, count(context, cohort))


def watch_query(
    context: Context, cohort: Definition, plan: PastPlan | None, progress: Progress, *, keep_empty: bool
) -> WatchedQuery:
    """Watch what a saved query finds, and poll what is new in it for the first time.

    Raise Refused if the registry refuses the query. Raise UnknownTrial if it finds nothing, unless `keep_empty`.
    """
    _check_answer(context, cohort, keep_empty=keep_empty)
    [kept] = fill(context, [cohort], progress)
    return WatchedQuery(kept, first_look(context, kept.trials, plan, progress))


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
        said = ", ".join(f"{name}={text}" for name, text in cohort.query)
        raise UnknownTrial(
            f"The registry finds nothing for {said}, so nothing is watched. Check the words; to wait for the "
            "first trial that it will find, add --keep-empty",
            subject=cohort.name,
        )


def fill(context: Context, wanted: Iterable[Definition], progress: Progress) -> list[Kept]:
    """Create these cohorts and search for each."""
    found = []
    for cohort in wanted:
        define(context, cohort)
        found.append(keep(context, cohort.name, progress=progress))
    return found


def first_look(context: Context, trials: Iterable[str], plan: PastPlan | None, progress: Progress) -> FirstLook | None:
    """Poll those of these trials that were never read. With a `plan`, fetch their past first."""
    with context.database.read() as session:
        names = watches.watched_of(session, trials)
        new = sorted(names - watches.known(session, names))
    if not new:
        return None
    past = fetch_past(context, new, plan, progress) if plan is not None else None
    report = poll_all(context, new, progress=progress)
    if past is not None:
        fetch_rest(past, new)
    return FirstLook(new, report, past.report if past is not None else None)
