"""Find the trials most like one, and watch what is found."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.services.similar.watch_cohorts import FirstPoll, first_poll
from tracker.similar.cohorts.cohort_definition import like
from tracker.similar.cohorts.cohort_search import searched_of, wanted
from tracker.similar.cohorts.cohort_update import Kept, define, settle
from tracker.similar.comparison import Choice
from tracker.similar.find_similar import data_timestamp_of, find_similar
from tracker.similar.found import SimilarTrials

__all__ = ["WatchedSimilar", "similar_watched"]


@dataclass(frozen=True, slots=True)
class WatchedSimilar:
    """What was found, the cohort that keeps it, and the first poll of its new trials."""

    found: SimilarTrials
    kept: Kept
    first_poll: FirstPoll | None


def similar_watched(context: Context, seed: str, choice: Choice, progress: Progress) -> WatchedSimilar:
    """Search the registry and the store, and keep the first `choice.top` watched as a cohort."""
    found = find_similar(context, seed, replace(choice, top=wanted(choice.top)), progress=progress)
    cohort = like(found.seed.trial, choice.top)
    name, data_timestamp = define(context, cohort), data_timestamp_of(context.clients[cohort.registry])
    kept = settle(context, name, searched_of(found, data_timestamp))
    found.similar = found.similar[: choice.top]
    return WatchedSimilar(found, kept, first_poll(context, kept.trials, None, progress))
