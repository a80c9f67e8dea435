"""The results status of many trials without reading their documents: cached, and rebuilt when a trial changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.errors import Full, Unavailable
from storage.values.batches import batches
from storage.versions import history, results_cache, trials
from storage.versions.results_cache import Made, OpenDuty
from storage.versions.trials import Head
from tracker.changes.red_flags.date_flags import slip_of
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.isolation import one_record, without_frames
from tracker.records.dates import RegistryDate
from tracker.registries.listed import REGISTRIES
from tracker.results.duties import RULES
from tracker.results.scorecard import ResultsStatus, came_late, first_due, late_from, rules_of_first_due
from tracker.services.results.results import results_history, status_of

__all__ = [
    "MADE_BY",
    "Worked",
    "bring_up_to_date",
    "cached_row",
    "each_statuses",
    "keep_statuses",
    "slips",
    "statuses_of",
    "worked_out",
]

_SHAPE = 4
_READERS = tuple(str(registry.normalizer) for registry in REGISTRIES.values())
MADE_BY = ";".join([str(_SHAPE), *_READERS, *(f"{rule.name}@{rule.version}" for rule in RULES.values())])
_AT_ONCE = 100
_DECODER = msgspec.json.Decoder(ResultsStatus)
_SLIPPING = {f"date.{name}_changed": f"dates.{name}" for name in ("primary_completion", "completion")}


def statuses_of(
    database: Database, wanted: Sequence[str], progress: Progress = silent, left_out: list[RecordError] | None = None
) -> dict[str, ResultsStatus]:
    """Return the results status of each of `wanted` that has a version: all that `each_statuses` yields."""
    found: dict[str, ResultsStatus] = {}
    for some in each_statuses(database, wanted, progress, left_out):
        found |= some
    return found


def each_statuses(
    database: Database, wanted: Sequence[str], progress: Progress = silent, left_out: list[RecordError] | None = None
) -> Iterator[dict[str, ResultsStatus]]:
    """Yield the results statuses of those of `wanted` that have a version, some hundred at a time, in their order.

    Outdated ones are rebuilt and cached. A trial with a version that cannot be read has none, and is named in
    `left_out`.
    """
    for known in _each_texts(database, wanted, progress, left_out):
        yield {trial: _DECODER.decode(text) for trial, text in known.items()}


def bring_up_to_date(
    database: Database, wanted: Sequence[str], progress: Progress, left_out: list[RecordError]
) -> None:
    """Rebuild and cache the outdated statuses of these, as `each_statuses` does."""
    for _ in _each_texts(database, wanted, progress, left_out):
        pass


def _each_texts(
    database: Database, wanted: Sequence[str], progress: Progress, left_out: list[RecordError] | None
) -> Iterator[dict[str, str]]:
    missed: list[RecordError] = [] if left_out is None else left_out
    done = 0
    for some in batches(wanted):
        with database.read() as session:
            known = results_cache.kept(session, some, MADE_BY)
            heads = trials.heads(session, [trial for trial in some if trial not in known])
        missing = sorted(trial for trial, head in heads.items() if head.current_version is not None)
        for start in range(0, len(missing), _AT_ONCE):
            progress("Reading versions", done + start, len(wanted))
            known |= _made(database, missing[start : start + _AT_ONCE], missed)
        done += len(some)
        yield {trial: known[trial] for trial in some if trial in known}


def _made(database: Database, wanted: Sequence[str], missed: list[RecordError]) -> dict[str, str]:
    made = _work_out(database, wanted, missed)
    # If the store cannot be written, the status is rebuilt each time.
    with suppress(Unavailable, Full), database.write() as session:
        results_cache.keep(session, made, MADE_BY)
    return {item.trial: item.told for item in made}


def keep_statuses(database: Database, wanted: Sequence[str], missed: list[RecordError]) -> int:
    """Build the status of each of these (at most 500) that has a version, and cache it. Return how many.

    The write does not wait for the disk, as this is only a cache. A trial with a version that cannot be read is named
    in `missed`. Raise what `Database.write` raises.
    """
    made = _work_out(database, wanted, missed)
    with database.write(durable=False) as session:
        results_cache.keep(session, made, MADE_BY)
    return len(made)


def _work_out(database: Database, wanted: Sequence[str], missed: list[RecordError]) -> list[Made]:
    with database.read() as session:
        return [item.made for item in worked_out(session, wanted, missed)]


class Worked(NamedTuple):
    """The results status of a trial, and the row to cache."""

    results: ResultsStatus
    made: Made


def worked_out(session: Session, wanted: Sequence[str], missed: list[RecordError]) -> list[Worked]:
    """Build the status of each of these (at most 500) that has a version. Nothing is written.

    A trial with a version that cannot be read is named in `missed`.
    """
    found: list[tuple[Head, ResultsStatus]] = []
    for head in trials.heads(session, wanted).values():
        try:
            if head.current_version is not None:
                found.append((head, _make(session, head.trial)))
        except RecordError as error:
            missed.append(without_frames(error))
    names = [head.trial for head, _ in found]
    slipped = slips(session, {head.trial: results for head, results in found}, names)
    changed, seq = results_cache.last_changes(session, names), history.last_seq(session)
    worked = []
    for head, results in found:
        row = cached_row(head.trial, head.versions, head.current_version or 0, results)
        row = row._replace(slip=slipped.get(head.trial), changed=changed.get(head.trial), seq=seq)
        worked.append(Worked(results, row))
    return worked


def _make(session: Session, trial: str) -> ResultsStatus:
    found = results_history(session, trial)
    with one_record("the duties", trial):
        return status_of(found)


def cached_row(trial: str, versions: int, current_version: int, results: ResultsStatus) -> Made:
    """Return the row to cache for a status made from these versions. What depends on events is None."""
    due = first_due(results)
    return Made(
        trial,
        versions,
        current_version,
        msgspec.json.encode(results).decode(),
        state=results.state,
        sponsor=results.sponsor,
        due=_text(due),
        due_rule=", ".join(rules_of_first_due(results)) or None,
        late_from=_text(min(filter(None, map(late_from, results.duties)), default=None)),
        came_late=came_late(results),
        posted=results.posted,
        duties=tuple(
            OpenDuty(duty.rule, duty.applies, duty.stands, duty.due.isoformat(), _text(late_from(duty)))
            for duty in results.duties
            if duty.applies is not False and duty.due is not None and not duty.stands
        ),
    )


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def slips(session: Session, known: Mapping[str, ResultsStatus], only: Sequence[str] | None = None) -> dict[str, int]:
    """Return how many days a date of each trial moved over all its versions. 0 if it never moved.

    The date is primary completion, or completion if the record has no other. Trials without dates are left out.
    `only`: the trials of `known`, for so few of them that the changes of all others need not be read.
    """
    texts: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for change in results_cache.date_changes(session, _SLIPPING, only):
        texts[change.trial, change.field] += [change.before, change.after]
    found = {}
    for trial, results in known.items():
        if results.dated_by is not None:
            values = texts.get((trial, results.dated_by), [])
            slip = slip_of([RegistryDate(text) if text else None for text in values])
            found[trial] = slip.days if slip else 0
    return found
