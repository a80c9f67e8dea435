"""How severely the fields of a trial were told between two of its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.reads.changes import stored_changes
from storage.reads.row_reader import RowReader
from storage.values.batches import batches
from storage.values.severity import Severity, rank

__all__ = ["told_severities"]


def told_severities(
    reader: RowReader, trial: str, versions: Sequence[int], before: int, after: int
) -> Mapping[str, Severity]:
    """Return the greatest severity of the changes of each field, from one version to the other, whichever is earlier.

    `versions` has the numbers of all versions in the order of time, which is not the order of arrival.
    """
    first, last = sorted((versions.index(before), versions.index(after)))
    found: dict[str, Severity] = {}
    for some in batches(versions[first + 1 : last + 1]):
        for row in reader.rows(stored_changes.FIELD_SEVERITIES, trial=trial, versions=some):
            severity = Severity(row.severity)
            found[row.field] = min(found.get(row.field, severity), severity, key=rank)
    return found
