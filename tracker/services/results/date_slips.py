"""How far the date of each trial has slipped, from its stored changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from storage.reads.row_reader import RowReader
from storage.reads.trials.standings import date_changes
from tracker.changes.red_flags.date_flags import slip_of
from tracker.records.dates import RegistryDate
from tracker.results.scorecard import ResultsStatus

__all__ = ["slips"]

_SLIPPING = {f"date.{name}_changed": f"dates.{name}" for name in ("primary_completion", "completion")}


def slips(reader: RowReader, known: Mapping[str, ResultsStatus], only: Sequence[str] | None = None) -> dict[str, int]:
    """Return how many days a date of each trial moved over all its versions. 0 if it never moved.

    The date is primary completion, or completion if the record has no other. Trials without dates are left out.
    `only`: the trials of `known`, for so few of them that the changes of all others need not be read.
    """
    texts: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for change in date_changes(reader, _SLIPPING, only):
        texts[change.trial, change.field] += [change.before, change.after]
    found = {}
    for trial, results in known.items():
        if results.dated_by is not None:
            values = texts.get((trial, results.dated_by), [])
            slip = slip_of([RegistryDate(text) if text else None for text in values])
            found[trial] = slip.days if slip else 0
    return found
