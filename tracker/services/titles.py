"""The titles of trials, for lists of what is about them."""

from __future__ import annotations

from collections.abc import Collection

from storage.reads.changes import stored_changes
from storage.reads.row_reader import RowReader
from storage.values.batches import batches
from tracker.records.one_line import one_line

__all__ = ["titles_of"]


def titles_of(reader: RowReader, wanted: Collection[str]) -> dict[str, str]:
    """Return the titles of these trials on one line. Those without a title are left out."""
    found = [row for some in batches(sorted(wanted)) for row in reader.rows(stored_changes.TITLES, trials=some)]
    return {row.trial: title for row in found if (title := one_line(row.title))}
