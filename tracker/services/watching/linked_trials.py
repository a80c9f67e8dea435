"""One trial in several registers: the numbers that records name, on either side, and which of them are watched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from storage.reads.row_reader import RowReader
from storage.reads.trials.known import WATCHED_OF, ids_of, linked
from storage.reads.trials.versions import of_trial
from tracker.backfill.stored_records import readable_of
from tracker.errors import InvalidTrialId
from tracker.records.linked_ids import numbers_of
from tracker.records.trial import TrialRecord
from tracker.registries.ids import registry_of

__all__ = ["linked_of", "watchable"]


def linked_of(reader: RowReader, record: TrialRecord) -> list[dict[str, Any]]:
    """Return the other numbers of a trial, from its record and from records that name it.

    `watched` is null for registers that are not read here.
    """
    named = {number.trial: number.register for number in numbers_of(record)}
    for trial in linked(reader, [record.trial])[record.trial]:
        named.setdefault(trial, _register(trial))
    active = ids_of(reader, WATCHED_OF, named)
    return [
        {"trial": trial, "register": register, "watched": trial in active if _is_read(trial) else None}
        for trial, register in sorted(named.items())
    ]


def watchable(reader: RowReader, trials: Iterable[str]) -> list[str]:
    """Return the other numbers of these trials in registers that we read, without the trials themselves."""
    found: set[str] = set()
    known = list(trials)
    for trial in known:
        # This is an offer beside the answer, so numbers in a record that cannot be read are simply left out.
        for _, record in readable_of(reader, of_trial(reader, trial).timeline[-1:], []):
            found |= {item["trial"] for item in linked_of(reader, record)}
    return sorted(trial for trial in found - set(known) if _is_read(trial))


def _register(trial: str) -> str:
    try:
        return registry_of(trial)
    except InvalidTrialId:
        return "unknown"


def _is_read(trial: str) -> bool:
    return _register(trial) != "unknown"
