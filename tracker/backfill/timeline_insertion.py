"""The one way into a timeline for what does not come from a poll: a reading, and the place it is given.

Downloads come in any order and in any number of imports, the registry's own history before or after our polls: the
timeline is the same. What arrives between two versions whose difference was told adds a version and no event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.versions import history, sightings, snapshots, trials
from storage.versions.snapshots import NewStep, NewVersion
from storage.versions.timeline import Laid, SeenKey, laid, seen_key
from tracker.backfill.stored_records import readable_of, record_of
from tracker.changes.detect_changes import detect_changes, wants_past
from tracker.changes.diff import compare
from tracker.changes.effective_date import Dated, date_of
from tracker.changes.explain import Event, cannot_be_told, first_seen
from tracker.changes.version import Version
from tracker.errors import UnreadableVersion
from tracker.isolation import one_record
from tracker.recording.row_mapping import event_rows, version_row
from tracker.records.dates import earliest
from tracker.records.trial import TrialRecord
from tracker.registries.registry import Reading

__all__ = ["Insertion", "alike", "bridge", "insert_version"]


@dataclass(frozen=True, slots=True)
class Insertion:
    """A reading whose document is kept already.

    `day`: of the data it was seen in, "" for a version of the registry's history, which nobody saw; `number` is that
    version's, `submitted` the day the registry lists it under.
    """

    reading: Reading
    sha256: str
    light_hash: str
    source: str
    normalizer: int
    day: str = ""
    number: int | None = None
    submitted: str = ""


def insert_version(session: Session, arrival: Insertion, now: datetime) -> bool:
    """Give an arrival its place. False when the timeline says this already. The trial must have its row."""
    snapshots.take_turn(session)
    trial = arrival.reading.record.trial
    found = laid(session, trial)
    at = _position(found, arrival) if arrival.day else None
    parted = _covering(found[at], arrival) if at is not None else None
    twin = _twin(session, found, at, arrival) if arrival.day else None
    if twin is not None:
        sightings.see(session, trial, twin.row.version, arrival.day)
        snapshots.make_current(session, trial)
        return False
    before = found[at] if at is not None else None
    number = _store(session, _row(arrival, _dated(arrival, before), now))
    if parted is not None:
        _part(session, parted, arrival.day, now)
    else:
        _tell(session, trial, number, now)
    return True


def alike(session: Session, version: SnapshotRow, record: TrialRecord) -> bool:
    """Whether a stored version says what `record` says, as far as both their sources can tell.

    One that cannot be read says nothing that could be compared.
    """
    for _, stored in readable_of(session, [version], []):
        with one_record("comparing", version.trial):
            return not compare(stored.document(), record.document())
    return False


def bridge(session: Session, trial: str, now: datetime) -> None:
    """Tell what lies between the version that was first seen and the past that has come before it since."""
    snapshots.take_turn(session)
    found = laid(session, trial)
    first, compared = history.told_versions(session, trial)
    numbers = [item.row.version for item in found]
    if first not in numbers[1:] or first in compared:
        return
    at = numbers.index(first)
    _tell_between(session, found, at, now)


def _position(found: Sequence[Laid], arrival: Insertion) -> int | None:
    """Where in `found` the version stands that comes before something seen on that day; None: before all."""
    submitted = arrival.reading.submitted
    mine = seen_key(arrival.day, submitted, None, arrival.sha256)
    earlier = [at for at, item in enumerate(found) if _is_earlier(item, mine, submitted)]
    return earlier[-1] if earlier else None


def _is_earlier(item: Laid, mine: SeenKey, submitted: str) -> bool:
    if item.first_day:
        return seen_key(item.first_day, item.row.submit_date, item.row) <= mine
    if item.row.submit_date and submitted:
        return item.row.submit_date <= submitted
    return item.effective <= mine[0]


def _covering(item: Laid, arrival: Insertion) -> Laid | None:
    """The version, if it was seen before that day and on it or after: then it comes again after the arrival."""
    return item if item.first_day and item.first_day < arrival.day <= item.last_day else None


def _twin(session: Session, found: Sequence[Laid], at: int | None, arrival: Insertion) -> Laid | None:
    """The version beside its place that says the same."""
    if at is not None and _same(session, found[at], arrival):
        return found[at]
    if at is not None and _covering(found[at], arrival) is not None:
        return None
    following = 0 if at is None else at + 1
    if following < len(found) and _same(session, found[following], arrival):
        return found[following]
    return None


def _same(session: Session, item: Laid, arrival: Insertion) -> bool:
    row, reading = item.row, arrival.reading
    if row.content_hash == reading.content_hash:
        return True
    of_history = row.source == "backfill" and bool(row.submit_date) and row.submit_date == reading.submitted
    return of_history and alike(session, row, reading.record)


def _dated(arrival: Insertion, before: Laid | None) -> Dated:
    reading = arrival.reading
    if not arrival.day:
        submitted = reading.submitted or arrival.submitted
        return Dated(reading.posted, "posted") if reading.posted else Dated(submitted, "submitted")
    before_posted: str | None = None
    if before is not None and not reading.submitted > before.row.submit_date > "":
        # Of one submission only the first has the post date.
        same = reading.submitted and reading.submitted == before.row.submit_date
        before_posted = reading.posted if same else before.effective
    return date_of(posted=reading.posted, data_day=arrival.day, before_posted=before_posted)


def _row(arrival: Insertion, dated: Dated, now: datetime) -> NewVersion:
    return version_row(
        arrival.reading,
        dated,
        raw_sha256=arrival.sha256,
        light_hash=arrival.light_hash,
        observed_at=now,
        source=arrival.source,
        run=None,
        normalizer=arrival.normalizer,
        seen_day=arrival.day or None,
        registry_version=arrival.number,
    )


def _store(session: Session, version: NewVersion) -> int:
    """Commit a version; what is last in time is current after it. Returns its number."""
    head = trials.heads(session, [version.trial])[version.trial]
    [done] = snapshots.commit(session, [NewStep(version, (), head.current_version)])
    assert done.version is not None, "the turn was taken, so the head cannot have moved"
    hashes = {done.version: version.light_hash}
    if head.current_version is not None:
        hashes[head.current_version] = head.light_hash
    snapshots.make_current(session, version.trial, hashes)
    return done.version


def _part(session: Session, item: Laid, day: str, now: datetime) -> None:
    """A version that was seen before and after something else stands twice in the timeline."""
    row = item.row
    again = NewVersion(
        trial=row.trial,
        raw_sha256=row.raw_sha256,
        content_hash=row.content_hash,
        light_hash="",
        effective=sightings.later_day(session, row.trial, row.version, day),
        effective_basis="data",
        submit_date=row.submit_date,
        registry_version=None,
        observed_at=now,
        source=row.source,
        run=row.run,
        normalizer=row.normalizer,
        title=row.title,
        status=row.status,
        enrollment_count=row.enrollment_count,
        enrollment_type=row.enrollment_type,
        results=row.results,
    )
    number = _store(session, again)
    sightings.part(session, row.trial, row.version, day, number)
    snapshots.make_current(session, row.trial)


def _tell(session: Session, trial: str, number: int, now: datetime) -> None:
    found = laid(session, trial)
    at = next(at for at, item in enumerate(found) if item.row.version == number)
    if len(found) == 1:
        record = record_of(session, found[0].row)
        with one_record("telling", record.trial):
            events = (first_seen(record),)
        _enter(session, events, None, found[0], now)
    elif at and (at + 1 == len(found) or found[at + 1].row.version not in history.told_versions(session, trial)[1]):
        _tell_between(session, found, at, now)


def _tell_between(session: Session, found: Sequence[Laid], at: int, now: datetime) -> None:
    """Tell what lies between the version at `at` and the one before it in the timeline."""
    before, after = found[at - 1], found[at]
    left_out: list[UnreadableVersion] = []
    records = [record for _, record in readable_of(session, [before.row, after.row], left_out)]
    if left_out:
        _enter(session, (cannot_be_told(left_out[0].version),), before, after, now)
        return
    with one_record("comparing", after.row.trial):
        events = detect_changes(records[0], records[1], _day_of(after))
    if wants_past(events):
        past = _past(session, found[:at])
        with one_record("comparing", after.row.trial):
            events = detect_changes(records[0], records[1], _day_of(after), past)
    _enter(session, events, before, after, now)


def _past(session: Session, found: Sequence[Laid]) -> list[Version]:
    """Those versions that can be read."""
    days = {item.row.version: _day_of(item) for item in found}
    readable = readable_of(session, [item.row for item in found], [])
    return [Version(days[version.version], record) for version, record in readable]


def _day_of(item: Laid) -> date:
    return earliest(item.effective) or item.row.observed_at.date()


def _enter(session: Session, events: Sequence[Event], before: Laid | None, after: Laid, now: datetime) -> None:
    """Write down events between two versions, as of the past: nobody is alerted."""
    if not events:
        return
    head = trials.heads(session, [after.row.trial])[after.row.trial]
    rows = event_rows(
        events,
        trial=after.row.trial,
        effective=after.effective,
        observed_at=now,
        run=None,
        from_content=before.row.content_hash if before else "",
        to_content=after.row.content_hash,
        from_version=before.row.version if before else None,
        to_version=after.row.version,
        backfilled=True,
    )
    snapshots.commit(session, [NewStep(None, rows, head.current_version)])
