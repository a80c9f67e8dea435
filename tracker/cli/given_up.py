"""One line on stderr, once, about messages that were given up and that no channel could tell their owner of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.cli.common import LOADED
from tracker.cli.output import FOR_A_PERSON, note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from storage.engine.database import Database
    from storage.outbox.queries import Untold
    from tracker.config.settings import Settings

__all__ = ["tell_given_up"]


def tell_given_up() -> None:
    """After a command that read the store and printed a table: say which message, to whom and why.

    A store that cannot be read or written says it another time.
    """
    settings = LOADED.get()
    if settings is not None and FOR_A_PERSON.get():
        _tell(settings)


def _tell(settings: Settings) -> None:
    from pathlib import Path

    from storage.errors import StorageError
    from tracker.context.open_store import clock_of, open_store

    if isinstance(settings.database, Path) and not settings.database.exists():
        return
    try:
        clock = clock_of(settings)
        with open_store(settings, clock) as database:
            with database.read() as session:
                found = _untold(settings, session)
            if found:
                _mark(database, [it.key for it in found], clock.now())
    except StorageError:
        # The command itself has said, or says, what is wrong with the store.
        return
    if found:
        note(_line(found))


def _untold(settings: Settings, session: Session) -> list[Untold]:
    from storage.outbox import queries
    from tracker.alerts.config import examine
    from tracker.delivery.channel_notices import KINDS, ways

    untold = queries.untold(session)
    if not untold:
        return []
    alerts, _ = examine(settings)
    return [it for it in untold if it.kind in KINDS or not ways(alerts, session, it.channel)]


def _mark(database: Database, keys: Sequence[str], now: datetime) -> None:
    from storage.outbox import queries
    from tracker.processes.process_name import holder_name

    with database.write() as session:
        queries.mark_told(session, keys, now, holder_name(), "on a terminal")


def _line(found: Sequence[Untold]) -> str:
    from tracker.alerts.render.commands import dead_command

    first, more = found[0], len(found) - 1
    what = f"{first.trial} {first.summary}".strip() or first.key
    others = f" (and {more} more)" if more else ""
    end = "" if dead_command() in first.reason else f" See: {dead_command()}"
    return f"Given up{others}: the message to {first.channel} about {what.rstrip('.')}. Why: {first.reason}.{end}"
