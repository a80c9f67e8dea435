"""Compare a trial with all that is stored, and with records that were fetched. Asks no registry.

    1 seed      its stored version
    2 index     all stored trials as vectors, brought up to date with the store
    3 rank      everything against the seed
    4 filter    status, phase, country, results: never before ranking, and never part of it
    5 explain   what each of the first few shares with the seed

Reads the store. Writes nothing but the index, which is derived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.versions import history
from storage.watching import watches
from tracker.backfill.stored_records import readable_of, records_of
from tracker.context.progress import Progress, silent
from tracker.errors import UnknownTrial, UnreadableVersion
from tracker.records.trial import TrialRecord
from tracker.similar.filters import ALL, Filters
from tracker.similar.found import SimilarRecord, SimilarTrials
from tracker.similar.index.segment import entry_of, segment_of
from tracker.similar.index.stored_index import StoredIndex, open_index
from tracker.similar.ranking.order import Ranked, in_order
from tracker.similar.ranking.postings import query_of
from tracker.similar.ranking.shared_reasons import reasons
from tracker.similar.ranking.vectors import vector_of
from tracker.similar.ranking.weighed_terms import telling_terms, weighed_terms

__all__ = ["Choice", "compare", "find_stored", "resolved", "stored_seed"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the ranked trials are wanted: the first `top` that pass the filters and are not `rejected`.

    `among`: only these, however different.
    """

    top: int = 10
    filters: Filters = ALL
    among: Collection[str] | None = None
    rejected: Collection[str] = ()

    def wants(self, ranked: Ranked) -> bool:
        if ranked.trial in self.rejected:
            return False
        return ranked.score > 0 if self.among is None else ranked.trial in self.among


def find_stored(
    database: Database, derived: Path | None, trial: str, choice: Choice, progress: Progress = silent
) -> SimilarTrials:
    """Return the stored trials most similar to `trial`. Raise UnknownTrial if it is not stored.

    `derived`: the folder of the index; None keeps it in memory.
    """
    trial, choice = resolved(database, trial, choice)
    seed = stored_seed(database, trial)
    if seed is None:
        raise UnknownTrial(f"{trial} is not stored. Leave --stored out, to ask its registry", subject=trial)
    found = SimilarTrials(seed)
    compare(database, open_index(database, derived, progress), {}, choice, found)
    return found


def resolved(database: Database, trial: str, choice: Choice) -> tuple[str, Choice]:
    """Return the trial and the choice with the current ids of all trials they name."""
    with database.read() as session:
        seed = watches.resolve(session, trial)
        if choice.among is None:
            return seed, choice
        among = {watches.resolve(session, it) for it in choice.among} - {seed}
    return seed, replace(choice, among=among)


def stored_seed(database: Database, trial: str) -> TrialRecord | None:
    """Return the current record of a stored trial. None if it is not stored. Raise UnreadableVersion."""
    with database.read() as session:
        return next(records_of(SessionReader(session), history.current_of(session, [trial])), None)


def compare(
    database: Database, index: StoredIndex, fetched: Mapping[str, TrialRecord], choice: Choice, found: SimilarTrials
) -> None:
    """Rank what is stored and what was `fetched` against `found.seed`, and put the first few into `found`.

    The stored version of a trial wins over a fetched one.
    """
    seed, background = found.seed, index.background
    stored = index.stored([*fetched, seed.trial, *(choice.among or ())])
    new = {trial: record for trial, record in fetched.items() if trial not in stored and trial != seed.trial}
    segment = segment_of([entry_of(record, "", background) for record in new.values()], background)
    query = query_of(vector_of(seed, background), background)
    parts = [*index.scores(query), (segment.trials, query.scores(segment.postings))]

    def fits(ranked: Ranked) -> bool:
        if choice.filters == ALL:
            return True
        facets = index.facets(ranked.part, ranked.row) if ranked.part < len(index.parts) else None
        return choice.filters.let(facets or segment.facets[ranked.row])

    found.notices += index.notices
    if choice.among is None:
        found.compared = len(index) - (seed.trial in stored) + len(new)
    else:
        found.compared = len({*choice.among} & (stored | new.keys()))
    ranked = (it for it in in_order(parts) if it.trial != seed.trial and choice.wants(it) and fits(it))
    found.similar = list(_explained(database, seed, ranked, new, choice.top, index, found.notices))


def _explained(
    database: Database,
    seed: TrialRecord,
    ranked: Iterator[Ranked],
    fetched: Mapping[str, TrialRecord],
    top: int,
    index: StoredIndex,
    notices: list[str],
) -> Iterator[SimilarRecord]:
    """Yield the first `top` that can be read, with what each shares with the seed."""
    mine = weighed_terms(seed, index.background)
    left = top
    while left and (some := list(islice(ranked, left))):
        stored = _stored(database, [it.trial for it in some if it.trial not in fetched], notices)
        for it in some:
            record = fetched.get(it.trial) or stored.get(it.trial)
            if record is not None:
                shares = telling_terms(mine, weighed_terms(record, index.background), index.background)
                yield SimilarRecord(record, it.score, tuple(reasons(seed, record, shares)))
                left -= 1


def _stored(database: Database, trials: Sequence[str], notices: list[str]) -> dict[str, TrialRecord]:
    left_out: list[UnreadableVersion] = []
    with database.read() as session:
        found = readable_of(SessionReader(session), history.current_of(session, trials), left_out)
        records = {record.trial: record for _, record in found}
    notices += [error.message for error in left_out]
    return records
