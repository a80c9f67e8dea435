"""Keep the results statuses of all trials up to date, so that lists can sort and filter by them at once."""

from __future__ import annotations

from typing import NamedTuple

from storage.engine.database import Database
from storage.values.batches import batches
from storage.versions import results_cache
from storage.versions.results_cache import Progressed
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.services.results.made_by import MADE_BY
from tracker.services.results.results_status import keep_statuses

__all__ = ["Mark", "Refreshed", "refresh"]

_AT_ONCE = 100

Mark = Progressed
"""How far the store had come when everything was up to date."""


class Refreshed(NamedTuple):
    """What a refresh did."""

    #: The number of trials whose status was worked out.
    rows: int
    #: For the next refresh.
    mark: Mark


def refresh(database: Database, since: Mark | None = None, progress: Progress = silent) -> Refreshed:
    """Work out every status that is missing or outdated: by versions, by rules, or by events after it.

    `since` is the mark of the refresh before, in the same process. If nothing was stored since, this is one cheap
    query. Each hundred trials are one short transaction, which does not wait for the disk: it is only a cache. A trial
    with a version that cannot be read is left out. Raise what `Database.read` and `Database.write` raise.
    """
    with database.read() as session:
        mark = results_cache.progressed(session)
        if mark == since:
            return Refreshed(0, mark)
        is_same = since is not None and since.store_id == mark.store_id
        wanted = results_cache.outdated(session, MADE_BY, since.seq if since is not None and is_same else 0)
    made = 0
    unreadable: list[RecordError] = []
    for some in batches(wanted, _AT_ONCE):
        progress("Reading versions", made, len(wanted))
        made += keep_statuses(database, some, unreadable)
    return Refreshed(made, mark)
