"""The rows of a list of trials, with tags, notes and what their results status says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from storage.reads import stored_trials
from storage.reads.door import Reader
from storage.reads.stored_trials import ListedTrial, TrialTag
from storage.values.batches import batches
from tracker.api.notes import Note
from tracker.api.trials import Trial
from tracker.recording.row_mapping import instant_out
from tracker.results.scorecard import days_late, days_overdue, first_due
from tracker.services.listing.trial_shape import trial_out

if TYPE_CHECKING:
    from tracker.services.results.shown_statuses import ShownStatus

__all__ = ["listed_rows", "watched_after", "with_status"]


def listed_rows(reader: Reader, wanted: Sequence[str], now: datetime) -> list[Trial]:
    """Return the rows of these trials, in the order of `wanted`, without what the results status says."""
    rows: dict[str, ListedTrial] = {}
    tags: list[TrialTag] = []
    for some in batches(wanted):
        rows |= {row.trial: row for row in reader.rows(stored_trials.LISTED, trials=some)}
        tags += reader.rows(stored_trials.TAGS_OF, trials=some)
    return _shaped(reader, [rows[trial] for trial in wanted if trial in rows], tags, now)


def watched_after(reader: Reader, tag: str | None, after: str, limit: int, now: datetime) -> list[Trial]:
    """Return the rows of the next watched trials after an id, with `tag` if given, sorted. At most `limit`."""
    query, named = stored_trials.watched_after(tag, after, limit)
    rows = reader.rows(query, **named)
    tags = reader.rows(stored_trials.TAGS_BETWEEN, after=after, last=rows[-1].trial) if rows else []
    return _shaped(reader, rows, tags, now)


def _shaped(reader: Reader, rows: Sequence[ListedTrial], tags: Iterable[TrialTag], now: datetime) -> list[Trial]:
    tags_of: dict[str, list[str]] = defaultdict(list)
    for trial, tag in tags:
        tags_of[trial].append(tag)
    notes = _notes(reader, [row.trial for row in rows])
    return [
        trial_out(
            row,
            now,
            effective=row.effective,
            active=row.active,
            tags=sorted(tags_of.get(row.trial, ())),
            notes=notes.get(row.trial, ()),
        )
        for row in rows
    ]


def with_status(row: Trial, status: ShownStatus | None, today: date) -> Trial:
    """Return the row with the keys that its results status fills. They are null without one."""
    if status is None:
        return msgspec.structs.replace(row, **dict.fromkeys(_OF_STATUS))
    due = first_due(status.results)
    values: dict[str, Any] = {
        "sponsor": status.results.sponsor,
        "due": due.isoformat() if due else None,
        "overdue": days_overdue(status.results, today),
        "late": days_late(status.results, today),
        "posted": status.results.posted,
        "slip": status.slip,
        "changed": status.changed,
    }
    return msgspec.structs.replace(row, **values)


_OF_STATUS = ("sponsor", "due", "overdue", "late", "posted", "slip", "changed")


def _notes(reader: Reader, wanted: Sequence[str]) -> dict[str, list[Note]]:
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


def _noted_aliases(reader: Reader) -> Mapping[str, str]:
    """Return the current id of each obsolete id that has a note. A circle of aliases ends too."""
    leads = {row.alias: row.trial for row in reader.rows(stored_trials.NOTED_ALIASES)}
    current = dict(leads)
    unread = set(leads.values())
    while unread:
        leads |= {row.alias: row.trial for row in reader.rows(stored_trials.ALIASES_OF, aliases=sorted(unread))}
        unread = {leads[it] for it in unread if it in leads} - leads.keys()
    for alias in current:
        passed, at = {alias}, alias
        while (following := leads.get(at)) is not None and following not in passed:
            at = following
            passed.add(at)
        current[alias] = at
    return current
