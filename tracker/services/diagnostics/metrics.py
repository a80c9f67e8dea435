"""The numbers for a monitor: read from the store at one moment, whatever program asks for them.

They are facts. What is healthy is defined in `health`. No request is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from storage.engine.revisions import REVISIONS
from storage.files.write_ahead_log import log_bytes
from storage.reads.changes import stored_changes
from storage.reads.door import ReadDoor, Reader
from storage.reads.health import monitoring
from storage.reads.health.monitoring import ChannelTrouble, JobState, StoreHead
from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity
from storage.values.states import AttemptState, MessageState, RunOutcome
from tracker import __version__
from tracker.polling.notices import data_instant
from tracker.processes.running_daemon import is_running

__all__ = ["Meter", "Metrics", "RegistryMetrics", "StoreSize"]

STATES = (MessageState.PENDING, MessageState.SENT, MessageState.DEAD)
RESULTS = (AttemptState.RUNNING, AttemptState.SENT, AttemptState.RETRY, AttemptState.DEAD)
OUTCOMES = tuple(it for it in RunOutcome if it is not RunOutcome.RUNNING)


class StoreSize(NamedTuple):
    """Bytes of the store, of its write-ahead log, and what its disk has left. None where the store is on a server."""

    store: int
    log: int | None
    free: int | None


@dataclass(frozen=True, slots=True)
class RegistryMetrics:
    """The polls of one registry.

    `unread_for`: how long ago something could be read, counted from the first watch if that began later. None if none
    of its trials is watched. `held`: the last poll waits for a person. `polls`: outcome -> number.
    """

    watched: int
    polls: Mapping[str, int]
    last_good: datetime | None
    unread_for: timedelta | None
    data: datetime | None
    held: bool


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one moment.

    `messages`: (channel, state) -> number. `overdue`: channel -> how long its first pending message has been due, 0 if
    none is. `attempts`: (channel, result) -> number, of messages that are still in the outbox.
    """

    now: datetime
    version: str
    schema: str
    database: str
    registries: Mapping[str, RegistryMetrics]
    changes: Mapping[str, int]
    messages: Mapping[tuple[str, str], int]
    overdue: Mapping[str, timedelta]
    attempts: Mapping[tuple[str, str], int]
    channels: tuple[ChannelTrouble, ...]
    jobs: tuple[JobState, ...]
    quarantined: int
    is_daemon_running: bool
    size: StoreSize


class _Tally(NamedTuple):
    """The number of changes of each severity, up to this place in a store."""

    head: StoreHead
    counts: Mapping[str, int]


class Meter:
    """Reads the numbers of one store. Threads may share it."""

    def __init__(self, door: ReadDoor) -> None:
        self._door = door
        self._guard = Lock()
        self._tally: _Tally | None = None

    def read(self, now: datetime) -> Metrics:
        """Return the numbers. Raise StorageError if the store cannot be read."""
        with self._door.read() as reader:
            head = reader.one(monitoring.STORE)
            changes = self._changes(reader, head)
            registries = _registries(reader, now)
            in_outbox = reader.remembered(monitoring.MESSAGES)
            since = reader.remembered(monitoring.PENDING)
            tried = reader.remembered(monitoring.ATTEMPTS)
            channels = tuple(reader.rows(monitoring.CHANNELS))
            jobs = tuple(reader.rows(monitoring.JOBS))
            quarantined = reader.remembered_one(monitoring.QUARANTINED).number
            size = reader.one(monitoring.STORE_BYTES[self._door.dialect]).number
            runs = is_running(reader, self._door.path)
        messages = _filled(in_outbox, STATES)
        return Metrics(
            now=now,
            version=__version__,
            schema=REVISIONS[-1],
            database=self._door.dialect,
            registries=registries,
            changes=changes,
            messages=messages,
            overdue=dict.fromkeys((it for it, _ in messages), timedelta())
            | {it.channel: max(now - it.due_at, timedelta()) for it in since},
            attempts=_filled(tried, RESULTS),
            channels=channels,
            jobs=jobs,
            quarantined=quarantined,
            is_daemon_running=runs,
            size=StoreSize(size, *self._beside()),
        )

    def _changes(self, reader: Reader, head: StoreHead) -> Mapping[str, int]:
        """Return the number of changes by severity. No event is ever deleted, so only those since the last time are
        counted.
        """
        with self._guard:
            known = self._tally
            if known is None or known.head.store != head.store or known.head.seq > head.seq:
                known = _Tally(StoreHead(head.store, 0), dict.fromkeys(Severity, 0))
            if known.head != head:
                # Without a place to begin, it is counted along an index.
                query, named = stored_changes.count_by_severity(ChangeFilter(after_seq=known.head.seq or None))
                more = zip(Severity, reader.one(query, **named), strict=True)
                known = _Tally(head, {name: known.counts[name] + number for name, number in more})
            self._tally = known
            return known.counts

    def _beside(self) -> tuple[int | None, int | None]:
        path = self._door.path
        if path is None:
            return None, None
        try:
            free = shutil.disk_usage(path.parent).free
        except OSError:
            free = None
        return log_bytes(path), free


def _registries(reader: Reader, now: datetime) -> dict[str, RegistryMetrics]:
    watched = {it.registry: it for it in reader.remembered(monitoring.WATCHED)}
    polls = {(it.registry, it.outcome): it.runs for it in reader.remembered(monitoring.RUNS)}
    last = {it.registry: it for it in reader.remembered(monitoring.LAST_RUNS)}
    good = {it.registry: it for it in reader.remembered(monitoring.LAST_GOOD)}
    found = {}
    for name in sorted({*watched, *last}):
        watch, read = watched.get(name), good.get(name)
        at = read.finished_at if read else None
        found[name] = RegistryMetrics(
            watched=watch.trials if watch else 0,
            polls={outcome: polls.get((name, outcome), 0) for outcome in OUTCOMES},
            last_good=at,
            # As `health` counts: what was watched an hour ago cannot be unread for days.
            unread_for=max(now - max(watch.since, at or watch.since), timedelta()) if watch else None,
            data=_instant(read.data_timestamp) if read else None,
            held=name in last and last[name].outcome == RunOutcome.HELD,
        )
    return found


def _instant(data_timestamp: str | None) -> datetime | None:
    """Return a data timestamp as an instant. None for one that is none: some registries give none."""
    try:
        return data_instant(data_timestamp) if data_timestamp else None
    except (ValueError, OverflowError):
        return None


def _filled(found: Sequence[tuple[str, str, int]], names: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the numbers by their two names, with 0 for what could be there and is not. So no line comes and goes."""
    zeros = {(first, name): 0 for first in sorted({row[0] for row in found}) for name in names}
    return zeros | {(row[0], row[1]): row[2] for row in found}
