"""A page of who owes results, what will be due, and which sponsors owe most."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from storage.engine.database import Database
from storage.reads.door import ReadDoor, Reader
from storage.reads.trials import stored_duties
from storage.reads.trials.stored_duties import DutyFilter, OpenDutyRow
from storage.reads.trials.stored_trials import WAITING
from tracker.api.results import Owed
from tracker.errors import RecordError, UsageError
from tracker.records.one_line import one_line
from tracker.results.duties import DutyTerms
from tracker.results.scorecard import NO_SPONSOR, days_late_by
from tracker.services.results.kept.shown_statuses import ShownStatuses, read_statuses
from tracker.services.results.owing import OwingSort
from tracker.services.tag_by_door import refuse_unknown_tag

__all__ = ["LARGEST_PAGE", "Ahead", "Duties", "OwedPage", "OwedRequest", "SponsorOwing", "owed_page"]

LARGEST_PAGE = 1000
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class OwedRequest:
    """Which results of watched trials to look at."""

    tag: str | None = None
    rule: str | None = None
    #: A part of the sponsor's name, in any case.
    sponsor: str | None = None
    sort: OwingSort = OwingSort.LATE
    limit: int = 50
    offset: int = 0
    #: How far to look ahead. None: without end.
    ahead_days: int | None = 60
    #: At most so many duties that lie ahead; 0 for none.
    ahead_limit: int = 50
    #: At most so many sponsors; 0 for none, and they are not counted then.
    sponsors: int = 20


class Ahead(NamedTuple):
    """Results that are due today or later by a rule that surely applies, and are not known to be submitted."""

    trial: str
    title: str | None
    sponsor: str | None
    rule: str
    due: date
    #: Days until then.
    days: int
    state: str | None


class SponsorOwing(NamedTuple):
    """The watched trials of a sponsor, counted."""

    sponsor: str | None
    trials: int
    #: Their first due day has come.
    due: int
    #: Results are missing past the grace: by the rule of the request, or by any.
    overdue: int
    #: The most days for which they are missing.
    longest: int | None
    #: Submitted or returned.
    pending: int
    posted: int


@dataclass(frozen=True, slots=True)
class OwedPage:
    """One page of what is owed."""

    rows: Sequence[Owed]
    #: How many rows the page stands for. Those that turned out not to be owed any more are not among `rows`.
    length: int
    #: Rows on all pages, and those of them that are past the grace.
    total: int
    late: int
    #: The trials of all rows.
    trials: int
    #: Watched trials (with the tag, of the sponsor) that have a results status.
    looked_at: int
    #: Of these, trials whose first due day has come; and of those, trials with posted results.
    due: int
    posted: int
    #: Trials that are not among the rows and may owe results: a rule applies to them only perhaps.
    perhaps: int
    ahead: Sequence[Ahead]
    ahead_total: int
    #: Those of the most overdue trials first.
    sponsors: Sequence[SponsorOwing]
    #: Trials whose results status was not worked out so far. They are in no row and in no count.
    waiting: int
    #: Versions of the shown trials that could not be read.
    left_out: Sequence[RecordError]


def owed_page(door: ReadDoor, database: Database, request: OwedRequest, today: date) -> OwedPage:
    """Return one page. Raise UsageError for a tag that nothing has, and for a limit or an offset out of range."""
    if not 1 <= request.limit <= LARGEST_PAGE or not 0 <= request.ahead_limit <= LARGEST_PAGE or request.offset < 0:
        raise UsageError(f"A page has from 1 to {LARGEST_PAGE} rows, from the first on", subject="limit")
    refuse_unknown_tag(door, lambda: nullcontext(database), request.tag)
    sponsor = (request.sponsor or "").strip()[:_LONGEST_NAME] or None
    wanted = DutyFilter(today.isoformat(), request.tag, request.rule, sponsor, NO_SPONSOR)
    until = _until(today, request.ahead_days)
    with door.read() as reader:
        query, named = stored_duties.owed(wanted, request.sort, limit=request.limit, offset=request.offset)
        rows = reader.remembered(query, **named)
        counts, perhaps, looked_at = _counted(reader, wanted)
        ahead = _read_ahead(reader, wanted, until, request.ahead_limit)
        found = _sponsors(reader, wanted, request.sponsors, today)
        [waiting] = reader.remembered_one(WAITING)
        shown = Duties.read(reader, [*rows, *ahead.rows], today)
    shown.statuses.work_out(database)
    return OwedPage(
        rows=shown.owed(rows),
        length=len(rows),
        total=counts.rows,
        late=counts.late,
        trials=counts.trials,
        looked_at=looked_at.trials,
        due=looked_at.due,
        posted=looked_at.posted,
        perhaps=perhaps,
        ahead=shown.ahead(ahead.rows),
        ahead_total=ahead.total,
        sponsors=found,
        waiting=waiting,
        left_out=shown.statuses.left_out,
    )


class _ReadAhead(NamedTuple):
    rows: list[OpenDutyRow]
    total: int


@dataclass(frozen=True, slots=True)
class Duties:
    """Rows of duties as they are now: those of a trial whose cached status is outdated are made from its versions."""

    statuses: ShownStatuses
    today: date

    @classmethod
    def read(cls, reader: Reader, rows: Sequence[OpenDutyRow], today: date) -> Duties:
        """Find out which rows are outdated. Then `statuses.work_out` has to follow, outside the transaction."""
        return cls(read_statuses(reader, sorted({row.trial for row in rows})), today)

    def owed(self, rows: Sequence[OpenDutyRow]) -> list[Owed]:
        """Return the rows that are still owed."""
        found = []
        for row in rows:
            status, duty = self._now(row)
            if duty is not None and duty.applies and duty.stands is False and duty.due and duty.due < self.today:
                found.append(
                    Owed(
                        trial=row.trial,
                        title=one_line(row.title) or None,
                        sponsor=status[0],
                        rule=row.rule,
                        due=duty.due.isoformat(),
                        days_late=days_late_by(duty, self.today),
                        state=status[1],
                    )
                )
        return found

    def ahead(self, rows: Sequence[OpenDutyRow]) -> list[Ahead]:
        """Return the rows that still lie ahead."""
        found = []
        for row in rows:
            (sponsor, state), duty = self._now(row)
            if duty is not None and duty.applies and not duty.stands and duty.due and duty.due >= self.today:
                title, days = one_line(row.title) or None, (duty.due - self.today).days
                found.append(Ahead(row.trial, title, sponsor, row.rule, duty.due, days, state))
        return found

    def _now(self, row: OpenDutyRow) -> tuple[tuple[str | None, str | None], DutyTerms | None]:
        """Return sponsor and state of the trial, and the duty. None if the trial cannot be read."""
        status = self.statuses.found.get(row.trial)
        if status is None:
            return (None, None), None
        duty = next((it for it in status.results.duties if it.rule == row.rule), None)
        return (status.results.sponsor, status.results.state), duty


def _counted(reader: Reader, wanted: DutyFilter) -> tuple[stored_duties.Counts, int, stored_duties.LookedAt]:
    query, named = stored_duties.count_owed(wanted)
    counts = reader.remembered_one(query, **named)
    of_perhaps, named = stored_duties.count_perhaps(wanted)
    perhaps = reader.remembered_one(of_perhaps, **named).number
    of_all, named = stored_duties.looked_at(wanted)
    return counts, perhaps, reader.remembered_one(of_all, **named)


def _read_ahead(reader: Reader, wanted: DutyFilter, until: str | None, limit: int) -> _ReadAhead:
    query, named = stored_duties.ahead(wanted, until, limit)
    of_all, of_all_named = stored_duties.count_ahead(wanted, until)
    return _ReadAhead(reader.remembered(query, **named), reader.remembered_one(of_all, **of_all_named).number)


def _sponsors(reader: Reader, wanted: DutyFilter, limit: int, today: date) -> list[SponsorOwing]:
    if not limit:
        return []
    query, named = stored_duties.sponsors(wanted, limit)
    found = []
    for row in reader.remembered(query, **named):
        longest = (today - date.fromisoformat(row.since)).days if row.since else None
        found.append(SponsorOwing(row.sponsor, row.trials, row.due, row.overdue, longest, row.pending, row.posted))
    return found


def _until(today: date, days: int | None) -> str | None:
    if days is None:
        return None
    try:
        return (today + timedelta(days=days)).isoformat()
    except OverflowError:
        return None
