"""Run one search for a cohort at its registry: what it found, best first, and what it did not see. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import RegistryError, TrialwatchError
from tracker.registries.search import Searchable, SearchLanguage
from tracker.similar.cohorts.cohort_definition import QUERY, Definition
from tracker.similar.cohorts.cohort_members import SLACK

if TYPE_CHECKING:
    from tracker.similar.found import SimilarTrials

__all__ = ["Searched", "count", "search", "searched_of", "wanted"]


@dataclass(frozen=True, slots=True)
class Searched:
    """The result of a search for a cohort, best first. `data_timestamp`: that of the registry.

    `remarks`: what it did not see, one sentence each. `error`: why it ended early. `partial`: results may be wrong and
    not only incomplete, so no trial may enter.
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
    """Search for a cohort. `data_timestamp`: that of the searched data. Errors are in the result."""
    if cohort.kind == QUERY:
        return _queried(context, cohort, data_timestamp, progress)
    # Imports numpy: a tenth of a second and 25 megabytes. A daemon without similar cohorts does not pay for it.
    from tracker.similar.comparison import Choice  # noqa: PLC0415
    from tracker.similar.find_similar import find_similar  # noqa: PLC0415

    try:
        choice = Choice(top=wanted(cohort.size), rejected=rejected)
        return searched_of(find_similar(context, cohort.seed, choice, progress=progress), data_timestamp)
    except TrialwatchError as error:
        return Searched(data_timestamp=data_timestamp, error=error)


def wanted(size: int) -> int:
    """Return how many results a cohort of `size` needs. Those after the last one show which members have left."""
    return int(size * SLACK)


def searched_of(found: SimilarTrials, data_timestamp: str | None) -> Searched:
    """Convert similar trials to the search result of a cohort."""
    return Searched(
        order=tuple(it.record.trial for it in found.similar),
        titles={it.record.trial: it.record.title.brief or "" for it in found.similar},
        remarks=tuple(found.notices),
        data_timestamp=data_timestamp,
        error=found.error,
        partial=found.refused or found.error is not None,
    )


def count(context: Context, cohort: Definition) -> int:
    """Return the number of trials a saved query finds at the registry now. Raise RegistryError."""
    client, language = _searched(context, cohort)
    return client.count(language.sent(cohort.query))


def _searched(context: Context, cohort: Definition) -> tuple[Searchable, SearchLanguage]:
    client, language = context.clients[cohort.registry], context.registries[cohort.registry].search
    assert isinstance(client, Searchable) and language is not None
    return client, language


def _queried(context: Context, cohort: Definition, data_timestamp: str, progress: Progress) -> Searched:
    """Search with a saved query, the latest registered first.

    If the results are cut, old trials are lost and not new ones.
    """
    titles: dict[str, str] = {}
    remarks: list[str] = []
    error: RegistryError | None = None
    client, language = _searched(context, cohort)
    params = language.sent(cohort.query)
    try:
        # Count first, because a search that stops at the limit does not know how much it left out.
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
