"""The order of versions in time: where each belongs, and from which day the public record said it. Pure.

A version's row keeps the day it was given on arrival. A later arrival may show that this day is slightly wrong, but
rows are never rewritten. So the timeline is always computed from all rows and sightings, in any order of arrival.
The store uses these functions for its rows, and the code that decides on an insertion uses them for frozen versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from storage.values.states import VersionSource
from storage.values.write_models import NewVersion

__all__ = [
    "DayRun",
    "Laid",
    "Place",
    "SeenKey",
    "StoredVersion",
    "Timeline",
    "TimelineKey",
    "TimelineVersion",
    "lay",
    "seen_from",
    "seen_key",
    "sort_key",
    "split_days",
]

Place = tuple[str, str, int, int]
SeenKey = tuple[str, str, int, int, str, int]
DayRun = tuple[str, str]
"""First and last day of a run of days on which a version was seen."""


class TimelineKey(Protocol):
    """What the place of an unseen version depends on."""

    @property
    def effective(self) -> str: ...
    @property
    def submit_date(self) -> str: ...
    @property
    def registry_version(self) -> int | None: ...


class TimelineVersion(TimelineKey, Protocol):
    """What the place of a version depends on, apart from the days it was seen."""

    @property
    def version(self) -> int: ...
    @property
    def effective_basis(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def raw_sha256(self) -> str: ...


V = TypeVar("V", bound=TimelineVersion)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A stored version as a decision needs it."""

    version: int
    raw_sha256: str
    content_hash: str
    effective: str
    effective_basis: str
    submit_date: str
    registry_version: int | None
    observed_at: datetime
    source: str
    #: The runs of days on which it was seen current.
    days: tuple[DayRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """All versions of a trial except pages, in any order, and what was reported about them."""

    trial: str
    versions: tuple[StoredVersion, ...] = ()
    #: The versions that were compared with the one before them, and reported.
    compared: frozenset[int] = frozenset()

    def laid(self, *arriving: StoredVersion) -> list[Laid[StoredVersion]]:
        """Return the versions in order, together with others that are about to be stored."""
        versions = (*self.versions, *arriving)
        return lay(versions, {it.version: it.days for it in versions})

    def arriving(self, version: NewVersion) -> StoredVersion:
        """Return a version to be stored as this timeline will see it. Apart from pages, it gets the highest number."""
        return StoredVersion(
            version=max((it.version for it in self.versions), default=0) + 1,
            raw_sha256=version.raw_sha256,
            content_hash=version.content_hash,
            effective=version.effective,
            effective_basis=version.effective_basis,
            submit_date=version.submit_date,
            registry_version=version.registry_version,
            observed_at=version.observed_at,
            source=version.source,
            days=((version.seen_day, version.seen_day),) if version.seen_day is not None else (),
        )


def sort_key(version: TimelineKey, number: int) -> Place:
    """Return the sort key of a version with this number. Without a registry's number it comes before those with one."""
    rank = -1 if version.registry_version is None else version.registry_version
    return (version.effective, version.submit_date, rank, number)


@dataclass(frozen=True, slots=True)
class Laid(Generic[V]):
    """A version in its place. `first_day` and `last_day` are the days it was seen, "" if it was never seen current."""

    row: V
    effective: str
    basis: str
    first_day: str
    last_day: str

    @property
    def start(self) -> str:
        """The first day on which the record is known to have said this."""
        return self.first_day or self.effective


def lay(rows: Sequence[V], days: Mapping[int, Sequence[DayRun]]) -> list[Laid[V]]:
    """Put versions in order. Seen versions lie by the first day they were seen. Unseen ones are merged between them.

    A later version of one submission took effect when it was first seen, because its post date is that of the first. No
    version takes effect before the one it follows.
    """
    seen = [_seen(row, days[row.version]) for row in rows if days.get(row.version)]
    seen.sort(key=lambda it: seen_key(it.first_day, it.row.submit_date, it.row))
    unseen = [Laid(row, row.effective, row.effective_basis, "", "") for row in rows if not days.get(row.version)]
    found = _merged(seen, sorted(unseen, key=lambda it: sort_key(it.row, it.row.version)))
    return _dated(found)


def seen_key(day: str, submitted: str, row: TimelineVersion | None, sha256: str = "") -> SeenKey:
    """Return the sort key of a seen version. None stands for an import that has no row yet.

    On one day a poll sorts after imports.
    """
    # Without a submission date, only the registry's number separates versions of one day.
    rank = -1 if row is None or submitted or row.registry_version is None else row.registry_version
    if row is None or row.source == VersionSource.IMPORT:
        return (day, submitted, rank, 0, row.raw_sha256 if row else sha256, row.version if row else 0)
    return (day, submitted, rank, 1, "", row.version)


def seen_from(days: Sequence[DayRun], day: str) -> str:
    """Return the first day, `day` or later, on which a version is known to have been seen. "" if there is none."""
    return min((first if first >= day else last for first, last in days if last >= day), default="")


def split_days(days: Sequence[DayRun], day: str) -> tuple[list[DayRun], list[DayRun]]:
    """Split runs of days into those before `day`, and those on it and after.

    A run that spans `day` was seen on its first and its last day. About the days between, nothing is known any more.
    """
    before: list[DayRun] = []
    after: list[DayRun] = []
    for first, last in days:
        if first >= day:
            after.append((first, last))
        elif last >= day:
            before.append((first, first))
            after.append((last, last))
        else:
            before.append((first, last))
    return before, after


def _seen(row: V, days: Sequence[DayRun]) -> Laid[V]:
    first, last = min(day for day, _ in days), max(day for _, day in days)
    if row.source == VersionSource.BACKFILL:
        first = min(first, row.effective)  # the registry itself says what it posted on that day
    return Laid(row, row.effective, row.effective_basis, first, last)


def _merged(seen: Sequence[Laid[V]], unseen: Sequence[Laid[V]]) -> list[Laid[V]]:
    found: list[Laid[V]] = []
    left = list(unseen)
    for item in seen:
        while left and _precedes(left[0].row, item.row):
            found.append(left.pop(0))
        found.append(item)
    return found + left


def _precedes(unseen: TimelineVersion, seen: TimelineVersion) -> bool:
    """Return whether an unseen version comes before a seen one: by submission, if both have one."""
    if unseen.submit_date and seen.submit_date and unseen.submit_date != seen.submit_date:
        return unseen.submit_date < seen.submit_date
    if unseen.submit_date and unseen.registry_version is not None and seen.registry_version is None:
        return True  # the history has the version as it was submitted, before the registry changed anything
    return sort_key(unseen, unseen.version) < sort_key(seen, seen.version)


def _dated(found: Sequence[Laid[V]]) -> list[Laid[V]]:
    # The effective day of a version is recomputed here, because its row may have been written before its neighbours
    # arrived.
    dated: list[Laid[V]] = []
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
        dated.append(Laid(row, last, basis, item.first_day, item.last_day))
    return dated
