"""The notes on trials, for lists and for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from storage.reads.row_reader import RowReader
from storage.reads.trials import stored_trials
from storage.reads.trials.known import ALIASES_OF
from storage.values.batches import batches
from tracker.api.notes import Note
from tracker.recording.instants import instant_out

__all__ = ["notes_of", "notes_of_trials"]


def notes_of(reader: RowReader, trial: str) -> list[Note]:
    """Return the notes on a trial, oldest first."""
    return notes_of_trials(reader, [trial]).get(trial, [])


def notes_of_trials(reader: RowReader, wanted: Sequence[str]) -> dict[str, list[Note]]:
    """Return the notes on each of `wanted` that has some, oldest first. Notes on obsolete ids are among them."""
    if not reader.one(stored_trials.NOTE_COUNT).number:
        return {}
    current = _noted_aliases(reader)
    found: dict[str, list[tuple[datetime, int, str]]] = {trial: [] for trial in wanted}
    noted = {*found, *(alias for alias, trial in current.items() if trial in found)}
    for some in batches(sorted(noted)):
        for row in reader.rows(stored_trials.NOTES, trials=some):
            for trial in {row.trial, current.get(row.trial, row.trial)} & found.keys():
                found[trial].append((row.noted_at, row.id, row.text))
    return {
        trial: [Note(note=number, noted_at=instant_out(at), text=text) for at, number, text in sorted(rows)]
        for trial, rows in found.items()
    }


def _noted_aliases(reader: RowReader) -> Mapping[str, str]:
    """Return the current id of each obsolete id that has a note. A circle of aliases ends too."""
    leads = {row.alias: row.trial for row in reader.rows(stored_trials.NOTED_ALIASES)}
    current = dict(leads)
    unread = set(leads.values())
    while unread:
        leads |= {row.alias: row.trial for row in reader.rows(ALIASES_OF, aliases=sorted(unread))}
        unread = {leads[it] for it in unread if it in leads} - leads.keys()
    for alias in current:
        passed, at = {alias}, alias
        while (following := leads.get(at)) is not None and following not in passed:
            at = following
            passed.add(at)
        current[alias] = at
    return current
