"""How the watch is doing, from what the store remembers: nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from storage import channels, cohorts, history, jobs, letters, runs, trials, watches
from storage.database import REVISIONS, Database
from storage.models import Job, Run
from storage.sqlite_driver import VERSION, bundle_exists, known_fault
from tracker.alerts.config import AlertConfig, Mistake
from tracker.changes.words import count_of
from tracker.processes.single import daemon_holder, is_daemon_running
from tracker.registries.ids import by_registry
from tracker.rows import instant_out

__all__ = ["QUIET_AT_MOST", "health"]

QUIET_AT_MOST = timedelta(hours=96)
"""A long weekend leaves registry data three days old; a watch that looked at nothing for longer is not watching."""
LARGE_LOG_BYTES = 32 * 1024 * 1024
"""A write-ahead log of this size is not being folded: somebody reads without end."""
_FAILED_SEARCHES = 3
"""Failed searches for a cohort in a row, from which on it is worth a word."""
_TEST = "trialwatch alerts test"


def health(
    database: Database, now: datetime, alerts: AlertConfig | None = None, mistakes: Sequence[Mistake] = ()
) -> dict[str, Any]:
    """The status in the shape of the outside contract. Healthy before the first poll.

    `alerts` and `mistakes`: what the configuration says of alerts, where that is to be told too.
    """
    holder = daemon_holder(database) if is_daemon_running(database) else None
    log = database.log_bytes
    with database.read() as session:
        watched = by_registry(watches.watched(session))
        latest = runs.last_of_each(session)
        standing = runs.standing(session)
        store = history.store(session).store_id
        work = [job for job in jobs.every(session) if job.name != "daemon"]
        first = trials.first_look(session)
        counts = letters.counts(session)
        sets = [row for row in cohorts.every(session) if row.failures >= _FAILED_SEARCHES]
        closed = [row for row in channels.every(session).values() if row.disabled_at is not None]
    pending = {channel: number for (channel, state), number in counts.items() if state == "pending"}
    last = latest[-1] if latest else None
    troubles = _troubles(latest, watched, now) + [_failure(job) for job in work if job.failing_since]
    troubles += [f"The channel {it.name} is disabled: {it.reason}. Once mended: {_TEST} {it.name}" for it in closed]
    if mistakes:
        number = count_of(len(mistakes), "mistake")
        troubles.append(f"The config file has {number}, so nothing is looked at or told: trialwatch alerts check")
    warnings = [f"{row.trial or 'A record without id'} is in quarantine: {row.reason}" for row in standing[:20]]
    warnings += [f"The last {row.failures} searches for {row.name} failed: {row.error}" for row in sets]
    dead = sum(number for (_, state), number in counts.items() if state == "dead")
    if dead:
        warnings.append(f"{count_of(dead, 'message')} could not be delivered: trialwatch alerts outbox --state dead")
    warnings += _waiting(alerts, pending) if alerts is not None else []
    if log > LARGE_LOG_BYTES:
        warnings.append(f"The database's write-ahead log has grown to {log // 2**20} MiB: somebody reads without end")
    # Where there is no better library to install, the doctor alone speaks of it.
    if database.dialect == "sqlite" and known_fault() and bundle_exists():
        warnings.append(f"{known_fault()}. Install a newer one beside Trialwatch: pip install pysqlite3")
    return {
        "healthy": not troubles,
        "store": store,
        "last_poll": instant_out(last.finished_at or last.started_at) if last else None,
        "data_timestamp": last.data_timestamp if last else None,
        "watched": sum(map(len, watched.values())),
        "pending": sum(pending.values()),
        "dead": dead,
        "schema": REVISIONS[-1],
        "sqlite": VERSION if database.dialect == "sqlite" else None,
        "wal_bytes": log,
        "daemon": holder,
        "jobs": [_job(job) for job in work],
        "next_look": instant_out(first),
        "warnings": troubles + warnings,
    }


def _waiting(alerts: AlertConfig, pending: Mapping[str, int]) -> list[str]:
    """What waits for a channel that cannot be used. Not by another process, perhaps: a secret may be there only."""
    found = [f"The channel {name} cannot be used from here: {reason}" for name, reason in alerts.unusable.items()]
    lost = {channel: number for channel, number in pending.items() if channel not in alerts.names}
    for channel, number in lost.items():
        found.append(f"{count_of(number, 'message')} to the channel {channel}, which is not in the config file")
    return found


def _job(job: Job) -> dict[str, Any]:
    return {
        "job": job.name,
        "succeeded_at": instant_out(job.succeeded_at),
        "failing_since": instant_out(job.failing_since),
        "failures": job.failures,
        "error": job.error or None,
    }


def _failure(job: Job) -> str:
    return f"The daemon's job {job.name!r} has been failing since {instant_out(job.failing_since)}: {job.error}"


def _troubles(latest: Sequence[Run], watched: Collection[str], now: datetime) -> list[str]:
    """What the last run of each registry leaves to do, of those of which a trial is watched."""
    found = []
    for last in latest:
        if last.registry_name not in watched:
            continue
        if last.outcome == "held":
            found.append(f"Run {last.id} was held and waits for a look: trialwatch poll --accept {last.id}")
        if last.outcome == "failed":
            found.append(f"The last poll (run {last.id}) could read nothing; try: trialwatch doctor")
        ended = last.finished_at or last.started_at
        if now - ended > QUIET_AT_MOST:
            found.append(f"No poll for {(now - ended).days} days; try: trialwatch poll")
    return found
