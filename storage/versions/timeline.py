"""The order of versions in time: where each belongs, and from which day the public record said it.

A version's row keeps the day it was given when it arrived. What arrives later may show that day to be a little wrong,
and rows are never rewritten: so the timeline is laid anew from all rows and sightings, whatever order they came in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage.engine.bulk import storable, table_of
from storage.tables.models import SightingRow, SnapshotRow

__all__ = ["PAGE", "Laid", "Place", "SeenKey", "TimelineKey", "all_laid", "laid", "lay", "place", "seen_key"]

PAGE = "page"
"""The source of a version that lies beside the timeline: what another place says of the trial. It has a number and a
link in the chain like every other, and is never current."""

Place = tuple[str, str, int, int]
SeenKey = tuple[str, str, int, int, str, int]
Days = Sequence[tuple[str, str]]


class TimelineKey(Protocol):
    """What a version's place depends on."""

    @property
    def effective(self) -> str: ...
    @property
    def submit_date(self) -> str: ...
    @property
    def registry_version(self) -> int | None: ...


def place(version: TimelineKey, number: int) -> Place:
    """Sort key of a version. `number` is its own; without a registry's number it comes before those with one."""
    rank = -1 if version.registry_version is None else version.registry_version
    return (version.effective, version.submit_date, rank, number)


@dataclass(frozen=True, slots=True)
class Laid:
    """A version in its place. `first_day` and `last_day`: on which it was seen; "" when nobody saw it current."""

    row: SnapshotRow
    effective: str
    basis: str
    first_day: str
    last_day: str

    @property
    def start(self) -> str:
        """The first day of which it is known that the record said this."""
        return self.first_day or self.effective

    def told(self) -> SnapshotRow:
        """The row as the timeline tells it: itself, or a copy that belongs to no session."""
        if (self.effective, self.basis) == (self.row.effective, self.row.effective_basis):
            return self.row
        return SnapshotRow(**{**self.row.model_dump(), "effective": self.effective, "effective_basis": self.basis})


def laid(session: Session, trial: str) -> list[Laid]:
    """All versions of a trial in timeline order, without pages. Two queries."""
    name = storable(trial)
    rows = session.exec(
        select(SnapshotRow).where(SnapshotRow.trial == name, SnapshotRow.source != PAGE),
        execution_options={"populate_existing": True},
    ).all()
    days: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if rows:
        seen = table_of(SightingRow).c
        query = sql_select(seen.version, seen.first_day, seen.last_day).where(seen.trial == name)
        for version, first, last in session.connection().execute(query):
            days[version].append((first, last))
    return lay(rows, days)


def all_laid(session: Session, names: Sequence[str]) -> list[list[Laid]]:
    """As `laid`, for several trials at once, by name; those without a version are left out. Two queries."""
    rows: dict[str, list[SnapshotRow]] = defaultdict(list)
    for row in session.exec(select(SnapshotRow).where(col(SnapshotRow.trial).in_(names), SnapshotRow.source != PAGE)):
        rows[row.trial].append(row)
    days: dict[str, dict[int, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    seen = table_of(SightingRow).c
    query = sql_select(seen.trial, seen.version, seen.first_day, seen.last_day).where(seen.trial.in_(names))
    for trial, version, first, last in session.connection().execute(query):
        days[trial][version].append((first, last))
    return [lay(rows[trial], days[trial]) for trial in sorted(rows)]


def lay(rows: Sequence[SnapshotRow], days: Mapping[int, Days]) -> list[Laid]:
    """Put versions in order. Those that were seen lie by the first day they were seen; the others among them.

    A later version of one submission took effect when it was first seen: its post date is that of the first. No
    version takes effect before the one it follows.
    """
    seen = [_seen(row, days[row.version]) for row in rows if days.get(row.version)]
    seen.sort(key=lambda it: seen_key(it.first_day, it.row.submit_date, it.row))
    unseen = [Laid(row, row.effective, row.effective_basis, "", "") for row in rows if not days.get(row.version)]
    found = _merged(seen, sorted(unseen, key=lambda it: place(it.row, it.row.version)))
    return _dated(found)


def seen_key(day: str, submitted: str, row: SnapshotRow | None, sha256: str = "") -> SeenKey:
    """Order of what was seen. What is no row yet is an import's. Of one day a poll's own look was the last."""
    # Without a submit date the registry's number is all that tells versions of one day apart.
    rank = -1 if row is None or submitted or row.registry_version is None else row.registry_version
    if row is None or row.source == "import":
        return (day, submitted, rank, 0, row.raw_sha256 if row else sha256, row.version if row else 0)
    return (day, submitted, rank, 1, "", row.version)


def _seen(row: SnapshotRow, days: Days) -> Laid:
    first, last = min(day for day, _ in days), max(day for _, day in days)
    if row.source == "backfill":
        first = min(first, row.effective)  # the registry itself says what it posted on that day
    return Laid(row, row.effective, row.effective_basis, first, last)


def _merged(seen: Sequence[Laid], unseen: Sequence[Laid]) -> list[Laid]:
    found: list[Laid] = []
    left = list(unseen)
    for item in seen:
        while left and _precedes(left[0].row, item.row):
            found.append(left.pop(0))
        found.append(item)
    return found + left


def _precedes(unseen: SnapshotRow, seen: SnapshotRow) -> bool:
    """Whether a version nobody saw comes before one that was seen: by submission, where both have one."""
    if unseen.submit_date and seen.submit_date and unseen.submit_date != seen.submit_date:
        return unseen.submit_date < seen.submit_date
    if unseen.submit_date and unseen.registry_version is not None and seen.registry_version is None:
        return True  # as it was handed in, before anything was done to it
    return place(unseen, unseen.version) < place(seen, seen.version)


def _dated(found: Sequence[Laid]) -> list[Laid]:
    told: list[Laid] = []
    submissions: set[str] = set()
    last = ""
    for item in found:
        effective, basis = item.effective, item.basis
        row = item.row
        if item.first_day and row.registry_version is None and row.submit_date in submissions:
            effective, basis = item.first_day, "data"
        elif item.first_day and basis == "data":
            effective = min(effective, item.first_day)
        if row.submit_date:
            submissions.add(row.submit_date)
        last = max(last, effective)
        told.append(Laid(row, last, basis, item.first_day, item.last_day))
    return told
