"""The store: `backfill`, `import`, `verify`, `backup`, `restore`, `evidence`; and errors."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tracker.api.base import Shape, described

__all__ = ["BackedUp", "Backfilled", "Error", "EvidenceFile", "Imported", "Restored", "Verified"]


class StoreFault(Shape, frozen=True):
    """One row that is not as it was stored."""

    table: str
    row: Annotated[str, described("Empty where a whole table or file is meant.")]
    reason: str


class Verified(Shape, frozen=True):
    """`verify`: nothing, when all is as it was stored."""

    faults: list[StoreFault]


class Backup(Shape, frozen=True):
    """What a backup holds."""

    file: str
    bytes: int
    store: str
    trials: int
    versions: int
    seq: Annotated[int, described("How many changes.")]
    verified: bool


class BackedUp(Shape, frozen=True):
    """`backup`."""

    backup: Backup


class NotFetched(Shape, frozen=True):
    """A trial whose past could not be fetched, or not all of it."""

    trial: str
    reason: str


class Backfill(Shape, frozen=True):
    """What was fetched of the past."""

    trials: Annotated[list[str], described("Whose past was asked for.")]
    stored: Annotated[int, described("New versions.")]
    failed: list[NotFetched]
    left: Annotated[list[str], described("Not reached, or not finished; the same command goes on with them.")]
    stopped: Annotated[str | None, described("Why the rest was not asked for; null if all was.")]


class Backfilled(Shape, frozen=True):
    """`backfill`."""

    backfill: Backfill


class Restore(Shape, frozen=True):
    """What was restored."""

    store: str
    trials: int
    versions: int
    seq: int
    was: Annotated[str | None, described("The id the store had.")]
    set_aside: Annotated[int, described("Messages that may have been sent since.")]
    kept: Annotated[str | None, described("The file with the store that was there before.")]


class Restored(Shape, frozen=True):
    """`restore`."""

    restore: Restore


class Evidence(Shape, frozen=True):
    """The bundle of one change."""

    file: str
    seq: int
    trial: str
    kind: str


class EvidenceFile(Shape, frozen=True):
    """`evidence`."""

    evidence: Evidence


class RejectedFile(Shape, frozen=True):
    """What could not be imported."""

    source: str
    reason: str


class Duplicate(Shape, frozen=True):
    """What was in the import already."""

    source: str
    of: str


class Remark(Shape, frozen=True):
    """What is odd about a file."""

    source: str
    remark: str


class Content(Shape, frozen=True):
    """What a file holds."""

    source: str
    what: str


class NumberedVersions(Shape, frozen=True):
    """Versions of a trial by the registry's numbers."""

    trial: str
    versions: list[int]


class Import(Shape, frozen=True):
    """What an import came to."""

    files: int
    ids: int
    records: int
    pages: int
    stored: int
    already: int
    trials: int
    watched: int
    dry_run: bool
    rejected: list[RejectedFile]
    duplicates: list[Duplicate]
    versions: Annotated[int, described("Versions of the registry's history.")]
    lists: Annotated[int, described("Lists of such versions.")]
    missing: Annotated[list[NumberedVersions], described("Listed and in no file.")]
    gaps: Annotated[list[NumberedVersions], described("Numbers in between, where there was no list.")]
    newer: Annotated[list[NumberedVersions], described("Left to the next poll.")]
    remarks: list[Remark]
    contents: Annotated[list[Content], described("Filled by --dry-run.")]


class Imported(Shape, frozen=True):
    """`import`."""

    import_: Import = msgspec.field(name="import")


class ErrorBody(Shape, frozen=True):
    """Why a command failed."""

    kind: str
    message: Annotated[str, described("A sentence with the next step in it.")]
    subject: Annotated[str, described("What it is about.")]


class Error(Shape, frozen=True):
    """What a failure prints with `-o json`."""

    error: ErrorBody
