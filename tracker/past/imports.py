"""Records and ids from files: saved v2 records and search pages become versions, lists of ids become watches, saved
pages of trials are kept beside the timeline.

Nothing an import finds is ever alerted. A document is kept first and placed after, trial by trial in the order of
time, so that a folder of dated downloads becomes a history and memory does not grow with it. A version that belongs
between two stored ones adds a version and no event: their difference was told already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from sqlmodel import Session

from storage import documents, runs, trials, watches
from tracker.errors import RecordError
from tracker.house import House
from tracker.isolation import one_record
from tracker.past.files import Found, FoundId, FoundPage, Rejected, files_of, found_in
from tracker.past.pages import keep_page
from tracker.past.placing import Arrival, arrive, bridge
from tracker.progress import Progress, silent
from tracker.registries import trialpage
from tracker.registries.ctgov import read
from tracker.registries.ctgov.content import light_hash
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.registries.ids import registry_of

__all__ = ["ImportReport", "import_files"]

_AT_ONCE = 200


@dataclass(slots=True)
class ImportReport:
    """What an import found and did. `rejected`: (where, why); `duplicates`: (where, of what)."""

    files: int = 0
    ids: dict[str, None] = field(default_factory=dict)
    records: int = 0
    pages: int = 0
    stored: int = 0
    already: int = 0
    trials: set[str] = field(default_factory=set)
    page_trials: set[str] = field(default_factory=set)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


_Waiting = tuple[str, str, bytes]
"""Trial, digest and bytes of a document that is about to be kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document in the store that waits for its place. Sorts by time."""

    day: str
    posted: str
    submitted: str
    sha256: str
    source: str


def import_files(
    house: House,
    paths: Sequence[Path],
    *,
    column: str | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Read all files; store what are records; gather what are ids (the caller watches them). `dry_run` only reads."""
    report = ImportReport()
    kept: dict[str, set[_Kept]] = defaultdict(set)
    files = files_of(paths)
    for number, path in enumerate(files, 1):
        _take_file(house, path, column, report, kept, dry_run=dry_run)
        report.files += 1
        progress("Reading files", number, len(files))
    report.trials = set(kept) | report.page_trials
    if not dry_run:
        for number, (trial, items) in enumerate(sorted(kept.items()), 1):
            _place_trial(house, trial, sorted(items, key=_time), report)
            progress("Placing versions", number, len(kept))
        with house.database.write() as session:
            runs.drop_unreferenced_documents(session)
    return report


def _time(item: _Kept) -> tuple[str, str, str, str]:
    return (item.day, item.posted, item.submitted, item.sha256)


def _take_file(
    house: House,
    path: Path,
    column: str | None,
    report: ImportReport,
    kept: dict[str, set[_Kept]],
    *,
    dry_run: bool,
) -> None:
    some: list[_Waiting] = []
    for item in found_in(path, column):
        if isinstance(item, Rejected):
            report.rejected.append((item.source, item.reason))
        elif isinstance(item, Found):
            _take_record(item, report, kept, some)
        elif isinstance(item, FoundPage):
            _take_page(house, item, report, dry_run=dry_run)
        else:
            _take_id(item, report)
        if len(some) >= _AT_ONCE and not dry_run:
            _keep(house, some)
    if some and not dry_run:
        _keep(house, some)


def _take_id(item: FoundId, report: ImportReport) -> None:
    if item.trial in report.ids:
        report.duplicates.append((item.source, item.trial))
    else:
        report.ids[item.trial] = None


def _take_record(item: Found, report: ImportReport, kept: dict[str, set[_Kept]], some: list[_Waiting]) -> None:
    try:
        with one_record("reading"):
            reading = read(item.document)
        raw = documents.canonical(item.document, decoded=True)
    except (RecordError, documents.NotCanonical) as error:
        report.rejected.append((item.source, str(error)))
        return
    sha = documents.digest(raw)
    some.append((reading.record.trial, sha, raw))
    report.records += 1
    day = reading.data_day or reading.posted or reading.submitted
    place = _Kept(day, reading.posted, reading.submitted, sha, item.source)
    mine = kept[reading.record.trial]
    if (twin := next((it for it in mine if (it.day, it.sha256) == (day, sha)), None)) is not None:
        report.duplicates.append((item.source, f"the same as {twin.source}"))
    else:
        mine.add(place)


def _take_page(house: House, item: FoundPage, report: ImportReport, *, dry_run: bool) -> None:
    """A page lies beside the timeline, so it needs no place among the versions: it is kept at once."""
    try:
        with one_record("reading"):
            reading = trialpage.read(item.document)
    except RecordError as error:
        report.rejected.append((item.source, error.message))
        return
    trial = reading.record.trial
    report.pages += 1
    report.page_trials.add(trial)
    if dry_run:
        return
    with house.database.write() as session:
        trials.add(session, [trial], registry_of(trial))
        stored = keep_page(session, item.document, reading, house.clock.now())
    report.stored += stored
    report.already += not stored


def _keep(house: House, some: list[_Waiting]) -> None:
    """Each is much like the one of its trial that came before it, or like what is stored of the trial."""
    with house.database.write() as session:
        heads = trials.heads(session, {trial for trial, _, _ in some})
        latest = {trial: head.raw_sha256 for trial, head in heads.items()}
        bases: dict[str, str] = {}
        for trial, sha, _ in some:
            bases.setdefault(sha, latest.get(trial, ""))
            latest[trial] = sha
        documents.keep(session, [(sha, raw) for _, sha, raw in some], bases)
    some.clear()


def _place_trial(house: House, trial: str, items: Sequence[_Kept], report: ImportReport) -> None:
    """The versions of one trial, in one transaction; where one cannot be placed, each in its own, without that one."""
    done = (report.stored, report.already)
    try:
        with house.database.write() as session:
            _place_all(session, house, trial, items, report)
    except RecordError as error:
        report.stored, report.already = done
        if len(items) == 1:
            report.rejected.append((items[0].source, error.message))
            return
        for item in items:
            _place_trial(house, trial, [item], report)


def _place_all(session: Session, house: House, trial: str, items: Sequence[_Kept], report: ImportReport) -> None:
    trial = watches.resolve(session, trial)
    trials.add(session, [trial], registry_of(trial))
    now = house.clock.now()
    for item in items:
        document = orjson.loads(documents.load(session, item.sha256))
        with one_record("reading", trial):
            reading, light = read(document), light_hash(document)
        arrival = Arrival(reading, item.sha256, light, "import", NORMALIZER, day=item.day)
        trials.add(session, [reading.record.trial], registry_of(reading.record.trial))
        if arrive(session, arrival, now):
            report.stored += 1
        else:
            report.already += 1
    bridge(session, trial, now)
