"""Compare one raw document with the version before it, and decide what to store and report. Pure.

It takes frozen values and returns frozen values. `commit` does the writing. If there is nothing to report, the
decision says why.

Today's normalizer reads both the old and the new document, so a change in our code never looks like a change in the
trial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from storage.values.severity import Severity
from storage.values.states import VersionSource
from storage.values.trial_head import Head
from storage.values.write_models import NewEvent, NewStep
from tracker.changes.detect_changes import NOT_READ, detect_changes, wants_past
from tracker.changes.effective_date import Dated, date_of
from tracker.changes.explain import Event, first_seen, trial_event, unreadable_since
from tracker.changes.fields import ADMIN
from tracker.changes.reported.compare import ReportedSides, wants_reported
from tracker.changes.version import Version
from tracker.changes.wording.values import field_words
from tracker.changes.wording.words import listed
from tracker.errors import ReaderFault, RecordError, Unreadable
from tracker.isolation import one_record
from tracker.polling.planning.timestamps import day_of_data
from tracker.polling.run.run_kinds import Quiet, RefusalKind
from tracker.recording.new_rows import event_row, event_rows, version_row
from tracker.recording.reported_sides import reported_sides
from tracker.records.dates import earliest
from tracker.records.json_objects import RawRecord
from tracker.records.linked_ids import numbers_of
from tracker.records.results.reported import Reported
from tracker.records.trial import TrialRecord
from tracker.registries.registry import Reading

__all__ = [
    "Confirmed",
    "Decision",
    "Fetched",
    "RecordReader",
    "Rejection",
    "decide",
    "lone_event",
    "trial_came_back",
]


class RecordReader(Protocol):
    """How a registry's documents are read: the pure half of `Registry`."""

    @property
    def normalizer(self) -> int: ...
    def read(self, document: RawRecord) -> Reading: ...
    def read_stored(self, document: RawRecord) -> Reading: ...
    def parts(self, document: RawRecord) -> Mapping[str, str]: ...
    def reported(self, document: RawRecord) -> Reported | None: ...
    def lost(self, before: RawRecord, after: RawRecord, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """One document as it was fetched."""

    #: The decoded raw document.
    document: RawRecord
    #: The decoded raw document of the current version. None if there is none.
    previous: RawRecord | None
    raw_sha256: str
    light_hash: str
    url: str
    #: All versions up to the current one, in timeline order. Given only if a decision without them set `wants_past`.
    past: Sequence[Version] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a document is refused, and where in it."""

    kind: RefusalKind
    path: str
    reason: str
    #: Set when our own code failed on the document.
    fault: ReaderFault | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What newer data have confirmed, so that it is now believed."""

    #: The record really went back to an older state.
    older: bool = False
    #: The record really lost fields it had.
    shrunk: bool = False
    #: Fields vanished in the whole registry, so that is no news about one trial.
    vanished: bool = False


EARLIEST_BELIEVABLE_YEAR = "1999"
_PATH_OF_AGE = "dates.last_update"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one document. If `step` and `refusal` are both None, nothing changed."""

    step: NewStep | None = None
    refusal: Rejection | None = None
    #: Why no event is told. None if there is one, or if the document could not be read. A doubt has a refusal too.
    quiet: Quiet | None = None
    #: This is the first poll of the trial.
    first: bool = False
    #: A new version takes the place of an earlier one.
    changed: bool = False
    #: Codes and fields of the registry that we do not know and that the version before did not have.
    new_words: tuple[str, ...] = ()
    #: The trial's ids in other registers, by the new version.
    numbers: tuple[str, ...] = ()
    #: The decision needs the versions of the past: decide again with `Fetched.past`.
    wants_past: bool = False


def decide(
    registry: RecordReader,
    fetched: Fetched,
    head: Head,
    *,
    trial: str,
    day: str,
    now: datetime,
    run: int,
    confirmed: Confirmed = Confirmed(),
) -> Decision:
    """Decide on one document.

    `day` is the day of the registry's data, used if the document names none. `now` is when the run began.
    Any error in reading or comparing this record becomes its refusal.
    """
    try:
        with one_record("comparing", trial):
            return _decided(registry, fetched, head, trial=trial, day=day, now=now, run=run, confirmed=confirmed)
    except RecordError as error:
        fault = error if isinstance(error, ReaderFault) else None
        kind = RefusalKind.UNREADABLE if fault is None else RefusalKind.FAULT
        return Decision(refusal=Rejection(kind, getattr(error, "path", ""), error.message, fault))


def _decided(
    registry: RecordReader,
    fetched: Fetched,
    head: Head,
    *,
    trial: str,
    day: str,
    now: datetime,
    run: int,
    confirmed: Confirmed,
) -> Decision:
    """Decide on a document. Raise RecordError if it cannot be read."""
    with one_record("reading", trial):
        reading = registry.read(fetched.document)
    if reading.record.trial != trial:
        raise Unreadable("id", trial, reading.record.trial, subject=trial)
    data_day = day_of_data(reading.data_day or day, now)
    before = _before(registry, fetched, head)
    is_first = head.data_timestamp is None
    # The order of the cases matters. Equal content ends the comparison before any doubt is raised. A doubt (older or
    # shrunk) comes before the comparison, so that a stale or cut document never produces events.
    if before is None and fetched.previous is not None:  # the stored version can no longer be read
        dated = Dated(max(data_day, head.effective), "data")
        events: tuple[Event, ...] = (unreadable_since(head.current_version),)
    elif before is None:
        dated = date_of(posted=reading.posted, data_day=data_day, before_posted=None)
        events = (first_seen(reading.record),)
    elif before.content_hash == reading.content_hash:
        return _unchanged(fetched, head, data_day, now, run)
    elif not confirmed.older and (older := _older(before, reading, day)):
        return _doubted(RefusalKind.OLDER, Quiet.OLDER, older, _PATH_OF_AGE)
    elif not confirmed.shrunk and (lost := _lost(registry, fetched)):
        return _doubted(RefusalKind.SHRUNK, Quiet.SHRUNK, lost)
    else:
        # A version from the registry's history says nothing about posting days, so it is no baseline for them.
        posted = None if before.record.absent else before.posted
        dated = date_of(posted=reading.posted, data_day=data_day, before_posted=posted, not_before=head.effective)
        effective = earliest(dated.effective) or now.date()
        events = detect_changes(
            before.record,
            reading.record,
            effective,
            fetched.past or _only_version(head, before.record),
            vanished=confirmed.vanished,
            reported=_posted_results(registry, fetched, before.record, reading.record),
        )
        events = events or (() if before.record.absent else (_event_for_uncompared(registry, fetched),))
    # A changed record of a trial that was gone. `_unchanged` handles one that came back as it was.
    if head.gone_since is not None:
        events = (trial_came_back(head), *events)
    known = before.record.warnings if before else ()
    return Decision(
        step=_step(registry, fetched, reading, head, events, dated, data_day=data_day, now=now, run=run),
        quiet=None if events else Quiet.PAST_SAYS_IT,
        first=is_first,
        changed=not is_first,
        new_words=tuple(sentence for sentence in reading.new_words if sentence not in known),
        numbers=tuple(number.trial for number in numbers_of(reading.record)),
        wants_past=not fetched.past and head.versions > 1 and wants_past(events),
    )


def _step(
    registry: RecordReader,
    fetched: Fetched,
    reading: Reading,
    head: Head,
    events: tuple[Event, ...],
    dated: Dated,
    *,
    data_day: str,
    now: datetime,
    run: int,
) -> NewStep:
    version = version_row(
        reading,
        dated,
        raw_sha256=fetched.raw_sha256,
        light_hash=fetched.light_hash,
        observed_at=now,
        source=VersionSource.POLL,
        run=run,
        normalizer=registry.normalizer,
        seen_day=data_day,
    )
    rows = event_rows(
        events,
        trial=reading.record.trial,
        effective=dated.effective,
        observed_at=now,
        run=run,
        from_content=head.content_hash,
        to_content=reading.content_hash,
        from_version=head.current_version,
        # The step from a backfilled or imported version to our first poll is not news either.
        backfilled=head.data_timestamp is None and fetched.previous is not None,
    )
    return NewStep(version, rows, head.current_version)


def _before(registry: RecordReader, fetched: Fetched, head: Head) -> Reading | None:
    """Return the version before, read by today's normalizer. None if there is none or it can no longer be read."""
    if fetched.previous is None:
        return None
    try:
        with one_record("reading the version before", head.trial):
            # A version from a backfill or an import may have another shape.
            polled = head.source == VersionSource.POLL
            return registry.read(fetched.previous) if polled else registry.read_stored(fetched.previous)
    except RecordError:
        return None


def _only_version(head: Head, record: TrialRecord) -> Sequence[Version]:
    """Return the past if it is one version. More of them are given only if a decision wants them."""
    return (Version(earliest(head.effective) or date.min, record),) if head.versions == 1 else ()


def _posted_results(registry: RecordReader, fetched: Fetched, before: TrialRecord, after: TrialRecord) -> ReportedSides:
    """Read the posted results of both versions, if they differ."""
    if fetched.previous is None or not wants_reported(before, after):
        return NOT_READ
    return reported_sides(registry, fetched.previous, fetched.document, after.trial)


def _lost(registry: RecordReader, fetched: Fetched) -> str:
    return registry.lost(fetched.previous, fetched.document) if fetched.previous is not None else ""


def _older(before: Reading, reading: Reading, day: str) -> str:
    """Say why this record is older than the version we hold (a stale copy or a rollback). Empty if it is not older.

    A single such answer is not believed. It is quarantined, and accepted if the next data show it again.
    """
    for name, old, new in (
        ("last update posted", before.posted, reading.posted),
        ("last update submitted", before.submitted, reading.submitted),
        # Results under review change no date of the record, but the data set has a day.
        ("data of", before.data_day if before.data_day <= day else "", reading.data_day),
    ):
        # A year before the first registry is a typing error, not an older record.
        if old and EARLIEST_BELIEVABLE_YEAR < new < old:
            return f"older than the version we hold ({name} {new}, ours {old})"
    return ""


def _doubted(kind: RefusalKind, quiet: Quiet, why: str, path: str = "") -> Decision:
    return Decision(refusal=Rejection(kind, path, why), quiet=quiet)


def _unchanged(fetched: Fetched, head: Head, day: str, now: datetime, run: int) -> Decision:
    if head.gone_since is None:
        same = fetched.raw_sha256 == head.raw_sha256
        return Decision(quiet=Quiet.SAME_DOCUMENT if same else Quiet.NOISE_ONLY)
    return Decision(step=NewStep(None, (lone_event(trial_came_back(head), head, day, now, run),), head.current_version))


def lone_event(event: Event, head: Head, day: str, now: datetime, run: int, to_content: str = "") -> NewEvent:
    """Return an event about a trial that comes with no new version."""
    return event_row(
        event,
        trial=head.trial,
        effective=day,
        observed_at=now,
        run=run,
        from_content=head.content_hash,
        to_content=to_content or head.content_hash,
        from_version=head.current_version,
        to_version=head.current_version,
    )


def trial_came_back(head: Head) -> Event:
    """Return the event for a trial that was gone and is in the registry again."""
    since = f" (gone since {head.gone_since.date().isoformat()})" if head.gone_since else ""
    return trial_event("trial.back", Severity.MAJOR, f"The registry has this trial again{since}")


def _event_for_uncompared(registry: RecordReader, fetched: Fetched) -> Event:
    """Return an event that names the changed parts, when the content differs but no compared field does."""
    old, new = registry.parts(fetched.previous or {}), registry.parts(fetched.document)
    differing = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    parts = [field_words(f"other.{path}", "").removeprefix(": ") for path in differing]
    return trial_event(ADMIN, Severity.ADMIN, f"Changed where no event of its own is told: {listed(parts)}")
