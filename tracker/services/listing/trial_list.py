"""The rows of trials, for those who have a session."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.versions import trials
from storage.versions.trials import Listed
from tracker.api.notes import Note
from tracker.api.trials import Trial
from tracker.services.labels.shown_notes import notes_of_trials
from tracker.services.listing.trial_shape import trial_out

__all__ = ["trial_rows"]


def trial_rows(
    session: Session,
    only: Collection[str] | None = None,
    *,
    tag: str | None = None,
    watched_only: bool = True,
) -> list[Trial]:
    """Return the rows by id: of `only` these trials (None: all), with `tag`, watched or not."""
    found = trials.rows(session, tag, watched_only, only)
    written = notes_of_trials(SessionReader(session), [item.trial.trial for item in found])
    return [_row(item, written.get(item.trial.trial, [])) for item in found]


def _row(item: Listed, written: list[Note]) -> Trial:
    return trial_out(item.trial, active=item.active, tags=item.tags, notes=written)
