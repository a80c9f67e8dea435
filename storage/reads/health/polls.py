"""Polls, and the records that they could not read."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.values.states import RunOutcome

__all__ = ["LAST_OF_EACH", "LATEST", "QUARANTINED", "Poll", "Quarantined"]


class Poll(NamedTuple):
    """A run, finished or not. `detail` of one that failed is JSON text, else ""."""

    run: int
    registry: str
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    data_timestamp: str | None
    checked: int
    new: int
    changed: int
    requests: int
    detail: str


class Quarantined(NamedTuple):
    """A document that could not be read. `since`: when it was first seen."""

    trial: str
    reason: str
    since: datetime


# The detail of a poll that went well may be large, and is of no use to a list.
_COLUMNS: Final = f"""id, registry_name, outcome, started_at, finished_at, data_timestamp, checked, new, changed,
    requests, CASE WHEN outcome = '{RunOutcome.FAILED}' THEN detail ELSE '' END"""
LAST_OF_EACH: Final = Query(
    f"SELECT {_COLUMNS} FROM run WHERE id IN (SELECT max(id) FROM run GROUP BY registry_name) ORDER BY id", Poll
)
"""The last run of each registry, the latest at the end."""
LATEST: Final = Query(f"SELECT {_COLUMNS} FROM run ORDER BY id DESC LIMIT :limit", Poll)
"""The runs that began last, the latest first."""
QUARANTINED: Final = Query(
    """
    SELECT trial, reason, first_seen_at FROM quarantine WHERE cleared_at IS NULL
    ORDER BY trial COLLATE "C", first_seen_at
    """,
    Quarantined,
)
"""What is in quarantine now, without the bytes."""
