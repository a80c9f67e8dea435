"""Hash chains: which parts of a row never change, and how one row's hash is made from the one before.

A chain shows that rows were edited, dropped or moved. It does not show that its tail was cut off, and it does not
protect against someone who rewrites all of it. For these cases you need an exported head.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

from storage.documents.documents import canonical, digest

__all__ = [
    "EVENT_COVERED",
    "FIELD_COVERED",
    "SNAPSHOT_COVERED",
    "SNAPSHOT_LISTED",
    "event_hash",
    "event_id",
    "identity",
    "listing_hash",
    "snapshot_hash",
]


class ChainRow(Protocol):
    """Anything that gives a column by its name."""

    def __getitem__(self, name: str, /) -> Any: ...


SNAPSHOT_COVERED = (
    "trial",
    "version",
    "raw_sha256",
    "content_hash",
    "effective",
    "effective_basis",
    "submit_date",
    "observed_at",
    "source",
)
"""This order never changes. Columns that lists show, and the registry's number (noted later), are not part of it."""

SNAPSHOT_LISTED = (
    "registry_version",
    "run",
    "normalizer",
    "title",
    "status",
    "enrollment_count",
    "enrollment_type",
    "results",
)
"""The columns outside the chain. They may be rewritten, so they have a hash of their own."""

EVENT_COVERED = (
    "seq",
    "id",
    "identity",
    "trial",
    "kind",
    "severity",
    "summary",
    "subject",
    "effective",
    "observed_at",
    "from_version",
    "to_version",
    "backfilled",
    "run",
)
FIELD_COVERED = ("position", "field", "label", "before", "after")


def snapshot_hash(row: ChainRow, previous: str) -> str:
    """Return a version's hash. `previous` is the hash of the trial's version before, "" for the first."""
    return digest(canonical([*_covered(row, SNAPSHOT_COVERED), previous]))


def listing_hash(row: ChainRow) -> str:
    """Hash the columns outside the chain, bound to their row's place in it. Half a SHA-256."""
    return digest(canonical([*_covered(row, SNAPSHOT_LISTED), row["chain"]]))[:32]


def event_hash(row: ChainRow, fields: Sequence[ChainRow], previous: str) -> str:
    """Hash an event and its field changes, by position. `previous` is the hash of the event before, "" at first."""
    changes = [_covered(field, FIELD_COVERED) for field in fields]
    return digest(canonical([*_covered(row, EVENT_COVERED), changes, previous]))


def identity(parts: Iterable[str]) -> str:
    """Hash what identifies a change: trial, kind, subject, from-content, to-content."""
    return b32encode(sha256("\0".join(parts).encode()).digest()).decode().lower()[:26]


def event_id(parts: Iterable[str], occurrence: int) -> str:
    """Return the public id. `occurrence` counts the earlier events of this store with the same parts."""
    return "evt_" + identity((*parts, str(occurrence)))


def _covered(row: ChainRow, names: Iterable[str]) -> list[Any]:
    return [_plain(row[name]) for name in names]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
