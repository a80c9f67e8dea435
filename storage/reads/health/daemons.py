"""The daemon of a store: which process became it last, and on a server whether it still is."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.query import Query

__all__ = ["DAEMON_KEY", "HOLDER", "SERVER_LOCK_IS_HELD"]

DAEMON_KEY: Final = 0x74776461  # "twda"
"""The advisory lock that a daemon holds on a server."""


class _Holder(NamedTuple):
    holder: str


class _Found(NamedTuple):
    found: bool


HOLDER: Final = Query("SELECT holder FROM job WHERE name = 'daemon'", _Holder)
SERVER_LOCK_IS_HELD: Final = Query(
    f"""
    SELECT EXISTS (
        SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = {DAEMON_KEY}
        AND d.datname = current_database()
    )
    """,
    _Found,
)
"""Whether a process is the daemon now. For a server alone: a file is locked by the system."""
