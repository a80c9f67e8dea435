"""One poll: ask the registry, keep what it says, decide what happened, write it down. Read this file first.

    0 due     which trials are asked about           4 guard    is the whole run plausible?
    1 gate    has the registry anything new?         5 decide   `decide.py`, pure
    2 fetch   full records; what differs is staged   7 commit   trial by trial, all or nothing each, with the
    3 read    each registry's normalize, pure                   messages of its changes (`recording.event_writer`)
                                                     8 deliver  its own job: `delivery.worker`

A trial that cannot be read keeps its mark and is asked again next time; one bad record never stops a poll; a
suspicious run is kept aside whole and writes nothing as truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from schedules.cadence import rest_of_unknown
from schedules.horizon import is_recent
from storage.polling import runs
from storage.tables.models import Run
from storage.versions import merges, trials
from storage.watching import watches
from tracker.context.context import PATIENCE_SECONDS, House
from tracker.context.progress import Progress, silent
from tracker.errors import NotBefore, RegistryError, UsageError
from tracker.polling.batch import Work, batch_of
from tracker.polling.commit import Commit
from tracker.polling.fetch import Fetch
from tracker.polling.notices import raise_notices, unreachable
from tracker.polling.relaxed_gc import seldom_collected
from tracker.polling.report import PollReport, Tally
from tracker.polling.schedule import plan_looks
from tracker.polling.timestamps import is_ahead, is_newer, latest_possible
from tracker.registries.registry import Registry

__all__ = ["FULL_READ_EVERY", "poll"]

FULL_READ_EVERY = timedelta(days=7)
"""Even a registry that says it has nothing new is read in full so often."""
_EARLY = timedelta(hours=1)
"""A poll that cron makes once a day is now and then a little early."""
MUCH_PATIENCE = 6
"""Polls in a row in which the registry only asked us to wait, until people are told that it cannot be reached."""


def poll(
    house: House,
    chosen: Sequence[str] | None = None,
    *,
    registry: str = "ctgov",
    accept: int | None = None,
    progress: Progress = silent,
    patience: float = PATIENCE_SECONDS,
) -> PollReport:
    """Poll `chosen` (default: every watched trial of `registry`) once. `accept`: write down a held run instead, after a
    look at it. Trials of several registries: `tracker.polling.poll_all`.

    Raises Busy when another poll still runs after `patience` seconds, UsageError when there is nothing to accept in
    that run; every failure of the registry is in the report.
    """
    with house.poll_turn(patience), seldom_collected():
        source = house.registries[registry]
        _clear_up(house, source)
        if accept is not None:
            return _accept(house, source, accept, progress)
        before = source.client.requests
        named = _named(house, source, chosen)
        try:
            stamp = source.client.data_timestamp()  # 1 gate
        except RegistryError as error:
            return _unreachable(house, source, named, error, before)
        work = _open(house, source, stamp, progress, named)
        due = _due(work, named)  # 0 due
        work.tally.current = len(named) - len(due)
        if not due:
            return _close(work, "unchanged", before)
        fetch = Fetch(work)
        fetch.all(due)  # 2 fetch
        if work.tally.hold(work.survey, work.registry.known_paths, work.confirmed):  # 4 guard
            return _close(work, "held", before)
        fetch.absences()
        Commit(work).staged(work.run)  # 3, 5 and 7
        return _close(work, work.tally.outcome(), before)


def _named(house: House, source: Registry, chosen: Sequence[str] | None) -> list[str]:
    with house.database.read() as session:
        if chosen is None:
            return watches.watched(session, registry=source.name)
        return list(dict.fromkeys(watches.resolve(session, trial) for trial in chosen))


def _clear_up(house: House, source: Registry) -> None:
    """End a run whose process is dead: we hold its lock. What it staged is asked for again."""
    with house.database.write() as session:
        last = runs.last(session, source.name)
        if last is not None and last.id is not None and last.outcome == runs.RUNNING:
            runs.unstage(session, last.id)
            house.ledger.close(session, batch_of(last.id), house.clock.now())
            runs.finish(session, last.id, house.clock.now(), "failed", detail={"reason": "interrupted"})


def _accept(house: House, source: Registry, accept: int, progress: Progress) -> PollReport:
    """Write down what a held run had staged, as of the data it came from. Asks the registry nothing."""
    with house.database.read() as session:
        held = runs.get(session, accept)
        left = runs.staged_count(session, accept)
    if held is None or held.registry_name != source.name or held.outcome != "held" or not left:
        raise UsageError(f"Run {accept} holds nothing that could be accepted", subject=str(accept))
    work = _open(house, source, held.data_timestamp or "", progress)
    work.tally.checked = left
    Commit(work).staged(accept)
    return _close(work, work.tally.outcome(), source.client.requests)


def _open(house: House, source: Registry, stamp: str, progress: Progress, named: Sequence[str] = ()) -> Work:
    now = house.clock.now()
    with house.database.write() as session:
        last = runs.last_judged(session, source.name)
        run = runs.start(session, source.name, stamp, now)
        after_hold = last is not None and last.outcome == "held"
        confirmed = _held_for(last, stamp) if last is not None and after_hold else ()
    return Work(house, source, now, run, stamp, progress, after_hold, named, confirmed)


def _held_for(last: Run, stamp: str) -> tuple[str, ...]:
    """What a held run was held for, if that was on older data than `stamp`: the same once more is a confirmation."""
    if last.data_timestamp is None or last.data_timestamp >= stamp:
        return ()
    return tuple(orjson.loads(last.detail).get("held_paths", ()))


def _due(work: Work, named: Sequence[str]) -> list[str]:
    """Those whose mark is older than the registry's data, and those not read in full for a week."""
    with work.house.database.read() as session:
        heads = trials.heads(session, named)
        newest = runs.newest_data(session, work.registry.name, latest_possible(work.now))
        waiting = merges.answered_on(session, work.data_timestamp)
        outdated = {row.trial for row in runs.standing(session) if row.normalizer < work.registry.normalizer}
    if newest is not None and is_ahead(newest, work.data_timestamp, work.now):
        # A stale copy of the registry: it has nothing for those whom newer data have told about.
        work.tally.fallen_back_from = newest
        return [trial for trial in named if trial not in heads or heads[trial].mark is None]
    return [trial for trial in named if trial in outdated or (trial not in waiting and _is_due(work, heads.get(trial)))]


def _is_due(work: Work, head: trials.Head | None) -> bool:
    if head is None:
        return True
    stamp, now = work.data_timestamp, work.now
    if head.is_unknown:
        return _is_asked_again(head, stamp, now)
    if head.missing_mark is not None and not is_newer(stamp, head.missing_mark, now):
        return False  # asked alone on this very data, and not there
    if head.mark is None or is_newer(stamp, head.mark, now):
        return True
    return head.full_read_at is None or not is_recent(head.full_read_at, now, FULL_READ_EVERY)


def _is_asked_again(head: trials.Head, stamp: str, now: datetime) -> bool:
    """Whether an id the registry did not know has rested long enough, and the registry may know more by now."""
    if head.last_checked_at is None or head.missing_mark is None:
        return True
    rested = abs(now - head.last_checked_at)
    news = is_newer(stamp, head.missing_mark, now) or rested >= FULL_READ_EVERY
    return news and rested >= rest_of_unknown(head.missing_count) - _EARLY


def _unreachable(
    house: House, source: Registry, named: Sequence[str], error: RegistryError, requests_before: int
) -> PollReport:
    tally = Tally()
    for trial in named:
        tally.fail(trial, error.message)
    now = house.clock.now()
    requests = source.client.requests - requests_before
    with house.database.write() as session:
        run = runs.start(session, source.name, None, now)
        plan_looks(session, named, data_timestamp=None, troubled=(), now=now)
        if runs.failing(session, source.name) > (MUCH_PATIENCE if isinstance(error, NotBefore) else 1):
            last_good = runs.newest_data(session, source.name, latest_possible(now)) or "never"
            unreachable(session, house.ledger, run, error.message, last_good, now)
        runs.finish(session, run, now, "failed", requests=requests, detail={"reason": error.message})
    return tally.report(run=run, outcome="failed", data_timestamp=None, requests=requests)


def _close(work: Work, outcome: str, requests_before: int) -> PollReport:
    requests = work.registry.client.requests - requests_before
    tally = work.tally
    with work.house.database.write() as session:
        raise_notices(session, work, outcome)
        work.house.ledger.close(session, work.batch, work.now)
        if outcome != "held":
            runs.unstage(session, work.run)
        troubled = {item.trial for item in tally.failed} - tally.unknown
        plan_looks(session, work.named, data_timestamp=work.data_timestamp, troubled=troubled, now=work.now)
        runs.finish(
            session,
            work.run,
            work.house.clock.now(),
            outcome,
            checked=tally.checked,
            new=tally.new,
            changed=tally.changed,
            unchanged=tally.unchanged,
            requests=requests,
            detail=tally.detail(),
        )
    return tally.report(run=work.run, outcome=outcome, data_timestamp=work.data_timestamp, requests=requests)
