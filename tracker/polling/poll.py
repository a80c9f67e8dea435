"""One poll: ask a registry, store its answers, decide what changed, and write that down. Read this file first.

    1 fresh    does the registry have new data?      5 read     each registry's normalizer, pure
    2 due      which trials to ask about             6 decide   `decide.py`, pure
    3 fetch    get full records, stage those that    7 commit   up to 100 trials a transaction, all or nothing,
               differ                                           together with their messages
    4 guard    can the whole run be believed?        8 deliver  not here: `delivery.worker`, after the poll

- A trial that failed keeps its data timestamp, so the next poll asks for it again. A trial in quarantine waits for
  newer data, for a newer normalizer, or for the weekly full read.
- One bad record never stops a poll.
- If a run looks implausible as a whole, it is held: its records stay staged, and none becomes a version.
- Messages wait until the run ends, so that many alike can become one (`_close`).
- If the process is killed, what was committed is whole. The rest keeps an older data timestamp and is due again. The
  next poll drops what was staged, and releases the messages that were committed (`_clear_up`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from schedules.cadence import unknown_trial_delay
from schedules.horizon import is_recent
from storage.polling import runs
from storage.values.batches import batches
from storage.values.states import RunOutcome
from storage.versions import merges, trials
from storage.watching import watches
from tracker.changes.guards import MERGES, MISSING
from tracker.context.context import PATIENCE_SECONDS, Context
from tracker.context.progress import Progress, silent
from tracker.errors import NotBefore, RegistryError, UsageError
from tracker.polling.absences import write_accepted
from tracker.polling.commit import Commit
from tracker.polling.fetch import Fetch
from tracker.polling.held_runs import confirmed_by, held_run
from tracker.polling.notices import store_notices
from tracker.polling.outage import Outage, outage_of
from tracker.polling.planning.schedule import plan_checks
from tracker.polling.planning.timestamps import is_ahead, is_newer, latest_possible
from tracker.polling.run.batch import PollWork, batch_of
from tracker.polling.run.report import PollCounters, PollReport
from tracker.processes.relaxed_gc import poll_gc
from tracker.registries.listed import FIRST
from tracker.registries.registry import Registry

__all__ = ["FULL_READ_EVERY", "poll"]

FULL_READ_EVERY = timedelta(days=7)
"""A trial is read in full at least this often, even if the registry reports no new data."""
_HEADS_AT_ONCE = 1_000
_EARLY = timedelta(hours=1)
"""Tolerance: a daily poll from cron sometimes starts a little early."""


def poll(
    context: Context,
    chosen: Sequence[str] | None = None,
    *,
    registry_name: str = FIRST.name,
    accept: int | None = None,
    progress: Progress = silent,
    patience: float = PATIENCE_SECONDS,
) -> PollReport:
    """Poll `chosen` once (default: every watched trial of that registry).

    With `accept`, write down a held run that a person has checked, and ask the registry nothing. For trials of
    several registries, use `tracker.polling.poll_all`.

    Raise Busy if another poll is still running after `patience` seconds, and UsageError if there is nothing to
    accept in that run. Failures of the registry are not raised: they are in the report.
    """
    with context.poll_turn(patience), poll_gc():
        registry = context.registries[registry_name]
        _clear_up(context, registry)
        if accept is not None:
            return _accept(context, registry, accept, progress)
        client = context.clients[registry.name]
        before = client.requests
        named = _trials_to_poll(context, registry, chosen)
        try:
            data_timestamp = client.data_timestamp()  # 1 fresh
        except RegistryError as error:
            return _unreachable(context, registry, named, error, before)
        work = _open(context, registry, data_timestamp, progress, named)
        due = _due(work, named)  # 2 due
        work.counters.current = len(named) - len(due)
        if not due:
            return _close(work, RunOutcome.UNCHANGED, before)
        fetch = Fetch(work)
        fetch.all(due)  # 3 fetch
        # The check comes before any version is committed: a fault of the registry hits many records at once, and would
        # otherwise be reported as many changes.
        if work.counters.hold(work.survey, work.registry.known_paths, work.confirmed):  # 4 guard
            fetch.absences.keep()
            return _close(work, RunOutcome.HELD, before)
        fetch.write_findings()
        Commit(work).commit_staged(work.run)  # 5, 6 and 7
        return _close(work, work.counters.outcome(), before)


def _trials_to_poll(context: Context, registry: Registry, chosen: Sequence[str] | None) -> list[str]:
    with context.database.read() as session:
        if chosen is None:
            return watches.watched(session, registry=registry.name)
        return list(dict.fromkeys(watches.resolve(session, trial) for trial in chosen))


def _clear_up(context: Context, registry: Registry) -> None:
    """End a run whose process died, and drop what it staged. We hold the poll lock, so that process cannot be alive."""
    with context.database.write() as session:
        last = runs.last(session, registry.name)
        if last is not None and last.id is not None and last.outcome == RunOutcome.RUNNING:
            runs.unstage(session, last.id)
            context.event_writer.close(session, batch_of(last.id), context.clock.now())
            runs.finish(session, last.id, context.clock.now(), RunOutcome.FAILED, detail={"reason": "interrupted"})


def _accept(context: Context, registry: Registry, accept: int, progress: Progress) -> PollReport:
    """Write down what a held run found, as of the time of its data. Ask the registry nothing.

    What a run was held for is believed like what newer data confirm. Merges that it heard of are not kept with it: the
    next poll believes them.
    """
    with context.database.read() as session:
        held = held_run(session, accept)
    if held is None or held.registry != registry.name:
        raise UsageError(f"Run {accept} holds nothing that could be accepted", subject=str(accept))
    work = _open(context, registry, held.data_timestamp, progress)
    work.counters.checked = held.staged + len(held.absent)
    work.counters.accepted = [MERGES] if MERGES in held.paths else []
    work.counters.released = bool(set(held.paths) - {MISSING, MERGES})
    write_accepted(work, held.absent, held.started_at)
    Commit(work).commit_staged(accept)
    with context.database.write() as session:
        runs.settle(session, accept)
    return _close(work, work.counters.outcome(), work.client.requests)


def _open(
    context: Context, registry: Registry, data_timestamp: str, progress: Progress, named: Sequence[str] = ()
) -> PollWork:
    now = context.clock.now()
    with context.database.write() as session:
        last = runs.last_judged(session, registry.name)
        run = runs.start(session, registry.name, data_timestamp, now)
        after_hold = last is not None and last.outcome == RunOutcome.HELD
        confirmed = confirmed_by(last, data_timestamp) if last is not None else ()
        # What a person accepted waits for a poll of all trials.
        is_part = bool(confirmed) and len(named) < len(watches.watched(session, registry=registry.name))
    work = PollWork(context, registry, now, run, data_timestamp, progress, after_hold, named, confirmed)
    work.counters.accepted = list(confirmed) if is_part and not after_hold else []
    return work


def _due(work: PollWork, named: Sequence[str]) -> list[str]:
    """Return the trials to ask about: those older than the registry's data, and those not read in full for a week."""
    due: list[str] = []
    with work.context.database.read() as session:
        newest = runs.newest_data(session, work.registry.name, latest_possible(work.now))
        waiting = merges.answered_on(session, work.data_timestamp)
        outdated = runs.refused_before(session, work.registry.normalizer)
        if newest is not None and is_ahead(newest, work.data_timestamp, work.now):
            work.counters.fallen_back_from = newest
        for some in batches(named, _HEADS_AT_ONCE):
            heads = trials.heads(session, some)
            if work.counters.fallen_back_from:
                # The registry answers from a stale copy. It has nothing new for trials that we read from newer data, so
                # only trials that were never read are asked about.
                due += [trial for trial in some if trial not in heads or not heads[trial].reads]
                continue
            # A quarantined trial is due as soon as our normalizer is newer than the one that failed on it. A number
            # that led to another trial on this very data would only give the same answer again.
            due += [it for it in some if it in outdated or (it not in waiting and _is_due(work, heads.get(it)))]
    return due


def _is_due(work: PollWork, head: trials.Head | None) -> bool:
    if head is None:
        return True
    data_timestamp, now = work.data_timestamp, work.now
    if head.is_unknown:
        return _is_asked_again(head, data_timestamp, now)
    if head.missing_data_timestamp is not None and not is_newer(data_timestamp, head.missing_data_timestamp, now):
        return False  # asked for by itself on this very data, and not there
    if all(is_newer(data_timestamp, read, now) for read in head.reads):
        return True
    # The registry may report nothing new and still be wrong about it, so every trial is read in full once a week.
    return head.full_read_at is None or not is_recent(head.full_read_at, now, FULL_READ_EVERY)


def _is_asked_again(head: trials.Head, data_timestamp: str, now: datetime) -> bool:
    """Return whether to ask again about an id that the registry did not know.

    Enough time must have passed, and the registry must be able to know more by now.
    """
    if head.last_checked_at is None or head.missing_data_timestamp is None:
        return True
    rested = abs(now - head.last_checked_at)
    news = is_newer(data_timestamp, head.missing_data_timestamp, now) or rested >= FULL_READ_EVERY
    return news and rested >= unknown_trial_delay(head.missing_count) - _EARLY


def _unreachable(
    context: Context, registry: Registry, named: Sequence[str], error: RegistryError, requests_before: int
) -> PollReport:
    counters = PollCounters()
    for trial in named:
        counters.fail(trial, error.message)
    now = context.clock.now()
    requests = context.clients[registry.name].requests - requests_before
    with context.database.write() as session:
        run = runs.start(session, registry.name, None, now)
        plan_checks(session, named, data_timestamp=None, troubled=(), now=now)
        Outage(run, registry.name, error.message, isinstance(error, NotBefore)).tell(session, context.event_writer, now)
        runs.finish(session, run, now, RunOutcome.FAILED, requests=requests, detail={"reason": error.message})
    return counters.report(run=run, outcome=RunOutcome.FAILED, data_timestamp=None, requests=requests)


def _close(work: PollWork, outcome: RunOutcome, requests_before: int) -> PollReport:
    requests = work.client.requests - requests_before
    counters = work.counters
    with work.context.database.write() as session:
        store_notices(session, work, outcome)
        if outcome == RunOutcome.FAILED and (outage := outage_of(session, work)) is not None:
            outage.tell(session, work.context.event_writer, work.now)
        work.context.event_writer.close(session, work.batch, work.now)
        # A held run keeps its staged records, so that `--accept` can write them later.
        if outcome != RunOutcome.HELD:
            runs.unstage(session, work.run)
        troubled = {item.trial for item in counters.failed} - counters.unknown
        plan_checks(session, work.named, data_timestamp=work.data_timestamp, troubled=troubled, now=work.now)
        runs.finish(
            session,
            work.run,
            work.context.clock.now(),
            outcome,
            checked=counters.checked,
            new=counters.new,
            changed=counters.changed,
            unchanged=counters.unchanged,
            requests=requests,
            detail=counters.detail(),
        )
    return counters.report(run=work.run, outcome=outcome, data_timestamp=work.data_timestamp, requests=requests)
