"""How the watch is doing, from the contents of the store. No request is made.

`status`, its exit code, `doctor` and the ping share this one definition. The watch is unhealthy if

- a message has been due and undelivered for too long (see `LATE_AFTER`),
- the last message to a receiver was given up, or a channel was closed and no owner could be told,
- trials that have been watched for two days were not polled in that time (four days while a daemon runs, because no
  registry publishes over a long weekend),
- a run was held, so its records wait for a person,
- the config file has mistakes, so nothing is polled or sent,
- a job of the daemon has been failing for an hour.

Everything else worth knowing is a warning. Each line names its subject and says what to do next.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from schedules.cadence import AT_LEAST_EVERY, UNREAD_FOR
from storage.engine.revisions import REVISIONS
from storage.engine.sqlite_driver import VERSION, bundle_exists, known_fault
from storage.files.write_ahead_log import log_bytes
from storage.reads.health import messages, monitoring, polls, sets, undelivered
from storage.reads.health.monitoring import ChannelTrouble, JobState, WatchedCount
from storage.reads.health.polls import Poll
from storage.reads.row_reader import RowReader
from storage.reads.trials import planned_checks
from storage.values.severity import Severity
from storage.values.states import MessageState, RunOutcome
from tracker.alerts.config import AlertConfig
from tracker.alerts.render.commands import dead_command, lift_command, retry_command, test_command
from tracker.api.poll import Job, Status
from tracker.changes.wording.words import count_of
from tracker.config.mistakes import ConfigMistake
from tracker.processes.running_daemon import running_daemon
from tracker.recording.instants import instant_out
from tracker.records.instants import local_time

__all__ = ["LATE_AFTER", "LOOKED_AT_WITHIN", "health"]

LATE_AFTER: dict[str, timedelta] = dict.fromkeys(Severity, timedelta(hours=1))
LATE_AFTER[Severity.CRITICAL] = timedelta(minutes=15)
"""A message that has been due for longer than this, by its severity, is late."""
LOOKED_AT_WITHIN = timedelta(days=2)
LOOKED_AT_BY_DAEMON = timedelta(hours=97)
"""From Friday's poll to Tuesday's, if Monday is a holiday. A daemon does not poll while nothing is published."""
LOOKED_AT_BY_PLAN = AT_LEAST_EVERY + timedelta(hours=1)
"""A daemon lets quiet trials rest for longer than that, and is well as long as no check that it planned is overdue."""
_OVERDUE_AFTER = timedelta(hours=1)
_CHECKED_AGAIN_WITHIN = timedelta(hours=1)
"""What could not be read is checked again within this time."""
FAILING_FOR = timedelta(hours=1)
LARGE_LOG_BYTES = 32 * 1024 * 1024
"""A write-ahead log of this size is not being checkpointed, because a reader never ends."""
FEW_FREE_BYTES = 16 * 1024 * 1024
"""With less free space than this on its disk, the store soon cannot be written."""
_FAILED_SEARCHES = 3
"""After this many failed searches for a cohort in a row, report it."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store says, read at one moment."""

    now: datetime
    daemon: str | None
    watched: Mapping[str, WatchedCount]
    #: When the first check of a watched trial is planned.
    first_check: datetime | None
    last_good: Mapping[str, datetime | None]
    latest: Sequence[Poll]
    jobs: Sequence[JobState]
    overdue: Sequence[undelivered.Overdue]
    given_up: Sequence[undelivered.GivenUp]
    unheard: Mapping[str, str]
    channels: Mapping[str, ChannelTrouble]
    muted: frozenset[str]
    counts: Mapping[tuple[str, str], int]


def health(
    reader: RowReader,
    path: Path | None,
    now: datetime,
    alerts: AlertConfig | None = None,
    mistakes: Sequence[ConfigMistake] = (),
) -> Status:
    """Return how the watch is doing. It is healthy before the first poll.

    `path`: the file of the store, None for one on a server. `alerts` and `mistakes` are what the configuration says
    about alerts, if that is to be reported too.
    """
    facts = _facts(reader, path, now)
    store = reader.one(monitoring.STORE).store
    kept_aside = [*_kept_aside(reader), *_long_unread(reader, facts)]
    troubles = [
        *_mistakes(mistakes),
        *_nobody_looks(facts),
        *_held(facts),
        *_late(facts, alerts),
        *_given_up(facts),
        *_failing_jobs(facts),
    ]
    warnings = [*kept_aside, *_worth_knowing(facts, alerts), *_of_the_disk(path)]
    last = facts.latest[-1] if facts.latest else None
    return Status(
        healthy=not troubles,
        store=store,
        last_poll=instant_out(last.finished_at or last.started_at) if last else None,
        data_timestamp=last.data_timestamp if last else None,
        watched=sum(it.trials for it in facts.watched.values()),
        pending=_messages(facts, MessageState.PENDING),
        dead=_messages(facts, MessageState.DEAD),
        schema=REVISIONS[-1],
        sqlite=VERSION if path else None,
        wal_bytes=log_bytes(path) if path else 0,
        daemon=facts.daemon,
        jobs=[_job(job) for job in facts.jobs],
        next_look=instant_out(facts.first_check),
        troubles=troubles,
        warnings=troubles + warnings,
    )


def _messages(facts: _Facts, state: MessageState) -> int:
    """Return the number of messages in this state, over all channels."""
    return sum(number for (_, its), number in facts.counts.items() if its == state)


def _facts(reader: RowReader, path: Path | None, now: datetime) -> _Facts:
    return _Facts(
        now=now,
        daemon=running_daemon(reader, path),
        watched={it.registry: it for it in reader.rows(monitoring.WATCHED)},
        first_check=planned_checks.first_check(reader),
        last_good={it.registry: it.finished_at for it in reader.rows(monitoring.LAST_GOOD)},
        latest=reader.rows(polls.LAST_OF_EACH),
        jobs=reader.rows(monitoring.JOBS),
        overdue=undelivered.overdue(reader, now, LATE_AFTER),
        given_up=undelivered.last_words_given_up(reader),
        unheard=messages.unheard(reader),
        channels={it.channel: it for it in reader.rows(monitoring.CHANNELS)},
        muted=frozenset(it.channel for it in reader.rows(monitoring.MUTED)),
        counts=messages.counts(reader),
    )


def _mistakes(mistakes: Sequence[ConfigMistake]) -> Iterator[str]:
    if mistakes:
        number = count_of(len(mistakes), "mistake")
        yield f"The config file has {number}, so nothing is looked at or told: trialwatch config check"


def _patience(facts: _Facts, *, has_failed: bool) -> timedelta:
    if not facts.daemon:
        return LOOKED_AT_WITHIN
    keeps_plan = facts.first_check is not None and facts.first_check > facts.now - _OVERDUE_AFTER
    return LOOKED_AT_BY_PLAN if keeps_plan and not has_failed else LOOKED_AT_BY_DAEMON


def _nobody_looks(facts: _Facts) -> Iterator[str]:
    """Yield registries with a trial that has been watched for long, if none of their trials was read in that time."""
    for registry, watched, since in facts.watched.values():
        read = facts.last_good.get(registry)
        has_failed = any(run.registry == registry and run.outcome == RunOutcome.FAILED for run in facts.latest)
        if facts.now - max(since, read or since) <= _patience(facts, has_failed=has_failed):
            continue
        when = f"since {local_time(read)}" if read else "yet"
        number = count_of(watched, "watched trial")
        if has_failed:
            yield f"{number} of {registry}: no poll could read anything {when}. To see why: trialwatch doctor"
        elif facts.daemon:
            yield f"{number} of {registry}: the daemon ({facts.daemon}) has not looked {when}. See its log; restart it"
        else:
            yield (
                f"{number} of {registry}: nobody has looked {when}, and no daemon runs. Look now: trialwatch poll. To "
                "keep looking: trialwatch daemon, or a crontab line that runs trialwatch poll every day"
            )


def _held(facts: _Facts) -> Iterator[str]:
    for run in facts.latest:
        if run.outcome == RunOutcome.HELD and run.registry in facts.watched:
            yield f"Run {run.run} was held and waits for a look: trialwatch poll --accept {run.run}"


def _late(facts: _Facts, alerts: AlertConfig | None) -> Iterator[str]:
    for it in facts.overdue:
        number = count_of(it.number, "message")
        are = "is" if it.number == 1 else "are"
        yield f"{number} to the channel {it.channel} {are} due since {local_time(it.since)}: {_why(it, facts, alerts)}"


def _why(it: undelivered.Overdue, facts: _Facts, alerts: AlertConfig | None) -> str:
    """Return why messages of a channel have not been delivered, and what to do."""
    row = facts.channels.get(it.channel)
    if alerts is not None and it.channel in alerts.unusable:
        return f"the channel cannot be used ({alerts.unusable[it.channel]}). Put that right, then: trialwatch poll"
    if alerts is not None and it.channel not in alerts.names:
        return "the config file does not have this channel any more. Put it back, or see: trialwatch alerts outbox"
    if row is not None and row.is_disabled:
        return f"the channel is disabled ({_plain(row.reason)}). {_once_right(it.channel)}"
    if it.error:
        return it.error if "trialwatch " in it.error else f"{it.error}. To try now: {test_command(it.channel)}"
    return "nobody has tried to send. Send now: trialwatch poll"


def _given_up(facts: _Facts) -> Iterator[str]:
    for it in facts.given_up:
        about = f" about {it.trial}" if it.trial else ""
        reason = _plain(it.reason) or "the reason is not known"
        yield (
            f"The last message to the channel {it.channel}{about} was given up: {reason}. To see all: "
            f"{dead_command()}. To send again: {retry_command(it.channel)}"
        )
    for name, reason in facts.unheard.items():
        if name not in {it.channel for it in facts.overdue}:
            yield f"The channel {name} is disabled, and nobody could be told: {_plain(reason)}. {_once_right(name)}"


def _plain(reason: str) -> str:
    """Return a reason without the steps at its end, which only applied while it was still retried."""
    return reason.partition(". ")[0].rstrip(".")


def _once_right(channel: str) -> str:
    return f"Once it is put right: {test_command(channel)}"


def _failing_jobs(facts: _Facts) -> Iterator[str]:
    for job in facts.jobs:
        if job.failing_since is not None and facts.now - job.failing_since >= FAILING_FOR:
            yield _failing(job)


def _failing(job: JobState) -> str:
    since = instant_out(job.failing_since)
    return (
        f"The daemon's job {job.job!r} has been failing since {since}: {job.error}. See its log, or: trialwatch doctor"
    )


def _kept_aside(reader: RowReader) -> Iterator[str]:
    """Yield records that cannot be read, unknown numbers, and sets that cannot be searched for."""
    for row in reader.rows(polls.QUARANTINED)[:_SHOWN]:
        yield f"{row.trial or 'A record without id'} is in quarantine: {row.reason}"
    for trial in planned_checks.never_found(reader)[:_SHOWN]:
        yield f"{trial} is watched, and the registry does not know it. Check the number: trialwatch unwatch {trial}"
    for cohort in reader.rows(sets.SEARCHES):
        if cohort.is_refused:
            end = f"trialwatch unwatch --cohort {cohort.name}"
            yield f"The registry refuses the search for {cohort.name}: {cohort.error}. To end it: {end}"
        elif cohort.failures >= _FAILED_SEARCHES:
            yield f"The last {cohort.failures} searches for {cohort.name} failed: {cohort.error}"


def _long_unread(reader: RowReader, facts: _Facts) -> Iterator[str]:
    """Yield trials that could not be read for long while others of their registry were."""
    late = planned_checks.long_unread(reader, facts.now - UNREAD_FOR, facts.now + _CHECKED_AGAIN_WITHIN)
    for row in late[:_SHOWN]:
        last = facts.last_good.get(row.registry)
        if last is not None and last - row.read_at > UNREAD_FOR:
            since = f"{row.read_at.date()}, while {row.registry} answers for others"
            yield f"{row.trial} was not read since {since}. To see why: trialwatch poll {row.trial}"


def _worth_knowing(facts: _Facts, alerts: AlertConfig | None) -> Iterator[str]:
    for run in facts.latest:
        if run.outcome == RunOutcome.FAILED and run.registry in facts.watched:
            reason = _reason(run)
            yield f"The last poll of {run.registry} could read nothing: {reason}. To see why: trialwatch doctor"
    for job in facts.jobs:
        if job.failing_since is not None and facts.now - job.failing_since < FAILING_FOR:
            yield _failing(job)
    late = {it.channel for it in facts.overdue}
    for row in facts.channels.values():
        if row.is_disabled and row.channel not in late | facts.unheard.keys():
            yield f"The channel {row.channel} is disabled: {_plain(row.reason)}. {_once_right(row.channel)}"
    yield from _of_channels(facts, alerts, late)
    dead = _messages(facts, MessageState.DEAD)
    if dead and not facts.given_up:
        yield f"{count_of(dead, 'message')} could not be delivered: {dead_command()}"


def _reason(run: Poll) -> str:
    """Return why a run could read nothing, in words."""
    detail = orjson.loads(run.detail or "{}")
    reasons = [detail.get("reason", "")] + [it["reason"] for it in detail.get("failed", [])]
    return next((reason for reason in reasons if reason), "its trials could not be read")


def _of_channels(facts: _Facts, alerts: AlertConfig | None, late: set[str]) -> Iterator[str]:
    """Yield channels that cannot be used. A missing secret alone does not count: another process may have it."""
    if alerts is None:
        return
    for name, reason in alerts.unusable.items():
        if name not in late:
            yield f"The channel {name} cannot be used from here: {reason}"
    for (channel, state), number in facts.counts.items():
        if state == MessageState.PENDING and channel not in alerts.names and channel not in late:
            yield f"{count_of(number, 'message')} to the channel {channel}, which is not in the config file"
    if alerts.owner in facts.muted:
        lift = lift_command(alerts.owner)
        yield f"The owner's channel {alerts.owner} is muted, so nobody hears of trouble. To lift that: {lift}"
    if facts.watched and not alerts.names:
        yield "No channel is set, so nobody is told of anything. To be told: trialwatch alerts add you@example.org"


def _of_the_disk(path: Path | None) -> Iterator[str]:
    if path is not None:
        if (log := log_bytes(path)) > LARGE_LOG_BYTES:
            yield f"The database's write-ahead log has grown to {log // 2**20} MiB: somebody reads without end"
        free = shutil.disk_usage(path.parent).free
        if free < FEW_FREE_BYTES:
            yield f"The disk of {path} has {free // 2**10:,} KiB left: make room, or the store cannot be written"
        # If no better library can be installed, only the doctor mentions it.
        if known_fault() and bundle_exists():
            yield f"{known_fault()}. Install a newer one beside Trialwatch: pip install pysqlite3"


def _job(job: JobState) -> Job:
    return Job(
        job=job.job,
        succeeded_at=instant_out(job.succeeded_at),
        failing_since=instant_out(job.failing_since),
        failures=job.failures,
        error=job.error or None,
    )
