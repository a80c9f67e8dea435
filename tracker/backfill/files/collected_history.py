"""The registry's history of trials as files hold it: a `Past` without requests, and possibly with gaps.

Versions from files and from the network enter the timeline the same way (`tracker.backfill.backfill`). So they become
the same rows, and none is stored twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from storage.documents.read_documents import load
from storage.reads.in_session import SessionReader
from storage.versions import history, trials
from tracker.backfill.backfill import Backfill
from tracker.backfill.files.file_items import FoundList, FoundVersion
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.records.json_objects import RawRecord
from tracker.registries.registry import NotKept, PastVersion

__all__ = ["CollectedHistory", "PlacedHistory", "place_history", "ranges"]


@dataclass(frozen=True, slots=True)
class _Version:
    source: str
    sha256: str
    submitted: str
    current: bool


@dataclass(frozen=True, slots=True)
class PlacedHistory:
    """The result of placing a collected history.

    `missing` maps a trial to the numbers that the list names and no file holds. `gaps` does the same for trials without
    a list. `left` maps a trial to numbers newer than the last poll, which the next poll reports as news.
    """

    stored: int
    already: int
    failed: dict[str, str]
    missing: dict[str, tuple[int, ...]]
    gaps: dict[str, tuple[int, ...]]
    left: dict[str, tuple[int, ...]]


@dataclass(slots=True)
class CollectedHistory:
    """Implements `tracker.registries.registry.Past`. The documents are already in the store, by their digest."""

    context: Context
    registry: str
    _listed: dict[str, dict[int, str]] = field(default_factory=dict)
    _held: dict[str, dict[int, _Version]] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return 0

    @property
    def trials(self) -> list[str]:
        return sorted(self._listed.keys() | self._held.keys())

    def add_list(self, found: FoundList) -> None:
        """Add a list. A list of another day adds the versions it has in addition."""
        self._listed.setdefault(found.trial, {}).update({it.number: it.submitted for it in found.versions})

    def add(self, trial: str, found: FoundVersion, sha256: str, submitted: str) -> str:
        """Add a version. Return the source of an earlier one with the same number, "" if there is none.

        A version's own file replaces the record that stood beside a list.
        """
        mine = self._held.setdefault(trial, {})
        other = mine.get(found.number)
        if other is None or (other.current and not found.current):
            mine[found.number] = _Version(found.source, sha256, found.submitted or submitted, found.current)
            return ""
        return "" if found.current else other.source

    def same(self, trial: str, number: int, sha256: str) -> bool:
        return self._held[trial][number].sha256 == sha256

    def has_list(self, trial: str) -> bool:
        """Return whether we know which versions exist: a list names them, and we hold none newer than the list."""
        listed = self._listed.get(trial, {})
        return bool(listed) and self._held.get(trial, {}).keys() <= listed.keys()

    def holds(self, trial: str) -> bool:
        """Return whether there is any version of this trial."""
        return trial in self._held

    def held(self, trial: str) -> set[int]:
        return set(self._held.get(trial, ()))

    def numbers(self, trial: str) -> tuple[int, ...]:
        return tuple(version.number for version in self.versions(trial))

    def versions(self, trial: str) -> tuple[PastVersion, ...]:
        days = {number: held.submitted for number, held in self._held.get(trial, {}).items()}
        days |= self._listed.get(trial, {})
        return tuple(PastVersion(number, day) for number, day in sorted(days.items()) if day)

    def version(self, trial: str, number: int) -> RawRecord:
        held = self._held.get(trial, {}).get(number)
        if held is None:
            raise NotKept(f"no file holds version {number} of {trial}")
        with self.context.database.read() as session:
            document: RawRecord = orjson.loads(load(SessionReader(session), held.sha256))
        return document

    def without_day(self) -> Iterator[tuple[str, int]]:
        """Yield source and number of versions that have no day of submission, of their own or in a list."""
        for trial, held in self._held.items():
            for number, version in held.items():
                if not version.submitted and number not in self._listed.get(trial, {}):
                    yield version.source, number


def place_history(found: CollectedHistory, progress: Progress) -> PlacedHistory:
    """Insert every version into its timeline. Trials get their rows. No alert is sent."""
    context = found.context
    with context.database.write() as session:
        trials.add(session, [trial for trial in found.trials if found.holds(trial)], found.registry)
        names = [trial for trial in found.trials if trial in trials.heads(session, [trial])]
    sure = [trial for trial in names if found.has_list(trial)]
    works = []
    for part, by_rank in ((sure, True), ([trial for trial in names if trial not in sure], False)):
        work = Backfill(context, found.registry, progress, past=found, by_rank=by_rank, doing="Placing versions")
        work.whole(part)
        works.append(work.report)
    missing = {trial: found.numbers(trial) for trial in found.trials if trial not in names}
    missing |= {trial: tuple(numbers) for report in works for trial, numbers in report.missing.items()}
    return PlacedHistory(
        stored=sum(report.stored for report in works),
        already=sum(report.already for report in works),
        failed={trial: why for report in works for trial, why in report.failed.items()},
        missing={trial: numbers for trial, numbers in missing.items() if found.has_list(trial)},
        gaps={trial: gap for trial in names if trial not in sure and (gap := _gap(found, trial))},
        left={trial: tuple(numbers) for report in works for trial, numbers in report.newer.items()},
    )


def _gap(found: CollectedHistory, trial: str) -> tuple[int, ...]:
    """Return the numbers below the highest that are in no file and not in the store."""
    with found.context.database.read() as session:
        stored = {row.registry_version for row in history.timeline(session, trial)}
    have = found.held(trial) | {number for number in stored if number is not None}
    return tuple(sorted(set(range(max([*have, *found.numbers(trial)], default=0))) - have))


def ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as ranges: ``1-4, 7``."""
    parts: list[tuple[int, int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
