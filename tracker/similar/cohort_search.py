"""One search for a cohort, at its registry: what it brought, best first, and what it did not see. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import RegistryError, TrialwatchError
from tracker.registries.search import Searchable, SearchLanguage
from tracker.similar.cohort_definition import QUERY, Definition
from tracker.similar.cohort_members import SLACK
from tracker.similar.find_similar import SimilarTrials, find_similar

__all__ = ["Searched", "count", "search", "searched_of", "wanted"]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search for a cohort brought, best first. `data_timestamp`: the data timestamp of the registry.

    `remarks`: what it did not see, a sentence each. `error`: why it ended early. `partial`: what it brought cannot be
    told from what it should have brought, so that nobody may enter by it.
    """

    order: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    data_timestamp: str | None = None
    error: TrialwatchError | None = None
    partial: bool = False


def search(
    context: Context, cohort: Definition, data_timestamp: str, rejected: Collection[str], progress: Progress
) -> Searched:
    """Search for a cohort. `data_timestamp`: of the data that are searched. What goes wrong is in the answer."""
    if cohort.kind == QUERY:
        return _queried(context, cohort, data_timestamp, progress)
    try:
        top = wanted(cohort.size)
        return searched_of(
            find_similar(context, cohort.seed, top=top, rejected=rejected, progress=progress), data_timestamp
        )
    except TrialwatchError as error:
        return Searched(data_timestamp=data_timestamp, error=error)


def wanted(size: int) -> int:
    """How many of the most similar a cohort of `size` has to know: who has left is seen among those after the last."""
    return int(size * SLACK)


def searched_of(found: SimilarTrials, data_timestamp: str | None) -> Searched:
    """The search for a similar cohort that this answer is."""
    return Searched(
        order=tuple(it.record.trial for it in found.similar),
        titles={it.record.trial: it.record.title.brief or "" for it in found.similar},
        remarks=tuple(found.notices),
        data_timestamp=data_timestamp,
        error=found.error,
        partial=found.refused or found.error is not None,
    )


def count(context: Context, cohort: Definition) -> int:
    """How many trials a saved query finds at the registry now. Raises RegistryError."""
    client, language = _searched(context, cohort)
    return client.count(language.sent(cohort.query))


def _searched(context: Context, cohort: Definition) -> tuple[Searchable, SearchLanguage]:
    client, language = context.clients[cohort.registry], context.registries[cohort.registry].search
    assert isinstance(client, Searchable) and language is not None
    return client, language


def _queried(context: Context, cohort: Definition, data_timestamp: str, progress: Progress) -> Searched:
    """Those registered last come first: what is cut off is old, and what is new is always seen."""
    titles: dict[str, str] = {}
    remarks: list[str] = []
    error: RegistryError | None = None
    client, language = _searched(context, cohort)
    params = language.sent(cohort.query)
    try:
        total = client.count(params)
        if total > cohort.size:
            remarks.append(f"it finds {total:,}, and the {cohort.size:,} registered last were read")
        for raw in client.search(language.newest_first(params), cohort.size):
            progress("Searching the registry", len(titles), min(total, cohort.size))
            if raw.trial:
                titles[raw.trial] = language.title(raw.value)
            else:
                remarks.append("a record without a number was left out")
    except RegistryError as trouble:
        error = trouble
    return Searched(tuple(titles), titles, tuple(remarks), data_timestamp, error)
