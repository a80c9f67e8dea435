"""Update a cohort: search for it, decide who entered and who left, write that down and report it.

    1 search    at the registry, read only               3 write    watches, tags, members, events and their messages:
    2 decide    tracker.similar.cohorts.cohort_members, pure                        one transaction

Until a first search was complete, nothing is reported, because the first members are not news. A search that saw only a
part lets trials enter but not leave. A failed search changes nothing. A trial that leaves keeps its watch and its tags.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from schedules.cadence import SEARCH_AT_LEAST_EVERY, next_search
from storage.engine.bulk import storable
from storage.engine.turn import take_turn
from storage.tables.models import CohortMemberRow, CohortRow
from storage.values.severity import Severity
from storage.versions import trials
from storage.versions.snapshots import NewStep
from storage.watching import cohorts, watches
from tracker.changes.event import Event
from tracker.changes.wording.words import count_of
from tracker.context.context import Context
from tracker.context.progress import Progress, silent
from tracker.errors import Blocked, Refused, RegistryError, TrialwatchError
from tracker.polling.planning.timestamps import is_newer
from tracker.recording.new_rows import event_row
from tracker.registries.ids import registry_of
from tracker.registries.listed import calendar_of
from tracker.similar.cohorts.cohort_definition import QUERY, SIMILAR, Definition
from tracker.similar.cohorts.cohort_events import news
from tracker.similar.cohorts.cohort_members import CohortChange, Member, decide, is_plausible
from tracker.similar.cohorts.cohort_rows import definition_of, row_of
from tracker.similar.cohorts.cohort_search import Searched, search
from tracker.similar.ranking.sections import RANKING

__all__ = ["Kept", "define", "keep", "settle"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The result for a cohort.

    `first`: it was filled for the first time, so nothing was reported. `trials`: all members.
    """

    cohort: str
    trials: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    first: bool = False
    remarks: tuple[str, ...] = ()
    error: TrialwatchError | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the registry refused the query itself, so that asking again soon is pointless."""
        return _is_refused(self.error)


def _is_refused(error: TrialwatchError | None) -> bool:
    return isinstance(error, Refused) and not isinstance(error, Blocked)


def define(context: Context, wanted: Definition) -> str:
    """Create the cohort, or give the one that is there these terms. It is due at once. Return its name.

    The cohort of trials like one stays the same when its number is merged into another.
    """
    with context.database.write() as session:
        there = cohorts.like(session, wanted.seed) if wanted.kind == SIMILAR else []
        named = wanted if wanted.name in there or not there else replace(wanted, name=there[0])
        cohorts.define(session, row_of(named, context.clock.now()))
    return named.name


def keep(context: Context, name: str, *, skip_if_known: bool = False, progress: Progress = silent) -> Kept:
    """Search for a defined cohort and write down the result.

    `skip_if_known`: do nothing if the registry has the same data as at the last search.
    """
    with context.database.read() as session:
        row = cohorts.find(session, name)
        kept_out = _rejected(session, name)
        then = [member.trial for member in cohorts.members(session, name)]
    if row is None or not row.active:
        return Kept(name)
    cohort = definition_of(row)
    _put_off(context, row)
    try:
        data_timestamp = context.clients[cohort.registry].data_timestamp()
    except RegistryError as error:
        return settle(context, name, Searched(error=error))
    if (
        skip_if_known
        and row.filled_at
        and row.data_timestamp
        and not is_newer(data_timestamp, row.data_timestamp, context.clock.now())
    ):
        _plan(context, row, data_timestamp)
        return Kept(name, tuple(then))
    return settle(context, name, search(context, cohort, data_timestamp, kept_out, progress))


def settle(context: Context, name: str, searched: Searched) -> Kept:
    """Write down what a search means for the current state of its cohort, and report changes."""
    now = context.clock.now()
    with context.database.write() as session:
        take_turn(session)  # no other process may change the cohort or its trials until this is written
        row = cohorts.find(session, name)
        if row is None or not row.active:
            return Kept(name)
        cohort, before = definition_of(row), _members(session, name)
        # The registry may have merged numbers since the search began.
        searched = _resolved(session, searched)
        # Another ranking chooses other trials. That is no news, so the cohort is chosen again without a report.
        other_ranking = cohort.kind == SIMILAR and row.ranking != RANKING
        if other_ranking and _is_whole(searched, before):
            remarks = searched.remarks
            change = _chosen_again(_decided(session, cohort, row, {}, searched, now, complete=True), before)
        else:
            remarks = searched.remarks + _doubts(before, searched)
            change = _decided(session, cohort, row, before, searched, now, complete=not remarks)
        brought = _let_in(session, cohort, change, searched.titles, now)
        cohorts.set_members(session, name, _rows(change, before, brought, now))
        first = row.filled_at is None
        if not first and not other_ranking:
            _tell(session, context, cohort, change, now)
        if _is_refused(searched.error) and not row.refused:
            _tell_refused(session, context, row, now, str(searched.error))
        _note(session, row, searched, remarks, now)
        if _is_whole(searched, before):
            cohorts.note(session, name, ranking=RANKING)
    members = tuple(member.trial for member in change.members)
    return Kept(name, members, change.entered, change.left, first, remarks, searched.error)


def _members(session: Session, name: str) -> dict[str, CohortMemberRow]:
    """Return the members by their current ids."""
    return {watches.resolve(session, member.trial): member for member in cohorts.members(session, name)}


def _rejected(session: Session, name: str) -> set[str]:
    """Return the trials that are kept out, by their current ids too."""
    found = cohorts.rejected(session, name)
    return found | {watches.resolve(session, trial) for trial in found}


def _resolved(session: Session, searched: Searched) -> Searched:
    names = {trial: watches.resolve(session, trial) for trial in searched.order}
    titles = {names[trial]: title for trial, title in searched.titles.items() if trial in names}
    order = tuple(dict.fromkeys(names.values()))
    return Searched(order, titles, searched.remarks, searched.data_timestamp, searched.error, searched.partial)


def _doubts(before: Collection[str], searched: Searched) -> tuple[str, ...]:
    """Return a reason to doubt that missing trials have left."""
    if searched.error is not None:
        return (f"it ended early: {searched.error.message}",)
    if is_plausible(before, searched.order):
        return ()
    gone = len(set(before) - set(searched.order))
    return (f"{gone:,} of its {count_of(len(before), 'trial')} are missing at once, which is not believed",)


def _decided(
    session: Session,
    cohort: Definition,
    row: CohortRow,
    before: Mapping[str, CohortMemberRow],
    searched: Searched,
    now: datetime,
    *,
    complete: bool,
) -> CohortChange:
    members = [Member(trial, member.missing) for trial, member in before.items()]
    if searched.partial or (searched.error is not None and cohort.kind == SIMILAR):
        return CohortChange(tuple(sorted(members, key=lambda it: it.trial)), (), ())
    # Data that were searched before say nothing new about missing trials.
    newer = row.data_timestamp is None or (
        searched.data_timestamp is not None and is_newer(searched.data_timestamp, row.data_timestamp, now)
    )
    return decide(
        members,
        searched.order,
        size=cohort.size if cohort.kind == SIMILAR else None,
        complete=complete and newer,
        rejected=_rejected(session, cohort.name),
    )


def _is_whole(searched: Searched, before: Collection[str]) -> bool:
    """Whether a search came to its end and found enough to choose a cohort from. It may have been cut at its bounds."""
    return searched.error is None and not searched.partial and 2 * len(searched.order) >= len(before)


def _chosen_again(change: CohortChange, before: Collection[str]) -> CohortChange:
    """Return the change from the members `before` to those of a decision that did not know them."""
    members = {member.trial for member in change.members}
    entered = tuple(trial for trial in change.entered if trial not in before)
    return CohortChange(change.members, entered, tuple(sorted(set(before) - members)))


def _let_in(
    session: Session, cohort: Definition, change: CohortChange, titles: Mapping[str, str], now: datetime
) -> set[str]:
    """Watch the trials that entered, with the cohort's tags. Return those that were not watched before."""
    tags = (cohort.name, *cohort.tags)
    brought = watches.watch_all(session, {trial: registry_of(trial) for trial in change.entered}, now, tags)
    trials.entitle(session, {trial: titles.get(trial, "") for trial in brought})
    return brought


def _rows(
    change: CohortChange, before: Mapping[str, CohortMemberRow], brought: Collection[str], now: datetime
) -> Iterable[dict[str, object]]:
    for member in change.members:
        was = before.get(member.trial)
        yield {
            "trial": member.trial,
            "missing": member.missing,
            "entered_at": was.entered_at if was else now,
            "brought": was.brought if was else member.trial in brought,
        }


def _tell(session: Session, context: Context, cohort: Definition, change: CohortChange, now: datetime) -> None:
    events = news(cohort, change)
    heads = trials.heads(session, [trial for trial, _ in events])
    day, batch = now.date().isoformat(), f"cohort:{cohort.name}"
    steps = []
    for trial, event in events:
        head = heads[trial].current_version
        row = event_row(
            event, trial=trial, effective=day, observed_at=now, run=None, from_version=head, to_version=head
        )
        steps.append(NewStep(None, (row,), head))
    if steps:
        context.event_writer.enter(session, steps, now, batch)
        context.event_writer.close(session, batch, now)


def _tell_refused(session: Session, context: Context, row: CohortRow, now: datetime, why: str) -> None:
    """Report when the registry begins to refuse a query. From then on it is asked once a week."""
    terms = definition_of(row).words
    summary = f"The registry refuses the search for {terms}: {why}. It is asked again in a week. To end it: "
    event = Event(
        "ops.query_refused", Severity.MAJOR, f"{summary}trialwatch unwatch --cohort {row.name}", subject=row.name
    )
    day = now.date().isoformat()
    row_out = event_row(event, trial="", effective=day, observed_at=now, run=None, to_version=None)
    context.event_writer.enter(session, [NewStep(None, (row_out,), None)], now)


def _note(session: Session, row: CohortRow, searched: Searched, remarks: Sequence[str], now: datetime) -> None:
    """Store the result of the search and the time of the next one."""
    failed = searched.error
    failures = row.failures + 1 if failed else 0
    values: dict[str, object] = {
        "searched_at": now,
        "remark": storable("; ".join(remarks)),
        "failures": failures,
        "error": storable(failed.message) if failed else "",
        "next_search_at": _next(row, now, None if failed else searched.data_timestamp, failures),
        "refused": _is_refused(failed),
    }
    if _is_refused(failed):
        values["next_search_at"] = now + SEARCH_AT_LEAST_EVERY
    if not failed:
        # The first search counts as done only if its results can be trusted.
        values |= {
            "data_timestamp": searched.data_timestamp,
            "filled_at": row.filled_at or (None if searched.partial else now),
        }
    cohorts.note(session, row.name, **values)


def _put_off(context: Context, row: CohortRow) -> None:
    """Plan the next search as if this one had failed.

    If this process is killed during the search, it will not try at once.
    """
    with context.database.write() as session:
        cohorts.note(session, row.name, next_search_at=_next(row, context.clock.now(), None, row.failures + 1))


def _plan(context: Context, row: CohortRow, data_timestamp: str) -> None:
    """Plan the next search. There is nothing new since the last one."""
    with context.database.write() as session:
        again = _next(row, context.clock.now(), data_timestamp, 0)
        cohorts.note(session, row.name, failures=0, error="", next_search_at=again)


def _next(row: CohortRow, now: datetime, data_timestamp: str | None, failures: int) -> datetime:
    day = date.fromisoformat(data_timestamp[:10]) if data_timestamp else None
    return next_search(calendar_of(row.registry_name), now, day, hurry=row.kind == QUERY, failures=failures)
