"""Report given-up messages that no channel could report to their owner: one line on stderr, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.errors import StorageError
from storage.outbox.queries import Unreported
from tracker.alerts.render.commands import dead_command
from tracker.cli.render.output import note
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store
from tracker.services.alerts.given_up import take_given_up

__all__ = ["tell_given_up"]


def tell_given_up(settings: Settings) -> None:
    """Say which message was given up, for whom and why. If the store cannot be read or written, do it another time."""
    if isinstance(settings.database, Path) and not settings.database.exists():
        return
    try:
        clock = clock_of(settings)
        with open_store(settings, clock) as database:
            found = take_given_up(database, settings, clock.now())
    except StorageError:
        # The command itself reports what is wrong with the store.
        return
    if found:
        note(_line(found))


def _line(found: Sequence[Unreported]) -> str:
    first, more = found[0], len(found) - 1
    what = f"{first.trial} {first.summary}".strip() or first.key
    others = f" (and {more} more)" if more else ""
    end = "" if dead_command() in first.reason else f" See: {dead_command()}"
    return f"Given up{others}: the message to {first.channel} about {what.rstrip('.')}. Why: {first.reason}.{end}"
