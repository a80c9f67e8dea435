"""The stored trials most like one, for readers that ask no registry."""

from __future__ import annotations

from pathlib import Path

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from tracker.api.similar import Similar
from tracker.services.known_trials import known_trial
from tracker.services.similar.cohorts import kept_out
from tracker.services.similar.similar_shape import similar_out
from tracker.similar.comparison import Choice, find_stored
from tracker.similar.filters import ALL, Filters

__all__ = ["stored_similar"]


def stored_similar(database: Database, derived: Path, wanted: str, limit: int, filters: Filters = ALL) -> Similar:
    """Return the trials most alike, without those a person keeps out. Raise UnknownTrial.

    `derived`: the folder of the index. The first question after a poll brings it up to date.
    """
    with database.read() as session:
        trial = known_trial(SessionReader(session), wanted, pages=True)
        rejected = kept_out(session, trial)
    return similar_out(find_stored(database, derived, trial, Choice(limit, filters, rejected=rejected)))
