"""What a held run found, and what makes the next run believe it.

A run is held as a whole if it looks implausible. Newer data that show the same thing confirm it. Missing records in
masses are believed only if a person accepts the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel import Session

from storage.polling import runs
from storage.tables.models import RunRow
from storage.values.states import RunOutcome
from tracker.changes.guards import MERGES
from tracker.registries.answers import Gone

__all__ = ["HeldRun", "confirmed_by", "held_run"]


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run that a person may accept."""

    registry: str
    data_timestamp: str
    started_at: datetime
    #: What it was held for, as the paths of suspicions.
    paths: tuple[str, ...]
    #: The number of its staged documents.
    staged: int
    #: The trials that it did not find.
    absent: tuple[Gone, ...]


def held_run(session: Session, number: int) -> HeldRun | None:
    """Return a held run. None if it holds nothing: it was not held, was accepted, or its documents are gone."""
    row = runs.get(session, number)
    if row is None or row.outcome != RunOutcome.HELD:
        return None
    detail = orjson.loads(row.detail or "{}")
    found = HeldRun(
        registry=row.registry_name,
        data_timestamp=row.data_timestamp or "",
        started_at=row.started_at,
        paths=tuple(detail.get("held_paths", ())),
        staged=runs.staged_count(session, number),
        absent=tuple(Gone(*it) for it in detail.get("absent", ())),
    )
    holds_something = found.staged or found.absent or MERGES in found.paths
    return found if holds_something and not detail.get("settled") else None


def confirmed_by(last: RunRow, data_timestamp: str) -> tuple[str, ...]:
    """Return what the last judged run makes believable on data of `data_timestamp`, as the paths of suspicions."""
    detail = orjson.loads(last.detail or "{}")
    if last.outcome != RunOutcome.HELD:
        return tuple(detail.get("accepted_paths", ()))
    if last.data_timestamp is None or last.data_timestamp >= data_timestamp:
        # The same data twice prove nothing: the same faulty answer would confirm itself.
        return ()
    return tuple(detail.get("held_paths", ()))
