"""Import records and ids from files.

Saved v2 records, search pages and histories become versions. Lists of ids become watches. Saved pages of trials are
kept beside the timeline.

An import never sends an alert. It first keeps the documents, and then inserts them trial by trial in the order of time.
So a folder of dated downloads becomes a history, and memory does not grow with it. A version between two stored ones
adds a version and no event, because their difference was reported already. Many files and trials share a transaction,
because each has to wait for the disk.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
from sqlmodel import Session

from storage.documents import documents
from storage.documents.read_documents import load
from storage.polling import runs
from storage.polling.locks import import_lock, no_import
from storage.reads.in_session import SessionReader
from storage.values.states import VersionSource
from storage.versions import trials
from storage.watching import watches
from tracker.backfill.files import history_files
from tracker.backfill.files.collected_history import CollectedHistory, place_history
from tracker.backfill.files.file_items import (
    FileRemark,
    FoundId,
    FoundItem,
    FoundList,
    FoundPage,
    FoundRecord,
    FoundVersion,
    UnusableItem,
    words_for,
)
from tracker.backfill.files.file_reader import files_of, found_in, left_out_of
from tracker.backfill.files.kept_pages import keep_page
from tracker.backfill.files.streams import name_of
from tracker.backfill.insert_version import bridge, insert_first_versions, insert_version, without_versions
from tracker.backfill.record_day import record_day
from tracker.backfill.timeline_insertion import Insertion
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError, Unplaceable
from tracker.isolation import one_record
from tracker.registries import trialpage
from tracker.registries.ids import registry_of
from tracker.registries.page.page_errors import LayoutChanged
from tracker.registries.registry import Reading

__all__ = ["ImportReport", "import_files"]

_AT_ONCE = 200
"""Documents kept in one transaction."""
_BYTES_AT_ONCE = 16_000_000
"""Fewer of them, if they have more bytes than this together."""
_PLACED_AT_ONCE = 100
"""Versions placed in one transaction. Other writers wait for it, so it must not take more than a second."""
NO_DAY = "version {} says no day on which it was submitted; put the list of versions (.../history) beside it"


@dataclass(slots=True)
class ImportReport:
    """What an import found and did.

    `rejected` holds (where, why), `duplicates` (where, of what), `remarks` (where, what to know), and `contents` (file,
    what it holds). `versions` and `lists` are of the registry's history. For `missing`, `gaps` and `newer` see
    `tracker.backfill.files.collected_history.PlacedHistory`.
    """

    files: int = 0
    ids: dict[str, None] = field(default_factory=dict)
    records: int = 0
    pages: int = 0
    versions: int = 0
    lists: int = 0
    stored: int = 0
    already: int = 0
    trials: set[str] = field(default_factory=set)
    page_trials: set[str] = field(default_factory=set)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    missing: dict[str, tuple[int, ...]] = field(default_factory=dict)
    gaps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    newer: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Return whether there was anything to import."""
        return bool(self.ids or self.records or self.pages or self.versions or self.lists)


_Waiting = tuple[str, str, bytes]
"""Trial, digest and bytes of a document that is about to be kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document in the store that waits for its place. Sorts by time. `day_unknown`: `day` is a guess."""

    day: str
    posted: str
    submitted: str
    sha256: str
    source: str
    day_unknown: bool = False


_Life = dict[str, list[_Kept]]
"""The documents of trials, each in the order of time."""


def import_files(
    context: Context,
    paths: Sequence[Path],
    *,
    column: str | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Read all files, store the records, and collect the ids (the caller watches them). `dry_run` only reads."""
    report = ImportReport()
    work = _Work(context, column, dry_run, report, CollectedHistory(context, history_files.REGISTRY))
    if dry_run:
        work.take_all(paths, progress)
        return report
    # Until the end, no version needs the documents that were kept. Another process must not delete them.
    with import_lock(context.database):
        work.take_all(paths, progress)
        _place_all(context, work.kept, report, progress)
        _place_history(work.past, report, progress)
    with no_import(context.database) as is_alone, context.database.write() as session:
        if is_alone:
            runs.drop_unreferenced_documents(session)
    return report


def _place_all(context: Context, kept: Mapping[str, Iterable[_Kept]], report: ImportReport, progress: Progress) -> None:
    placed = 0
    for some in _together(kept):
        _place(context, some, report)
        placed += len(some)
        progress("Placing versions", placed, len(kept))


def _place_history(past: CollectedHistory, report: ImportReport, progress: Progress) -> None:
    if past.trials:
        placed = place_history(past, progress)
        report.stored += placed.stored
        report.already += placed.already
        report.rejected += placed.failed.items()
        report.missing, report.gaps, report.newer = placed.missing, placed.gaps, placed.left


def _together(kept: Mapping[str, Iterable[_Kept]]) -> Iterator[_Life]:
    """Yield the documents of all trials in the order of time, several trials at a time."""
    some: _Life = {}
    for trial, items in sorted(kept.items()):
        some[trial] = sorted(items, key=_time)
        if sum(map(len, some.values())) >= _PLACED_AT_ONCE:
            yield some
            some = {}
    if some:
        yield some


def _time(item: _Kept) -> tuple[bool, str, str, str, str]:
    # What says no day comes last: it has a place only where nothing else is.
    return (item.day_unknown, item.day, item.posted, item.submitted, item.sha256)


@dataclass(slots=True)
class _Work:
    """An import in progress: what was found, and the stored documents that wait for their place."""

    context: Context
    column: str | None
    dry_run: bool
    report: ImportReport
    past: CollectedHistory
    kept: dict[str, set[_Kept]] = field(default_factory=lambda: defaultdict(set))
    some: list[_Waiting] = field(default_factory=list)
    some_bytes: int = 0
    beside: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    nameless: list[tuple[Path, FoundList]] = field(default_factory=list)

    def take_all(self, paths: Sequence[Path], progress: Progress) -> None:
        """Read all files. Keep their documents, unless this is a dry run."""
        files = files_of(paths)
        for number, path in enumerate(files, 1):
            self.take_file(path)
            self.report.files += 1
            progress("Reading files", number, len(files))
        for remark in left_out_of(paths):
            self.take(remark)
        self.take_nameless()
        self.keep()
        self.report.trials = {*self.kept, *self.report.page_trials, *self.past.trials}
        self.report.rejected += [(source, NO_DAY.format(number)) for source, number in self.past.without_day()]

    def take_file(self, path: Path) -> None:
        kinds: Counter[type] = Counter()
        for item in found_in(path, self.column):
            kinds[type(item)] += 1
            if isinstance(item, FoundList) and not item.trial:
                self.nameless.append((path.parent, item))
            elif isinstance(item, FoundVersion):
                self.take_version(item, path.parent)
            else:
                self.take(item)
            if len(self.some) >= _AT_ONCE or self.some_bytes >= _BYTES_AT_ONCE:
                self.keep()
        words = ", ".join(filter(None, (words_for(kind, number) for kind, number in kinds.items())))
        self.report.contents.append((name_of(path), words or "nothing to import"))

    def take(self, item: FoundItem) -> None:
        match item:
            case UnusableItem():
                self.report.rejected.append((item.source, item.reason))
            case FileRemark():
                self.report.remarks.append((item.source, item.sentence))
            case FoundRecord():
                self.take_record(item)
            case FoundList():
                self.report.lists += 1
                self.past.add_list(item)
            case FoundPage():
                _take_page(self.context, item, self.report, dry_run=self.dry_run)
            case FoundId():
                self.take_id(item)

    def take_id(self, item: FoundId) -> None:
        if item.trial in self.report.ids:
            self.report.duplicates.append((item.source, item.trial))
        else:
            self.report.ids[item.trial] = None

    def take_record(self, item: FoundRecord) -> None:
        understood = self.understood(item, self.context.registries[item.registry].read)
        if understood is None:
            return
        reading, sha = understood
        try:
            day, is_guess = record_day(reading, item.day, self.context.clock.now())
        except Unplaceable as error:
            self.report.rejected.append((item.source, error.message))
            return
        self.report.records += 1
        place = _Kept(day, reading.posted, reading.submitted, sha, item.source, is_guess)
        mine = self.kept[reading.record.trial]
        if (twin := next((it for it in mine if (it.day, it.sha256) == (day, sha)), None)) is not None:
            self.report.duplicates.append((item.source, f"the same as {twin.source}"))
        else:
            mine.add(place)

    def take_nameless(self) -> None:
        """Assign lists without a trial. Such a list belongs to the versions beside it, if they are all of one trial."""
        for folder, item in self.nameless:
            trials = self.beside[folder]
            if len(trials) == 1:
                self.take(replace(item, trial=next(iter(trials))))
            else:
                self.report.rejected.append((item.source, history_files.NAMELESS))

    def take_version(self, item: FoundVersion, folder: Path) -> None:
        understood = self.understood(item, self.context.registries[self.past.registry].read_past)
        if understood is None:
            return
        reading, sha = understood
        trial = reading.record.trial
        self.report.versions += 1
        self.beside[folder].add(trial)
        other = self.past.add(trial, item, sha, reading.submitted)
        if other and self.past.same(trial, item.number, sha):
            self.report.duplicates.append((item.source, f"the same as {other}"))
        elif other:
            why = f"version {item.number} of {trial} is another one in {other}; keep the right file and import again"
            self.report.rejected.append((item.source, why))

    def understood(
        self, item: FoundRecord | FoundVersion, reader: Callable[..., Reading]
    ) -> tuple[Reading, str] | None:
        """Return the reading of a document and its digest, and queue the document. None if it was rejected."""
        try:
            with one_record("reading"):
                reading = reader(item.document)
            raw = documents.canonical(item.document, decoded=True)
        except (RecordError, documents.NotCanonical) as error:
            self.report.rejected.append((item.source, str(error)))
            return None
        sha = documents.digest(raw)
        if not self.dry_run:
            self.some.append((reading.record.trial, sha, raw))
            self.some_bytes += len(raw)
        return reading, sha

    def keep(self) -> None:
        if self.some:
            _keep(self.context, self.some)
        self.some.clear()
        self.some_bytes = 0


def _take_page(context: Context, item: FoundPage, report: ImportReport, *, dry_run: bool) -> None:
    """Keep a page at once. It lies beside the timeline, so it needs no place among the versions."""
    try:
        with one_record("reading"):
            reading = trialpage.read(item.document)
    except LayoutChanged as error:
        way = "a registry's own page is not imported; its record comes by the trial's number: trialwatch watch ID"
        report.rejected.append((item.source, f"{error.message}; {way}"))
        return
    except RecordError as error:
        report.rejected.append((item.source, error.message))
        return
    trial = reading.record.trial
    report.pages += 1
    report.page_trials.add(trial)
    if dry_run:
        return
    with context.database.write() as session:
        trials.add(session, [trial], registry_of(trial))
        stored = keep_page(session, item.document, reading, context.clock.now())
    report.stored += stored
    report.already += not stored


def _keep(context: Context, some: list[_Waiting]) -> None:
    """Keep documents. Each is similar to the one before it of the same trial, or to what is stored of the trial."""
    with context.database.write() as session:
        heads = trials.heads(session, {trial for trial, _, _ in some})
        latest = {trial: head.raw_sha256 for trial, head in heads.items()}
        bases: dict[str, str] = {}
        for trial, sha, _ in some:
            bases.setdefault(sha, latest.get(trial, ""))
            latest[trial] = sha
        documents.keep(session, [(sha, raw) for _, sha, raw in some], bases)


def _place(context: Context, some: _Life, report: ImportReport) -> None:
    """Insert the versions of several trials in one transaction. If one fails, insert each part in its own."""
    done = (report.stored, report.already)
    try:
        with context.database.write() as session:
            _place_trials(session, context, some, report)
    except RecordError as error:
        report.stored, report.already = done
        parts = _parts(some)
        for part in parts:
            _place(context, part, report)
        if not parts:
            [[item]] = some.values()
            report.rejected.append((item.source, error.message))


def _parts(some: _Life) -> list[_Life]:
    """Return each of several trials, or each of several versions of one. Nothing for a single version."""
    if len(some) > 1:
        return [{trial: items} for trial, items in some.items()]
    [(trial, items)] = some.items()
    return [{trial: [item]} for item in items] if len(items) > 1 else []


def _place_trials(session: Session, context: Context, some: _Life, report: ImportReport) -> None:
    """Insert the first versions of trials that have none together, and the others one by one."""
    now = context.clock.now()
    fresh = without_versions(session, some)
    for name in sorted(set(map(registry_of, fresh))):
        trials.add(session, [trial for trial in fresh if registry_of(trial) == name], name)
    insert_first_versions(session, [_arrival(session, context, trial, some[trial][0]) for trial in fresh], now)
    report.stored += len(fresh)
    for trial, items in some.items():
        rest = items[1:] if trial in fresh else items
        for item in rest:
            if insert_version(session, _arrival(session, context, trial, item), now):
                report.stored += 1
            else:
                report.already += 1
        if rest:
            bridge(session, watches.resolve(session, trial), now)


def _arrival(session: Session, context: Context, trial: str, item: _Kept) -> Insertion:
    registry = context.registries[registry_of(trial)]
    document = orjson.loads(load(SessionReader(session), item.sha256))
    with one_record("reading", trial):
        reading, light = registry.read(document), registry.light_hash(document)
    source, normalizer = VersionSource.IMPORT, registry.normalizer
    return Insertion(reading, item.sha256, light, source, normalizer, item.day, item.day_unknown)
