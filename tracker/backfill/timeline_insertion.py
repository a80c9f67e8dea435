"""Decide where a version from the past belongs and what to report about it, for backfill and import. Pure.

Downloads come in any order and in any number of imports, and the registry's own history comes before or after our
polls. The timeline is the same in every case. A version that arrives between two versions whose difference was
reported adds a version and no event.

There are two steps, so that no document is read without need. `find_place` names the place and the stored versions
whose records matter (`Placement.wanted`). Then `decide_insertion` says what to store. `insert_version` does the
reading and writing around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import NamedTuple

from storage.values.states import VersionSource
from storage.values.timeline_order import Laid, SeenKey, StoredVersion, Timeline, seen_from, seen_key
from storage.values.write_models import THIS_VERSION, NewEvent, NewVersion
from tracker.changes.detect_changes import NOT_READ, detect_changes, wants_past
from tracker.changes.diff import compare
from tracker.changes.effective_date import Dated, date_of, date_of_past
from tracker.changes.explain import Event, first_seen, unreadable_since
from tracker.changes.reported.compare import ReportedSides, wants_reported
from tracker.changes.version import Version
from tracker.errors import Unplaceable
from tracker.isolation import one_record
from tracker.recording.new_rows import event_rows, version_row
from tracker.records.dates import earliest
from tracker.records.trial import TrialRecord
from tracker.registries.registry import Reading

__all__ = [
    "Again",
    "Bridge",
    "Decided",
    "Insertion",
    "Placement",
    "Records",
    "decide_bridge",
    "decide_insertion",
    "find_bridges",
    "find_place",
    "says_the_same",
]

LaidVersion = Laid[StoredVersion]
Records = Mapping[int, TrialRecord | None]
"""The records of stored versions by number. None for one that can no longer be read."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """A reading whose document is already kept."""

    reading: Reading
    sha256: str
    light_hash: str
    source: VersionSource
    normalizer: int
    #: The day of the data it was seen in. "" for a version of the registry's history, which was not seen by a poll.
    day: str = ""
    #: Nothing says the day, so `day` is a guess. It places a first version alone, and is never noted as a sighting.
    day_unknown: bool = False
    #: The number of a version of the registry's history.
    number: int | None = None
    #: The day under which the registry lists such a version.
    submitted: str = ""


class Again(NamedTuple):
    """A version that stands twice, because it was seen before and after the insertion.

    `effective` is the day of its second place.
    """

    version: int
    effective: str


class _Twin(NamedTuple):
    """A version that may say the same. If `sure`, the content hashes are equal. Otherwise compare the records."""

    version: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an insertion belongs."""

    arrival: Insertion
    now: datetime
    version: NewVersion
    effective: str
    #: Versions beside its place that may say the same.
    twins: tuple[_Twin, ...]
    #: The version whose sightings it splits in two.
    again: Again | None
    #: It is the trial's first version.
    first: bool
    #: The versions up to its place, in order, if the step from the last of them is to be reported.
    before: tuple[LaidVersion, ...]

    @property
    def wanted(self) -> tuple[int, ...]:
        """The versions whose records the decision needs, apart from the past."""
        unsure: list[int] = []
        for twin in self.twins:
            if twin.sure:
                return tuple(unsure)
            unsure.append(twin.version)
        return (*unsure, *(item.row.version for item in self.before[-1:]))

    @property
    def past(self) -> tuple[int, ...]:
        """The versions whose records are needed if a decision without them wants the past."""
        return tuple(item.row.version for item in self.before)


@dataclass(frozen=True, slots=True)
class Decided:
    """What to store."""

    #: None if the timeline says this already.
    version: NewVersion | None = None
    events: tuple[NewEvent, ...] = ()
    #: If `version` is None: the version that was seen on the day of the arrival, if that day is known.
    seen_again: int | None = None
    #: The version that comes once more after the new one.
    again: Again | None = None
    #: Decide again, with the records of the past.
    wants_past: bool = False
    #: Decide again, with the posted results of the two versions of the step.
    wants_reported: bool = False

    @property
    def wants_more(self) -> bool:
        return self.wants_past or self.wants_reported


class Bridge(NamedTuple):
    """The step from the past to a version that was the first of all, when that past arrived later."""

    trial: str
    after: LaidVersion
    before: tuple[LaidVersion, ...]

    @property
    def wanted(self) -> tuple[int, ...]:
        return (self.before[-1].row.version, self.after.row.version)

    @property
    def past(self) -> tuple[int, ...]:
        return tuple(item.row.version for item in self.before)


def find_place(timeline: Timeline, arrival: Insertion, now: datetime) -> Placement:
    """Find the place of an arrival. `now` is when we held it."""
    found = timeline.laid()
    at = _position(found, arrival) if arrival.day else None
    covering = at is not None and _covers(found[at], arrival)
    before = found[at] if at is not None else None
    version = _row(arrival, _dated(arrival, before, now), now)
    mine = timeline.arriving(version)
    laid = timeline.laid(mine)
    turn = next(turn for turn, item in enumerate(laid) if item.row.version == mine.version)
    return Placement(
        arrival,
        now,
        version,
        laid[turn].effective,
        tuple(_twins(found, at, arrival)) if arrival.day else (),
        again=Again(before.row.version, seen_from(before.row.days, arrival.day)) if before and covering else None,
        first=len(laid) == 1,
        before=() if covering or not _should_report(timeline, laid, turn) else tuple(laid[:turn]),
    )


def decide_insertion(
    placement: Placement, records: Records, *, with_past: bool = False, reported: ReportedSides | None = None
) -> Decided:
    """Decide on a placed arrival.

    `records` holds the records that `placement.wanted` names, and with `with_past` also those of its past.
    `reported` is what the version before it and the arrival report. None if that was not read yet.
    Raise Unplaceable if nothing says the day of the arrival and the trial has other versions. Raise ReaderFault if our
    own code fails on a record.
    """
    arrival = placement.arrival
    record = arrival.reading.record
    for twin in placement.twins:
        if twin.sure or says_the_same(records[twin.version], record):
            return Decided(seen_again=None if arrival.day_unknown else twin.version)
    if arrival.day_unknown and not placement.first:
        why = f"nothing in it says its day, so it has no place among the other versions of {record.trial}"
        raise Unplaceable(f"{why}; save the whole record and import that", subject=record.trial)
    events: tuple[Event, ...] = ()
    before = placement.before[-1] if placement.before else None
    if placement.first:
        with one_record("telling", record.trial):
            events = (first_seen(record),)
    elif before is not None:
        effective = earliest(placement.effective) or placement.now.date()
        past = _past(placement.before, records) if with_past else None
        found = _step(before, record, effective, records, past, reported)
        if isinstance(found, Decided):
            return found
        events = found
    version = placement.version
    from_ = before.row if before else None
    rows = _rows(events, version.trial, from_, version, placement.effective, placement.now)
    return Decided(version, rows, again=placement.again)


def find_bridges(timeline: Timeline) -> list[Bridge]:
    """Return the steps to versions that were the first of all for a time, where they were not reported yet.

    All that comes before such a version arrived after it, and an arrival reports only the step to itself.
    """
    found = timeline.laid()
    lowest = accumulate((item.row.version for item in found), min)
    return [
        Bridge(timeline.trial, item, tuple(found[:at]))
        for at, (item, number) in enumerate(zip(found, lowest, strict=True))
        if at and item.row.version == number and number not in timeline.compared
    ]


def decide_bridge(
    bridge: Bridge,
    records: Records,
    now: datetime,
    *,
    with_past: bool = False,
    reported: ReportedSides | None = None,
) -> Decided:
    """Decide what to report about that step. The arguments are as for `decide_insertion`."""
    before, after = bridge.before[-1], bridge.after
    record = records[after.row.version]
    if record is None and records[before.row.version] is not None:
        events: tuple[Event, ...] = (unreadable_since(after.row.version),)
    else:
        past = _past(bridge.before, records) if with_past else None
        found = _step(before, record, _day_of(after), records, past, reported)
        if isinstance(found, Decided):
            return found
        events = found
    return Decided(events=_rows(events, bridge.trial, before.row, after.row, after.effective, now))


def says_the_same(stored: TrialRecord | None, record: TrialRecord) -> bool:
    """Return whether a stored version says the same as `record`, as far as both sources can tell.

    A version that cannot be read says nothing to compare.
    """
    with one_record("comparing", record.trial):
        return stored is not None and not compare(stored.document(), record.document())


def _position(found: Sequence[LaidVersion], arrival: Insertion) -> int | None:
    """Return the index in `found` of the version before the arrival. None if the arrival is before all."""
    submitted = arrival.reading.submitted
    mine = seen_key(arrival.day, submitted, None, arrival.sha256)
    return max((at for at, item in enumerate(found) if _is_earlier(item, mine, submitted)), default=None)


def _is_earlier(item: LaidVersion, mine: SeenKey, submitted: str) -> bool:
    # A version that was seen lies by its first day. One that was not lies by its submission, since a later arrival may
    # correct its effective day. The effective day decides only if a submission date is missing.
    if item.first_day:
        return seen_key(item.first_day, item.row.submit_date, item.row) <= mine
    if item.row.submit_date and submitted:
        return item.row.submit_date <= submitted
    return item.effective <= mine[0]


def _covers(item: LaidVersion, arrival: Insertion) -> bool:
    """Return whether the version was seen before that day and on or after it, and so comes again after the arrival."""
    return bool(item.first_day) and item.first_day < arrival.day <= item.last_day


def _twins(found: Sequence[LaidVersion], at: int | None, arrival: Insertion) -> Iterator[_Twin]:
    """Yield the versions beside the place that may say the same, in the order in which they are checked."""
    if arrival.day_unknown:
        # Wherever the same content stands, it is here already.
        content = arrival.reading.content_hash
        yield from (_Twin(it.row.version, sure=True) for it in found if it.row.content_hash == content)
        return
    if at is not None:
        yield from _twin(found[at], arrival)
        if _covers(found[at], arrival):
            # The version before was still current on the arrival's day, so the arrival lies inside its run of days and
            # the version after it is not a neighbour.
            return
    following = 0 if at is None else at + 1
    if following < len(found):
        yield from _twin(found[following], arrival)


def _twin(item: LaidVersion, arrival: Insertion) -> Iterator[_Twin]:
    row, reading = item.row, arrival.reading
    if row.content_hash == reading.content_hash:
        yield _Twin(row.version, sure=True)
    elif row.source == VersionSource.BACKFILL and row.submit_date and row.submit_date == reading.submitted:
        yield _Twin(row.version, sure=False)


def _dated(arrival: Insertion, before: LaidVersion | None, now: datetime) -> Dated:
    reading = arrival.reading
    if not arrival.day:
        submitted = reading.submitted or arrival.submitted
        return date_of_past(posted=reading.posted, submitted=submitted, held_on=now.date().isoformat())
    before_posted: str | None = None
    if before is not None and not reading.submitted > before.row.submit_date > "":
        # Only the first version of a submission has the posting date.
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


def _should_report(timeline: Timeline, laid: Sequence[LaidVersion], at: int) -> bool:
    """Return whether to report the step to the version at `at`.

    The step is not reported if the version after it was already compared with the version before it. Its difference
    was reported then, and reporting both halves now would repeat it.
    """
    return at > 0 and (at + 1 == len(laid) or laid[at + 1].row.version not in timeline.compared)


def _step(
    before: LaidVersion,
    record: TrialRecord | None,
    day: date,
    records: Records,
    past: Sequence[Version] | None,
    reported: ReportedSides | None,
) -> tuple[Event, ...] | Decided:
    """Return what happened from `before` to `record`, or which of `past` and `reported` (None: not given) it takes."""
    old = records[before.row.version]
    if old is None or record is None:
        return (unreadable_since(before.row.version),)
    with one_record("comparing", record.trial):
        events = detect_changes(old, record, day, past or (), reported=reported or NOT_READ)
    wants = Decided(
        wants_past=past is None and wants_past(events),
        wants_reported=reported is None and wants_reported(old, record),
    )
    return wants if wants.wants_more else events


def _past(before: Sequence[LaidVersion], records: Records) -> list[Version]:
    """Return the versions that can be read."""
    found = ((item, records[item.row.version]) for item in before)
    return [Version(_day_of(item), record) for item, record in found if record is not None]


def _day_of(item: LaidVersion) -> date:
    return earliest(item.effective) or item.row.observed_at.date()


def _rows(
    events: Sequence[Event],
    trial: str,
    before: StoredVersion | None,
    after: StoredVersion | NewVersion,
    effective: str,
    now: datetime,
) -> tuple[NewEvent, ...]:
    """Return the events of a step as events of the past, which send no alerts."""
    return event_rows(
        events,
        trial=trial,
        effective=effective,
        observed_at=now,
        run=None,
        from_content=before.content_hash if before else "",
        to_content=after.content_hash,
        from_version=before.version if before else None,
        to_version=after.version if isinstance(after, StoredVersion) else THIS_VERSION,
        backfilled=True,
    )
