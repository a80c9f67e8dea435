"""The past of a trial, from the registry's own history: each version it has and we have not, one request each.

What is stored says how far it has come: a version is here when its number is, or when we hold as many versions of its
day of submission as the registry lists. So it may be stopped anywhere and begun again. Nothing of it is alerted, and
nothing that goes wrong with it hinders a watch: the history is an endpoint that nobody promises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.documents import documents
from storage.tables.models import SnapshotRow
from storage.versions import history, snapshots, trials
from storage.watching import watches
from tracker.backfill.insert_version import alike, bridge, insert_version
from tracker.backfill.timeline_insertion import Insertion
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import Blocked, NotBefore, RecordError, RegistryError
from tracker.isolation import one_record
from tracker.registries.ids import by_registry
from tracker.registries.listed import FIRST
from tracker.registries.registry import NotKept, Past, PastVersion, Registry

__all__ = ["USUAL_VERSIONS", "Backfill", "PastReport"]

USUAL_VERSIONS = 8
"""How many versions a trial has, for an estimate before anything is known."""
LAST_DAY = "9999-12-31"
_MOST_FAILURES = 3
"""So many trials in a row whose history cannot be had, and the endpoint is not there for the others either."""


@dataclass(slots=True)
class PastReport:
    """What came of fetching the past. `failed`: trial -> why. `stopped`: why the rest was not asked for, "" if it was.

    `left`: trials that were not come to, or not to their end. `refused`: the registry gives its history to no program
    like this one, so asking again is pointless.
    `missing`: trial -> numbers that a collection lacks. `newer`: trial -> numbers that the next poll brings.
    """

    stored: int = 0
    already: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    left: list[str] = field(default_factory=list)
    refused: bool = False
    missing: dict[str, list[int]] = field(default_factory=dict)
    newer: dict[str, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Backfill:
    """Fetches the past of trials that have a row in the store. `report` is true at any moment, also after Ctrl-C.

    Trials of other registries, and of one that keeps no history, are passed over. `past`: where the versions come from,
    None for the registry itself. `by_rank`: whether it lists all versions of a day, so that those we hold are matched
    by their order. Otherwise they are matched by what they say.
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

    def before_first_look(self, names: Sequence[str]) -> None:
        """All but the newest version of trials not looked at yet: that one is the look's own, and says more."""
        self._all(names, newest_too=False)

    def after_look(self, names: Sequence[str]) -> None:
        """What is still missing of trials that have been looked at; most often only a number to note."""
        with self.context.database.read() as session:
            current = dict.fromkeys(watches.resolve(session, trial) for trial in names)
            heads = trials.heads(session, current)
        fetched = [trial for trial in current if trial in heads and heads[trial].mark is not None]
        self._all(fetched, newest_too=True)

    def whole(self, names: Sequence[str]) -> None:
        """Every version of trials that nobody is going to look at."""
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
            else:
                self._failures = 0
            self.report.left.remove(trial)
            if self._failures >= _MOST_FAILURES:
                self.report.stopped = self.report.failed[trial]
                return

    def _one(self, past: Past, trial: str, *, newest_too: bool, left: int) -> None:
        """One trial, oldest version first. Each version is written down as it comes."""
        if trial not in self._lists:
            self._lists[trial] = past.versions(trial)
            self._step(left)
        listed = self._lists[trial]
        with self.context.database.read() as session:
            rows = history.timeline(session, trial)
            head = trials.heads(session, [trial]).get(trial)
        newest = listed[-1].number if not newest_too and (head is None or head.mark is None) else None
        # What is newer than our last look at a trial is the next look's to tell, as news.
        until = head.submit_date if head is not None and head.mark is not None and head.submit_date else LAST_DAY
        known = {row.registry_version for row in rows}
        missing = [version for version in listed if version.number not in known and version.submitted <= until]
        if newer := [version.number for version in listed if version.submitted > until]:
            self.report.newer[trial] = newer
        self._rest = len(missing)
        for group in _by_day(missing):
            held = [row for row in rows if row.registry_version is None and row.submit_date == group[0].submitted]
            self._day(past, trial, group, held, newest, left)
        with self.context.database.write() as session:
            bridge(session, trial, self.context.clock.now())

    def _day(
        self,
        past: Past,
        trial: str,
        group: Sequence[PastVersion],
        held: list[SnapshotRow],
        newest: int | None,
        left: int,
    ) -> None:
        """The versions of one day of submission, in their order. Those we hold are matched by their rank."""
        for position, version in enumerate(group):
            self._rest -= 1
            if self.by_rank and len(group) - position <= len(held):
                self._note(trial, version, held.pop(0))
            elif version.number != newest:
                try:
                    document = past.version(trial, version.number)
                except NotKept:
                    self.report.missing.setdefault(trial, []).append(version.number)
                    continue
                self._step(left)
                self._take(trial, version, document, held)

    def _note(self, trial: str, version: PastVersion, row: SnapshotRow) -> None:
        with self.context.database.write() as session:
            snapshots.note_registry_version(session, trial, row.version, version.number)
        self.report.already += 1

    def _take(self, trial: str, version: PastVersion, document: dict[str, Any], held: list[SnapshotRow]) -> None:
        """Write down one version, unless it is one of those we hold."""
        try:
            with one_record("reading", trial):
                reading = self.registry.read_past(document)
                light = self.registry.light_hash(document)
            raw = documents.canonical(document, decoded=True)
        except (RecordError, documents.NotCanonical) as error:
            self._leave_out(trial, version, error)
            return
        with self.context.database.read() as session:
            twin = next((row for row in held if alike(session, row, reading.record)), None)
        if twin is not None:
            held.remove(twin)
            self._note(trial, version, twin)
            return
        sha = documents.digest(raw)
        arrival = Insertion(
            reading,
            sha,
            light,
            "backfill",
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

    def _leave_out(self, trial: str, version: PastVersion, error: Exception) -> None:
        self.report.failed[trial] = f"version {version.number} of its history cannot be read: {error}"

    def _step(self, left: int) -> None:
        """One request is done; so many trials are left after this one."""
        self._done += 1
        self.progress(self.doing, self._done, self._done + self._rest + left * (USUAL_VERSIONS + 1))


def _by_day(versions: Iterable[PastVersion]) -> list[list[PastVersion]]:
    """Versions by the day they were submitted, in the order of their numbers."""
    days: dict[str, list[PastVersion]] = {}
    for version in versions:
        days.setdefault(version.submitted, []).append(version)
    return list(days.values())
