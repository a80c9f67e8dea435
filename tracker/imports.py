"""Records and ids from files: saved v2 records and search pages become versions, lists of ids become watches.

Nothing an import finds is ever alerted. A document is kept first and placed after, trial by trial in the order of
time, so that a folder of dated downloads becomes a history and memory does not grow with it. A version that belongs
between two stored ones adds a version and no event: their difference was told already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from storage import documents, history, runs, snapshots, trials, watches
from storage.models import Snapshot
from storage.snapshots import Step
from tracker.changes.dating import date_of
from tracker.changes.events import Event, explain, first_seen
from tracker.errors import RecordError
from tracker.house import House
from tracker.import_files import Found, Rejected, files_of, found_in
from tracker.past import record_of
from tracker.progress import Progress, silent
from tracker.registries.base import Reading
from tracker.registries.ctgov import read
from tracker.registries.ctgov.content import light_hash
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.rows import event_row, version_row

__all__ = ["ImportReport", "import_files"]

_AT_ONCE = 200


@dataclass(slots=True)
class ImportReport:
    """What an import found and did. `rejected`: (where, why)."""

    files: int = 0
    ids: list[str] = field(default_factory=list)
    records: int = 0
    stored: int = 0
    already: int = 0
    trials: set[str] = field(default_factory=set)
    rejected: list[tuple[str, str]] = field(default_factory=list)


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
    report.ids = list(dict.fromkeys(report.ids))
    report.trials = set(kept)
    if not dry_run:
        for number, (trial, items) in enumerate(sorted(kept.items()), 1):
            with house.database.write() as session:
                _place_all(session, house, trial, sorted(items, key=_time), report)
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
    some: list[tuple[str, bytes]] = []
    for item in found_in(path, column):
        if isinstance(item, Rejected):
            report.rejected.append((item.source, item.reason))
        elif isinstance(item, Found):
            _take_record(item, report, kept, some)
        else:
            report.ids.append(item)
        if len(some) >= _AT_ONCE and not dry_run:
            _keep(house, some)
    if some and not dry_run:
        _keep(house, some)


def _take_record(item: Found, report: ImportReport, kept: dict[str, set[_Kept]], some: list[tuple[str, bytes]]) -> None:
    try:
        reading = read(item.document)
        raw = documents.canonical(item.document, decoded=True)
    except (RecordError, documents.NotCanonical) as error:
        report.rejected.append((item.source, str(error)))
        return
    sha = documents.digest(raw)
    some.append((sha, raw))
    report.records += 1
    day = reading.data_day or reading.posted
    kept[reading.record.trial].add(_Kept(day, reading.posted, reading.submitted, sha, item.source))


def _keep(house: House, some: list[tuple[str, bytes]]) -> None:
    with house.database.write() as session:
        documents.keep(session, some)
    some.clear()


def _place_all(session: Session, house: House, trial: str, items: Sequence[_Kept], report: ImportReport) -> None:
    trial = watches.resolve(session, trial)
    trials.add(session, [trial], "ctgov")
    for item in items:
        document = orjson.loads(documents.load(session, item.sha256))
        if _place(session, house, document, read(document), item):
            report.stored += 1
        else:
            report.already += 1


def _place(session: Session, house: House, document: dict[str, Any], reading: Reading, item: _Kept) -> bool:
    """Give one document its place in the timeline. False when its content is there already."""
    trial = reading.record.trial
    versions = history.timeline(session, trial)
    before = next((version for version in reversed(versions) if version.effective <= item.day), None)
    after = versions[versions.index(before) + 1] if before in versions[:-1] else (None if before else _first(versions))
    if _is_here(reading, before, after, versions):
        return False
    earlier = record_of(session, before) if before else None
    posted = earlier.dates.last_update_posted if earlier else None
    before_posted = None if earlier is None else (posted.date if posted else "")
    dated = date_of(posted=reading.posted, data_day=item.day, before_posted=before_posted)
    events: tuple[Event, ...] = ()
    if not versions:
        events = (first_seen(reading.record),)
    elif after is None and earlier is not None:
        events = explain(earlier, reading.record)
    head = trials.heads(session, [trial])[trial]
    now = house.clock.now()
    version = version_row(
        reading,
        dated,
        raw_sha256=item.sha256,
        light_hash=light_hash(document),
        observed_at=now,
        source="import",
        run=None,
        normalizer=NORMALIZER,
        seen_day=item.day or None,
    )
    rows = tuple(
        event_row(
            event,
            trial=trial,
            effective=dated.effective,
            observed_at=now,
            run=None,
            from_content=head.content_hash,
            to_content=reading.content_hash,
            from_version=head.current_version,
            backfilled=True,
        )
        for event in events
    )
    snapshots.commit(session, [Step(version, rows, head.current_version)])
    return True


def _first(versions: Sequence[Snapshot]) -> Snapshot | None:
    return versions[0] if versions else None


def _is_here(reading: Reading, before: Snapshot | None, after: Snapshot | None, versions: Sequence[Snapshot]) -> bool:
    """Whether the timeline says this already: beside its place, or as a version of the very same submission."""
    near = {version.content_hash for version in (before, after) if version is not None}
    same = {version.content_hash for version in versions if version.submit_date == reading.submitted}
    return reading.content_hash in near | same
