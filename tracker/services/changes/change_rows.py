"""What belongs to the changes of a list: their fields, and the titles of their trials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from storage.engine.batches import batches
from storage.reads import events
from storage.reads.door import Reader
from storage.reads.events import EventField
from tracker.records.text import one_line

__all__ = ["fields_of", "titles_of"]


def fields_of(reader: Reader, seqs: Sequence[int]) -> Mapping[int, list[EventField]]:
    """Return the fields of these changes by seq, in their order."""
    found: dict[int, list[EventField]] = defaultdict(list)
    for some in batches(seqs):
        for row in reader.rows(events.FIELDS, seqs=some):
            found[row.seq].append(row)
    return found


def titles_of(reader: Reader, wanted: Collection[str]) -> dict[str, str]:
    """Return the titles of these trials on one line. Those without a title are left out."""
    found = [row for some in batches(sorted(wanted)) for row in reader.rows(events.TITLES, trials=some)]
    return {row.trial: title for row in found if (title := one_line(row.title))}
