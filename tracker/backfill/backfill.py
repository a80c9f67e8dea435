"""Fetch the past of a trial from the registry's own history: each version we do not have, one request each.

The store shows how far it has come. A version is here if its number is, or if we hold as many versions of its day of
submission as the registry lists. So a backfill can be stopped at any point and started again. It sends no alerts, and
its errors do not affect a watch, because the registry does not promise that this endpoint exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.documents import documents
from storage.tables.models import SnapshotRow
from storage.values.states import VersionSource
from storage.values.trial_head import Head
from storage.versions import history, snapshots, trials
from storage.watching import watches
from tracker.backfill.insert_version import alike, bridge, insert_version
from tracker.backfill.timeline_insertion import Insertion
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import Blocked, NotBefore, RecordError, RegistryError
from tracker.isolation import one_record
from tracker.records.json_objects import RawRecord
from tracker.registries.ids import by_registry
from tracker.registries.listed import FIRST
from tracker.registries.registry import NotKept, Past, PastVersion, Registry

__all__ = ["USUAL_VERSIONS", "Backfill", "PastReport"]

USUAL_VERSIONS = 8
"""The number of versions a trial has, for an estimate before anything is known."""
LAST_DAY = "9999-12-31"
_MOST_FAILURES = 3
"""After this many trials in a row without a history, assume that the endpoint does not answer for the others either."""


@dataclass(slots=True)
class PastReport:
    """The result of fetching the past.

    `failed` maps a trial to the reason. `stopped` says why the rest was not asked for, "" if it was. `interrupted` says
    that a person stopped it. `left` lists trials that were not reached or not finished. If `refused` is set, the
    registry gives its history to no program like this one, so there is no point in asking again. `missing` maps a trial
    to the numbers that a collection lacks, `newer` to the numbers that the next poll brings.
    """

    stored: int = 0
    already: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    interrupted: bool = False
    left: list[str] = field(default_factory=list)
    refused: bool = False
    missing: dict[str, list[int]] = field(default_factory=dict)
    newer: dict[str, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Backfill:
    """Fetches the past of trials that have a row in the store. `report` is correct at any time, also after Ctrl-C.

    Trials of other registries are skipped, and so are those of a registry that keeps no history. `past` is where the
    versions come from, None for the registry itself. With `by_rank`, it lists all versions of a day. So if we hold a
    single one that is none of the earlier, it is the last, and is not fetched. Otherwise they are matched by content.
    """

    context: Context
    registry_name: str = FIRST.name
    progress: Progress = silent
    past: Past | None = None
    by_rank: bool = True
    doing: str = "Fetching the past"
    report: PastReport = field(default_factory=PastReport)
    _lists: dict[str, tuple[PastVersion, ...]] = field(default_factory=dict)
    _failures: int = 0
    _done: int = 0
    _rest: int = 0

    @property
    def registry(self) -> Registry:
        return self.context.registries[self.registry_name]

    def before_first_poll(self, names: Sequence[str]) -> None:
        """Fetch all but the newest version of trials not polled yet. The first poll brings that, with more detail."""
        self._all(names, newest_too=False)

    def after_first_poll(self, names: Sequence[str]) -> None:
        """Fetch what is still missing of trials that have been polled. Usually that is only a number to note."""
        with self.context.database.read() as session:
            current = dict.fromkeys(watches.resolve(session, trial) for trial in names)
            heads = trials.heads(session, current)
        fetched = [trial for trial in current if trial in heads and heads[trial].data_timestamp is not None]
        self._all(fetched, newest_too=True)

    def whole(self, names: Sequence[str]) -> None:
        """Fetch every version of trials that will not be polled."""
        self._all(names, newest_too=True)

    def _all(self, names: Sequence[str], *, newest_too: bool) -> None:
        past = self.past or self.context.clients[self.registry_name].past
        if past is None or self.report.stopped:
            return
        own = by_registry(names).get(self.registry_name, [])
        wanted = [trial for trial in own if trial not in self.report.failed]
        self.report.left = list(wanted)
        for position, trial in enumerate(wanted):
            try:
                self._one(past, trial, newest_too=newest_too, left=len(wanted) - position - 1)
            except NotBefore as error:
                self.report.stopped = error.message
                return
            except Blocked as error:
                self.report.stopped, self.report.refused = error.message, True
                return
            except RegistryError as error:
                self.report.failed[trial] = error.message
                self._failures += 1
            except RecordError as error:  # of this trial alone: it says nothing about the registry
                self.report.failed[trial] = error.message
            else:
                self._failures = 0
            self.report.left.remove(trial)
            if self._failures >= _MOST_FAILURES:
                self.report.stopped = self.report.failed[trial]
                return

    def _one(self, past: Past, trial: str, *, newest_too: bool, left: int) -> None:
        """Fetch one trial, oldest version first, and store each version as it comes."""
        if trial not in self._lists:
            self._lists[trial] = past.versions(trial)
            self._step(left)
        listed = self._lists[trial]
        with self.context.database.read() as session:
            rows = history.timeline(session, trial)
            head = trials.heads(session, [trial]).get(trial)
        polled = head if head is not None and head.data_timestamp is not None else None
        newest = listed[-1].number if not newest_too and polled is None else None
        known = {row.registry_version for row in rows}
        unknown = [version for version in listed if version.number not in known]
        news = [version.number for version in unknown if _is_news(version, polled, rows)]
        missing = [version for version in unknown if version.number not in news]
        self._rest = len(missing)
        for group in _by_day(missing):
            held = [row for row in rows if row.registry_version is None and row.submit_date == group[0].submitted]
            last_look = polled.current_version if polled is not None else None
            news += self._day(past, trial, group, held, newest, last_look, left)
        if news:
            self.report.newer[trial] = sorted(news)
        with self.context.database.write() as session:
            bridge(session, trial, self.context.clock.now())

    def _day(
        self,
        past: Past,
        trial: str,
        group: Sequence[PastVersion],
        held: list[SnapshotRow],
        newest: int | None,
        last_look: int | None,
        left: int,
    ) -> list[int]:
        """Fetch the versions of one day of submission, in order.

        Return the numbers of those that followed the version of our last poll. Like all that is newer, the next poll
        reports them, as news.
        """
        by_rank = self.by_rank and len(held) == 1
        for position, version in enumerate(group):
            self._rest -= 1
            ours: SnapshotRow | None = None
            if by_rank and held and position == len(group) - 1:
                ours = held.pop()
                self._note(trial, version, ours)
            elif version.number != newest:
                try:
                    document = past.version(trial, version.number)
                except NotKept:
                    self.report.missing.setdefault(trial, []).append(version.number)
                    continue
                self._step(left)
                ours = self._take(trial, version, document, held)
            if ours is not None and ours.version == last_look:
                self._rest -= len(group) - position - 1
                return [it.number for it in group[position + 1 :]]
        return []

    def _note(self, trial: str, version: PastVersion, row: SnapshotRow) -> None:
        with self.context.database.write() as session:
            snapshots.note_registry_version(session, trial, row.version, version.number)
        self.report.already += 1

    def _take(
        self, trial: str, version: PastVersion, document: RawRecord, held: list[SnapshotRow]
    ) -> SnapshotRow | None:
        """Store one version. If we hold it already, note its number there, and return its row."""
        try:
            with one_record("reading", trial):
                reading = self.registry.read_past(document)
                light = self.registry.light_hash(document)
            raw = documents.canonical(document, decoded=True)
        except (RecordError, documents.NotCanonical) as error:
            self._leave_out(trial, version, error)
            return None
        with self.context.database.read() as session:
            twin = next((row for row in held if alike(session, row, reading.record)), None)
        if twin is not None:
            held.remove(twin)
            self._note(trial, version, twin)
            return twin
        sha = documents.digest(raw)
        arrival = Insertion(
            reading,
            sha,
            light,
            VersionSource.BACKFILL,
            self.registry.normalizer,
            number=version.number,
            submitted=version.submitted,
        )
        try:
            with self.context.database.write() as session:
                head = trials.heads(session, [trial])[trial]
                documents.keep(session, [(sha, raw)], {sha: head.raw_sha256})
                insert_version(session, arrival, self.context.clock.now())
        except RecordError as error:
            self._leave_out(trial, version, error)
        else:
            self.report.stored += 1
        return None

    def _leave_out(self, trial: str, version: PastVersion, error: Exception) -> None:
        self.report.failed[trial] = f"version {version.number} of its history cannot be read: {error}"

    def _step(self, left: int) -> None:
        """Report the progress after one request. `left` is the number of trials after this one."""
        self._done += 1
        self.progress(self.doing, self._done, self._done + self._rest + left * (USUAL_VERSIONS + 1))


def _is_news(version: PastVersion, polled: Head | None, rows: Sequence[SnapshotRow]) -> bool:
    """Return whether a version is newer than our last poll. The next poll reports it, as news."""
    if polled is None:
        return False
    last = next((row.registry_version for row in rows if row.version == polled.current_version), None)
    return version.submitted > (polled.submit_date or LAST_DAY) or (last is not None and version.number > last)


def _by_day(versions: Iterable[PastVersion]) -> list[list[PastVersion]]:
    """Group versions by their day of submission, in the order of their numbers."""
    days: dict[str, list[PastVersion]] = {}
    for version in versions:
        days.setdefault(version.submitted, []).append(version)
    return list(days.values())
