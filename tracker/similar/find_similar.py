"""Find trials similar to one trial, step by step.

    1 seed      its stored version, or the registry's
    2 known     stored trials; of a large store those with the most similar titles, because full comparison is slow
    3 gather    searches for the texts of its fields, then for its most telling words; or the records of given trials
    4 rank      everything against the seed
    5 filter    status, phase, country, results: never before ranking, and never part of it
    6 explain   what each of the first few shares with the seed

Reads the store and the registry, writes nothing. If the registry fails, the answer uses what is available.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.versions import history, trials
from storage.watching import watches
from tracker.backfill.stored_records import readable_of, records_of
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError, RegistryError, UnknownTrial, UnreadableVersion
from tracker.isolation import one_record
from tracker.records.trial import TrialRecord
from tracker.registries.ids import by_registry, registry_of
from tracker.registries.registry import Client, Gone, RawTrial, Redirected, Registry, Unread
from tracker.registries.search import Searchable
from tracker.similar.candidates import BOUNDS, Bounds, Gathered, by_field, by_phrase, gather
from tracker.similar.filters import ALL, Filters
from tracker.similar.shared_reasons import SharedFact, reasons
from tracker.similar.shortlist import shortlist

if TYPE_CHECKING:
    from tracker.similar.rank import Ranking

__all__ = ["SimilarRecord", "SimilarTrials", "find_similar"]


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """One trial similar to the seed. `score`: 0 to 1."""

    record: TrialRecord
    score: float
    reasons: tuple[SharedFact, ...]


@dataclass(slots=True)
class SimilarTrials:
    """The answer.

    `compared`: how many trials were ranked. `passed_over`: how many stored trials were judged only by their titles.
    `unknown`: given trials that do not exist. `notices`: sentences about what was not seen. `refused`: most searches
    were refused. `error`: the error of the registry.
    """

    seed: TrialRecord
    similar: list[SimilarRecord] = field(default_factory=list)
    compared: int = 0
    passed_over: int = 0
    unknown: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    refused: bool = False
    error: RegistryError | None = None


def find_similar(
    context: Context,
    trial: str,
    *,
    top: int = 10,
    filters: Filters = ALL,
    among: Iterable[str] | None = None,
    rejected: Collection[str] = (),
    bounds: Bounds = BOUNDS,
    progress: Progress = silent,
) -> SimilarTrials:
    """Return the `top` trials most similar to `trial` that are not `rejected`.

    With `among`, only these, however different.

    Raise UnknownTrial if `trial` is not stored and the registry does not have it. Raise RegistryError if the registry
    cannot be asked.
    """
    with context.database.read() as session:
        titles = trials.stored_titles(session)
        names = {it: watches.resolve(session, it) for it in (trial, *(among or ()))}
        stored = list(records_of(session, _versions(session, [names[trial]])))
    seed = stored[0] if stored else _asked(context, names[trial])
    found = SimilarTrials(seed)
    wanted = None if among is None else {names[other] for other in among} - {seed.trial}
    records = _known(context, found, titles, wanted or (), bounds) | {seed.trial: seed}
    if wanted is None:
        # On the right, so that the stored version wins over the one from the search.
        records = _searched(context, found, bounds, progress) | records
    else:
        records = _given(context, found, sorted(wanted - records.keys())) | records
        wanted &= records.keys()
    progress("Comparing", 0, 0)
    _rank(found, records, wanted, lambda it: it.trial not in rejected and filters.let(it), top)
    return found


def _known(
    context: Context, found: SimilarTrials, titles: Mapping[str, str], among: Iterable[str], bounds: Bounds
) -> dict[str, TrialRecord]:
    """Return current records of the store: of all trials, or of those with similar titles and those in `among`."""
    chosen = {*shortlist(found.seed, titles, bounds.stored), *(trial for trial in among if trial in titles)}
    found.passed_over = len(titles) - len(chosen)
    with context.database.read() as session:
        return {record.trial: record for record in _current(session, chosen, found.notices)}


def _current(session: Session, names: Iterable[str], notices: list[str]) -> Iterator[TrialRecord]:
    """Yield the current records of stored trials. One that cannot be read gets a notice and is left out."""
    left_out: list[UnreadableVersion] = []
    for _, record in readable_of(session, _versions(session, names), left_out):
        yield record
    notices += [error.message for error in left_out]


def _versions(session: Session, names: Iterable[str]) -> list[SnapshotRow]:
    versions = (history.current(session, trial) for trial in sorted(names))
    return [version for version in versions if version is not None]


def _asked(context: Context, trial: str) -> TrialRecord:
    """Return the record of a trial that is not stored, from its registry."""
    name = registry_of(trial)
    for answer in (answer for batch in context.clients[name].fetch([trial]) for answer in batch.answers):
        if isinstance(answer, RawTrial) and not answer.problem:
            with one_record("reading", trial):
                return context.registries[name].read(answer.value).record
        if isinstance(answer, Unread):
            raise answer.error
        if isinstance(answer, Gone):
            raise UnknownTrial(f"The registry does not know {trial}; check the number", subject=trial)
    raise UnknownTrial(f"The registry's record of {trial} cannot be read", subject=trial)


def _searched(context: Context, found: SimilarTrials, bounds: Bounds, progress: Progress) -> dict[str, TrialRecord]:
    """Search for the seed's fields, then for the words that distinguish it from these results."""
    seed, registry = found.seed, context.registries[found.seed.registry]
    language, client = registry.search, context.clients[registry.name]
    if language is None or not isinstance(client, Searchable):
        found.notices.append(f"{registry.name} cannot be searched: only what is stored was compared")
        return {}
    gathered = Gathered()
    queries, left_out = by_field(language, seed, bounds)
    gathered.notices += left_out
    gather(client, language, queries, gathered, bounds=bounds, progress=progress)
    records = _read(registry, gathered.records.values(), found)
    if gathered.error is None:
        words = by_phrase(language, seed, _ranking([*records.values(), seed]).top_terms(seed.trial), bounds)
        before = set(gathered.records)
        gather(client, language, words, gathered, bounds=bounds, progress=progress)
        records |= _read(registry, (raw for trial, raw in gathered.records.items() if trial not in before), found)
    found.notices += gathered.notices
    found.refused = gathered.refused * 2 > gathered.asked
    found.error = gathered.error
    return records


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
    return _read(registry, records, found)


def _read(registry: Registry, raws: Iterable[RawTrial], found: SimilarTrials) -> dict[str, TrialRecord]:
    """Return the records that can be read. One that cannot gets a notice and is left out."""
    records: dict[str, TrialRecord] = {}
    for raw in raws:
        try:
            if raw.problem:
                raise RecordError(raw.problem, subject=raw.trial)
            with one_record("reading", raw.trial):
                records[raw.trial] = registry.read(raw.value).record
        except RecordError as error:
            found.notices.append(f"the record of {raw.trial or 'one trial'} cannot be read: {error.message}")
    return records


def _rank(
    found: SimilarTrials,
    records: dict[str, TrialRecord],
    among: set[str] | None,
    let: Callable[[TrialRecord], bool],
    top: int,
) -> None:
    ranking = _ranking(records.values())
    seed = found.seed
    found.compared = len(records if among is None else among | {seed.trial}) - 1
    ranked = ranking.nearest(seed.trial, among)
    fitting = (it for it in ranked if let(records[it.trial]) and (it.score > 0 or among is not None))
    for it in islice(fitting, top):
        record = records[it.trial]
        shares = ranking.shared_terms(seed.trial, it.trial)
        found.similar.append(SimilarRecord(record, it.score, tuple(reasons(seed, record, shares))))


def _ranking(records: Iterable[TrialRecord]) -> Ranking:
    # Imports scikit-learn: one second and a hundred megabytes. A daemon without similar cohorts does not pay for it.
    from tracker.similar.rank import Ranking  # noqa: PLC0415

    return Ranking(records)
