"""The results status of many trials without reading their documents: kept, and made again when a trial has changed.

As long as all are up to date, any reader of the store will do, and SQLAlchemy is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from storage.reads.row_reader import RowSource
from storage.reads.trials import standings
from storage.reads.trials.known import HAVING_VERSION
from storage.values.batches import batches
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.results.scorecard import ResultsStatus
from tracker.services.results.made_by import MADE_BY
from tracker.services.tag_by_door import OpenStore

__all__ = ["bring_up_to_date", "each_statuses", "statuses_of"]

_AT_ONCE = 100
_DECODER = msgspec.json.Decoder(ResultsStatus)


def statuses_of(
    source: RowSource,
    store: OpenStore,
    wanted: Sequence[str],
    progress: Progress = silent,
    left_out: list[RecordError] | None = None,
) -> dict[str, ResultsStatus]:
    """Return the results status of each of `wanted` that has a version: all that `each_statuses` yields."""
    found: dict[str, ResultsStatus] = {}
    for some in each_statuses(source, store, wanted, progress, left_out):
        found |= some
    return found


def each_statuses(
    source: RowSource,
    store: OpenStore,
    wanted: Sequence[str],
    progress: Progress = silent,
    left_out: list[RecordError] | None = None,
) -> Iterator[dict[str, ResultsStatus]]:
    """Yield the results statuses of those of `wanted` that have a version, some hundred at a time, in their order.

    Outdated ones are rebuilt and cached. A trial with a version that cannot be read has none, and is named in
    `left_out`.
    """
    for known in _each_texts(source, store, wanted, progress, left_out):
        yield {trial: _DECODER.decode(text) for trial, text in known.items()}


def bring_up_to_date(
    source: RowSource, store: OpenStore, wanted: Sequence[str], progress: Progress, left_out: list[RecordError]
) -> None:
    """Rebuild and cache the outdated statuses of these, as `each_statuses` does."""
    for _ in _each_texts(source, store, wanted, progress, left_out):
        pass


def _each_texts(
    source: RowSource, store: OpenStore, wanted: Sequence[str], progress: Progress, left_out: list[RecordError] | None
) -> Iterator[dict[str, str]]:
    missed: list[RecordError] = [] if left_out is None else left_out
    done = 0
    for some in batches(wanted):
        with source.read() as reader:
            known = standings.kept(reader, some, MADE_BY)
            unknown = [trial for trial in some if trial not in known]
            missing = sorted(row.trial for row in reader.rows(HAVING_VERSION, trials=unknown))
        if missing:
            known |= _made(store, missing, missed, progress, done, len(wanted))
        done += len(some)
        yield {trial: known[trial] for trial in some if trial in known}


def _made(
    store: OpenStore, missing: Sequence[str], missed: list[RecordError], progress: Progress, done: int, total: int
) -> dict[str, str]:
    from tracker.services.results.results_status import made_statuses  # noqa: PLC0415  (SQLAlchemy)

    made: dict[str, str] = {}
    with store() as database:
        for start in range(0, len(missing), _AT_ONCE):
            progress("Reading versions", done + start, total)
            made |= made_statuses(database, missing[start : start + _AT_ONCE], missed)
    return made
