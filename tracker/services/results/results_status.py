"""Work out the results status of trials from their versions, and cache it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.errors import Full, Unavailable
from storage.reads.in_session import SessionReader
from storage.versions import history, results_cache, trials
from storage.versions.results_cache import Made, OpenDuty
from storage.versions.trials import Head
from tracker.errors import RecordError
from tracker.isolation import one_record, without_frames
from tracker.results.scorecard import ResultsStatus, came_late, first_due, late_from, rules_of_first_due
from tracker.services.results.date_slips import slips
from tracker.services.results.made_by import MADE_BY
from tracker.services.results.results import results_history, status_of

__all__ = [
    "Worked",
    "cached_row",
    "keep_statuses",
    "made_statuses",
    "worked_out",
]


def made_statuses(database: Database, wanted: Sequence[str], missed: list[RecordError]) -> dict[str, str]:
    """Build the status of each of these (at most 500) that has a version, cache it, and return it as JSON text.

    A trial with a version that cannot be read is named in `missed`.
    """
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
    slipped = slips(SessionReader(session), {head.trial: results for head, results in found}, names)
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
