"""Keep what lists are sorted by up to date, in a thread beside a server. The answers themselves never write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from storage.engine.database import Database
from storage.errors import StorageError
from tracker.services.results.kept.keep_standings import Mark, refresh

__all__ = ["Trouble", "kept_up_to_date"]

Trouble = Callable[[str, BaseException], None]
"""Where it is said that something does not work, and why."""
_SECONDS = 2.0
"""How often to look for something new. With nothing new, a look is one small query."""
_REST_SECONDS = 60.0
"""How long to leave a store alone that could not be written."""


@contextmanager
def kept_up_to_date(database: Database, trouble: Trouble) -> Iterator[None]:
    """Work out the results status of trials that changed, while the block runs. `database` can be written."""
    ended = Event()
    thread = Thread(target=_keep, args=(database, trouble, ended), name="standings", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SECONDS)


def _keep(database: Database, trouble: Trouble, ended: Event) -> None:
    mark: Mark | None = None
    is_told = False
    while not ended.is_set():
        seconds = _SECONDS
        try:
            mark = refresh(database, mark).mark
            is_told = False
        except StorageError as error:
            # Lists go on with what is there, and say how much is not worked out.
            seconds = _REST_SECONDS
            if not is_told:
                trouble("what lists are sorted by cannot be kept up to date", error)
            is_told = True
        ended.wait(seconds)
