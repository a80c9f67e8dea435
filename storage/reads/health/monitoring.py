"""What monitors and `status` count: polls, watched trials, messages, attempts, channels, jobs, the size of the store.

Changes by severity are counted by `stored_changes.count_by_severity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.values.states import READ_SOMETHING, AttemptState, MessageState, RunOutcome

__all__ = [
    "ATTEMPTS",
    "CHANNELS",
    "JOBS",
    "LAST_GOOD",
    "LAST_RUNS",
    "MESSAGES",
    "MUTED",
    "PENDING",
    "QUARANTINED",
    "RUNS",
    "STORE",
    "STORE_BYTES",
    "WATCHED",
    "AttemptCount",
    "ChannelTrouble",
    "JobState",
    "LastRun",
    "MessageCount",
    "PendingSince",
    "RunCount",
    "StoreHead",
    "WatchedCount",
]


class StoreHead(NamedTuple):
    store: str
    seq: int


class WatchedCount(NamedTuple):
    """The watched trials of one registry. `since`: when the first of these watches began."""

    registry: str
    trials: int
    since: datetime


class RunCount(NamedTuple):
    registry: str
    outcome: str
    runs: int


class LastRun(NamedTuple):
    """A run of a registry. `data_timestamp` is text of the registry."""

    registry: str
    outcome: str
    finished_at: datetime | None
    data_timestamp: str | None


class MessageCount(NamedTuple):
    channel: str
    state: str
    messages: int


class PendingSince(NamedTuple):
    """When the first message of a channel that has not gone out was due. That may lie ahead."""

    channel: str
    due_at: datetime


class AttemptCount(NamedTuple):
    channel: str
    outcome: str
    attempts: int


class ChannelTrouble(NamedTuple):
    """A channel that was ever used: its failures in a row, and whether and why it is disabled."""

    channel: str
    failures: int
    is_disabled: bool
    reason: str


class JobState(NamedTuple):
    """A job of the daemon: when it last succeeded, its failures in a row since then, and the error of the last one."""

    job: str
    failures: int
    succeeded_at: datetime | None
    failing_since: datetime | None
    error: str


class _Channel(NamedTuple):
    channel: str


class _Number(NamedTuple):
    number: int


def _texts(values: Sequence[str]) -> str:
    return ", ".join(f"'{it}'" for it in values)


_ENDED: Final = f"outcome <> '{RunOutcome.RUNNING}'"
_GOOD: Final = _texts(READ_SOMETHING)


def _last(condition: str) -> Query[LastRun]:
    """Return the query for the last run of each registry that meets a condition."""
    latest = f"SELECT max(id) FROM run WHERE {condition} GROUP BY registry_name"
    return Query(f"SELECT registry_name, outcome, finished_at, data_timestamp FROM run WHERE id IN ({latest})", LastRun)


STORE: Final = Query("SELECT store_id, seq FROM store", StoreHead)
WATCHED: Final = Query(
    """
    SELECT registry_name, count(*), min(added_at) FROM watch WHERE active = TRUE
    GROUP BY registry_name ORDER BY registry_name COLLATE "C"
    """,
    WatchedCount,
)
RUNS: Final = Query(
    f"SELECT registry_name, outcome, count(*) FROM run WHERE {_ENDED} GROUP BY registry_name, outcome", RunCount
)
"""The runs that have ended. Their rows are never deleted, so these numbers only grow."""
LAST_RUNS: Final = _last(_ENDED)
LAST_GOOD: Final = _last(f"outcome IN ({_GOOD})")
"""The last runs that could read something. By their number: after a clock was set back, an older one ended later."""
# Along the index of channel and state alone. What is inside a group goes out with the group.
MESSAGES: Final = Query(
    f"""
    SELECT channel, state, count(*) FROM message WHERE state <> '{MessageState.GROUPED}' GROUP BY channel, state
    ORDER BY channel COLLATE "C", state COLLATE "C"
    """,
    MessageCount,
)
PENDING: Final = Query(
    f"SELECT channel, min(due_at) FROM message WHERE state = '{MessageState.PENDING}' GROUP BY channel", PendingSince
)
ATTEMPTS: Final = Query(
    f"""
    SELECT m.channel, a.outcome, count(*) FROM attempt a JOIN message m ON m.key = a.key
    WHERE a.outcome NOT IN ({_texts((AttemptState.ASKED, AttemptState.TOLD))}) GROUP BY m.channel, a.outcome
    """,
    AttemptCount,
)
CHANNELS: Final = Query("SELECT name, failures, disabled_at IS NOT NULL, reason FROM channel", ChannelTrouble)
MUTED: Final = Query("SELECT channel FROM muted WHERE address = ''", _Channel)
"""The channels that are muted as a whole."""
JOBS: Final = Query(
    """
    SELECT name, failures, succeeded_at, failing_since, error FROM job WHERE name <> 'daemon' ORDER BY name COLLATE "C"
    """,
    JobState,
)
"""The jobs of the daemon, without the row of the daemon itself."""
QUARANTINED: Final = Query("SELECT count(*) FROM quarantine WHERE cleared_at IS NULL", _Number)
STORE_BYTES: Final[Mapping[str, Query[_Number]]] = MappingProxyType(
    {
        "sqlite": Query("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", _Number),
        "postgresql": Query("SELECT pg_database_size(current_database())", _Number),
    }
)
"""Dialect -> the query for the bytes of the store. Here alone the databases have no text in common."""
