"""Report given-up messages that no channel could report to their owner: one line on stderr, once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from schedules.clock import Clock
from storage.errors import StorageError
from storage.reads.door import ReadDoor
from storage.reads.health.messages import ANY_DEAD
from tracker.alerts.render.commands import dead_command
from tracker.cli.render.output import note
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of

if TYPE_CHECKING:
    from storage.outbox.queries import Unreported

__all__ = ["tell_given_up"]


def tell_given_up(settings: Settings) -> None:
    """Say which message was given up, for whom and why. If the store cannot be read or written, do it another time."""
    if isinstance(settings.database, Path) and not settings.database.exists():
        return
    try:
        found = _taken(settings, clock_of(settings)) if _is_any_dead(settings) else []
    except StorageError:
        # The command itself reports what is wrong with the store.
        return
    if found:
        note(_line(found))


def _is_any_dead(settings: Settings) -> bool:
    with closing(ReadDoor.open(settings.database, connections=1, remembers=False)) as door, door.read() as reader:
        return reader.one(ANY_DEAD).found


def _taken(settings: Settings, clock: Clock) -> Sequence[Unreported]:
    from tracker.context.open_store import open_store  # noqa: PLC0415  (SQLAlchemy, for a rare case)
    from tracker.services.alerts.given_up import take_given_up  # noqa: PLC0415  (as above)

    with open_store(settings, clock) as database:
        return take_given_up(database, settings, clock.now())


def _line(found: Sequence[Unreported]) -> str:
    first, more = found[0], len(found) - 1
    what = f"{first.trial} {first.summary}".strip() or first.key
    others = f" (and {more} more)" if more else ""
    end = "" if dead_command() in first.reason else f" See: {dead_command()}"
    return f"Given up{others}: the message to {first.channel} about {what.rstrip('.')}. Why: {first.reason}.{end}"
