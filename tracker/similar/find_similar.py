"""Find trials similar to one trial, in the store and at its registry.

    1 seed      its stored version, or the registry's
    2 gather    searches for the texts of its fields and for its most telling words; or the records of given trials
    3 compare   with these and with all that is stored: `tracker.similar.comparison`

If the registry fails, the answer uses what is available. What the searches found is kept for the day of the
registry's data, so that the same question is not asked twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from storage.files.file_causes import file_cause
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError, RegistryError
from tracker.isolation import one_record
from tracker.polling.ask_registry import ask_registry
from tracker.records.trial import TrialRecord
from tracker.registries.answers import Gone, RawTrial, Redirected, Unread
from tracker.registries.ids import by_registry
from tracker.registries.registry import Client, Registry
from tracker.registries.search import Searchable
from tracker.similar.candidates import BOUNDS, Bounds, Gathered, by_field, by_phrase, gather
from tracker.similar.comparison import Choice, compare, resolved, stored_seed
from tracker.similar.found import SimilarTrials
from tracker.similar.index.kept_searches import KeptSearches
from tracker.similar.index.stored_index import StoredIndex, open_index
from tracker.similar.ranking.weighed_terms import weighed_terms

__all__ = ["data_timestamp_of", "find_similar"]


def find_similar(
    context: Context,
    trial: str,
    choice: Choice | None = None,
    *,
    bounds: Bounds = BOUNDS,
    progress: Progress = silent,
) -> SimilarTrials:
    """Return the trials most similar to `trial`, by default the first ten.

    Raise UnknownTrial if it is not stored and its registry does not have it. Raise RegistryError if the registry cannot
    be asked.
    """
    trial, choice = resolved(context.database, trial, choice or Choice())
    found = SimilarTrials(stored_seed(context.database, trial) or ask_registry(context, trial).reading.record)
    index = open_index(context.database, context.derived, progress)
    if choice.among is None:
        fetched = _searched(context, found, index, bounds, progress)
    else:
        fetched = _given(context, found, sorted({*choice.among} - index.stored(choice.among)))
    progress("Comparing", 0, 0)
    compare(context.database, index, fetched, choice, found)
    return found


def _searched(
    context: Context, found: SimilarTrials, index: StoredIndex, bounds: Bounds, progress: Progress
) -> dict[str, TrialRecord]:
    """Search for the seed's fields and for its most telling words, unless the same was done on the same data."""
    seed, registry = found.seed, context.registries[found.seed.registry]
    language, client = registry.search, context.clients[registry.name]
    if language is None or not isinstance(client, Searchable):
        found.notices.append(f"{registry.name} cannot be searched: only what is stored was compared")
        return {}
    queries, left_out = by_field(language, seed, bounds)
    weights = weighed_terms(seed, index.background)
    queries += by_phrase(language, seed, sorted(weights, key=lambda term: (-weights[term], term)), bounds)
    kept = KeptSearches(index.folder, seed.trial, [*queries, bounds], data_timestamp_of(client))
    if (before := kept.load()) is not None:
        found.notices += before.notices
        return {record.trial: record for record in before.records}
    gathered = Gathered(notices=left_out)
    gather(client, language, queries, gathered, bounds=bounds, progress=progress)
    records = _read(registry, gathered.records.values(), gathered.notices)
    if gathered.error is None and not gathered.refused:
        try:
            kept.save(list(records.values()), gathered.notices)
        except OSError as error:
            why = file_cause(error).why
            gathered.notices.append(f"what was found could not be kept, so the next time it is asked again: {why}")
    found.notices += gathered.notices
    found.refused = gathered.refused * 2 > gathered.asked
    found.error = gathered.error
    return records


def data_timestamp_of(client: Client) -> str | None:
    """Return the data timestamp of a registry. None if it does not name one, or does not answer."""
    try:
        return client.data_timestamp()
    except RegistryError:
        return None


def _given(context: Context, found: SimilarTrials, ids: list[str]) -> dict[str, TrialRecord]:
    """Return the records of given trials that are not stored, each from its registry."""
    given: dict[str, TrialRecord] = {}
    for name, mine in by_registry(ids).items():
        given |= _given_of(context.registries[name], context.clients[name], found, mine)
    return given


def _given_of(registry: Registry, client: Client, found: SimilarTrials, ids: list[str]) -> dict[str, TrialRecord]:
    records: list[RawTrial] = []
    for answer in (answer for batch in client.fetch(ids) for answer in batch.answers):
        if isinstance(answer, RawTrial):
            records.append(answer)
        elif isinstance(answer, Gone):
            found.unknown.append(answer.trial)
        elif isinstance(answer, Unread):
            found.error = answer.error
            found.notices.append(f"{answer.trial} could not be read: {answer.error.message}")
        elif isinstance(answer, Redirected):
            found.notices.append(f"{answer.asked} is answered with the record of {answer.trial}")
    return _read(registry, records, found.notices)


def _read(registry: Registry, raws: Iterable[RawTrial], notices: list[str]) -> dict[str, TrialRecord]:
    """Return the records that can be read. One that cannot gets a notice and is left out."""
    records: dict[str, TrialRecord] = {}
    for raw in raws:
        try:
            if raw.problem:
                raise RecordError(raw.problem, subject=raw.trial)
            with one_record("reading", raw.trial):
                records[raw.trial] = registry.read(raw.value).record
        except RecordError as error:
            notices.append(f"the record of {raw.trial or 'one trial'} cannot be read: {error.message}")
    return records
