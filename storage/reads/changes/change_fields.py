"""The fields of changes, before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from storage.reads.changes import stored_changes
from storage.reads.changes.stored_changes import EventField
from storage.reads.row_reader import RowReader
from storage.values.batches import batches

__all__ = ["fields_of"]


def fields_of(reader: RowReader, seqs: Sequence[int]) -> Mapping[int, list[EventField]]:
    """Return the fields of these changes by seq, in their order. A change without fields has an empty list."""
    found: dict[int, list[EventField]] = defaultdict(list)
    for some in batches(seqs):
        for row in reader.rows(stored_changes.FIELDS, seqs=some):
            found[row.seq].append(row)
    return found
