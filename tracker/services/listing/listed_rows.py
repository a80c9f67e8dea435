"""The rows of a list of trials, with tags and notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from storage.reads.door import Reader
from storage.reads.trials import stored_trials
from storage.reads.trials.stored_trials import ListedTrial
from storage.reads.trials.tags import TAGS_BETWEEN, TAGS_OF, TrialTag
from storage.values.batches import batches
from tracker.api.trials import Trial
from tracker.services.labels.shown_notes import notes_of_trials
from tracker.services.listing.trial_shape import trial_out

__all__ = ["listed_rows", "watched_after"]


def listed_rows(reader: Reader, wanted: Sequence[str]) -> list[Trial]:
    """Return the rows of these trials, in the order of `wanted`, without what the results status says."""
    rows: dict[str, ListedTrial] = {}
    tags: list[TrialTag] = []
    for some in batches(wanted):
        rows |= {row.trial: row for row in reader.rows(stored_trials.LISTED, trials=some)}
        tags += reader.rows(TAGS_OF, trials=some)
    return _shaped(reader, [rows[trial] for trial in wanted if trial in rows], tags)


def watched_after(reader: Reader, tag: str | None, after: str, limit: int) -> list[Trial]:
    """Return the rows of the next watched trials after an id, with `tag` if given, sorted. At most `limit`."""
    query, named = stored_trials.watched_after(tag, after, limit)
    rows = reader.rows(query, **named)
    tags = reader.rows(TAGS_BETWEEN, after=after, last=rows[-1].trial) if rows else []
    return _shaped(reader, rows, tags)


def _shaped(reader: Reader, rows: Sequence[ListedTrial], tags: Iterable[TrialTag]) -> list[Trial]:
    tags_of: dict[str, list[str]] = defaultdict(list)
    for trial, tag in tags:
        tags_of[trial].append(tag)
    notes = notes_of_trials(reader, [row.trial for row in rows])
    return [
        trial_out(row, active=row.active, tags=sorted(tags_of.get(row.trial, ())), notes=notes.get(row.trial, ()))
        for row in rows
    ]
