"""Find the trials most like one, keep some of them out for good, and watch what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import RegistryError
from tracker.services.similar.cohorts import change_rejected
from tracker.services.similar.watch_cohorts import FirstPoll, first_poll
from tracker.similar.cohort_definition import like
from tracker.similar.cohort_search import searched_of, wanted
from tracker.similar.cohort_update import Kept, define, settle
from tracker.similar.filters import ALL, Filters
from tracker.similar.find_similar import SimilarTrials, find_similar

__all__ = ["FoundSimilar", "SimilarRequest", "reject", "similar"]


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """The `top` trials most like `seed`. With `among`, rank only these. With `watch`, keep them watched as a cohort."""

    seed: str
    top: int
    filters: Filters = ALL
    among: Sequence[str] | None = None
    watch: bool = False


@dataclass(frozen=True, slots=True)
class FoundSimilar:
    """`rejected` are trials that are kept out. `kept` and `first_poll` belong to a cohort that is to be watched."""

    found: SimilarTrials
    rejected: Sequence[str] = field(default=())
    kept: Kept | None = None
    first_poll: FirstPoll | None = None


def reject(context: Context, seed: str, keep_out: Sequence[str], let_in: Sequence[str]) -> list[str]:
    """Keep trials out of the set like `seed`, or let them in again. Return all that are now kept out."""
    open_ = context.database.write if keep_out or let_in else context.database.read
    with open_() as session:
        return change_rejected(session, seed, keep_out, let_in, context.clock.now())


def similar(context: Context, request: SimilarRequest, rejected: Sequence[str], progress: Progress) -> FoundSimilar:
    """Search the registry and the store, and rank the results. Trials in `rejected` are left out."""
    found = find_similar(
        context,
        request.seed,
        top=wanted(request.top) if request.watch else request.top,
        filters=request.filters,
        among=request.among,
        rejected=rejected,
        progress=progress,
    )
    kept = _keep(context, found, request.top) if request.watch else None
    polled = first_poll(context, kept.trials, None, progress) if kept is not None else None
    found.similar = found.similar[: request.top]
    return FoundSimilar(found, rejected, kept, polled)


def _keep(context: Context, found: SimilarTrials, size: int) -> Kept:
    """Create the cohort of these, or bring it up to date."""
    cohort = like(found.seed.trial, size)
    define(context, cohort)
    return settle(context, cohort.name, searched_of(found, _data_timestamp(context, cohort.registry)))


def _data_timestamp(context: Context, registry: str) -> str | None:
    """Return the data timestamp of the registry that was searched. None if the registry does not name it."""
    try:
        return context.clients[registry].data_timestamp()
    except RegistryError:
        return None
