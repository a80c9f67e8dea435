"""Where actions work: a store that can be written, registries and channels, opened with the first action.

The config file is read again for each action, as a command does. When it has changed, the pages go on with it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock

from msgspec.structs import replace

from tracker.app import open_context
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.errors import SettingsError
from tracker.web.site import Site

__all__ = ["Opened", "Workplace"]


@dataclass(slots=True)
class Opened:
    """An open context and the settings it was made from. It is closed when the last user of an old one has left."""

    context: Context
    settings: Settings
    held: ExitStack
    users: int = 0
    is_old: bool = False


class Workplace:
    """One for an application. `load`: reads the settings as they are now. Threads may share it."""

    def __init__(self, site: Site, load: Callable[[], Settings]) -> None:
        self._site = site
        self._load = load
        self._lock = Lock()
        self._opened: Opened | None = None

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """Yield the context of today's settings. Raise SettingsError for settings that cannot be used."""
        with self._lock:
            opened = self._current()
            opened.users += 1
        try:
            yield opened
        finally:
            with self._lock:
                opened.users -= 1
                _close_unused(opened)

    def close(self) -> None:
        """Close what is open. What is still at work keeps its context until the process ends."""
        with self._lock:
            if self._opened is not None:
                self._opened.is_old = True
                _close_unused(self._opened)
            self._opened = None

    def _current(self) -> Opened:
        settings = self._settings()
        if self._opened is not None and self._opened.settings == settings:
            return self._opened
        held = ExitStack()
        context = held.enter_context(open_context(settings, self._site.clock))
        if self._opened is not None:
            self._opened.is_old = True
            _close_unused(self._opened)
        self._opened = Opened(context, settings, held)
        self._site.adopt(settings, context.alerts)
        return self._opened

    def _settings(self) -> Settings:
        before = self._site.settings
        # The address to listen at was fixed at the start, perhaps by an option.
        now = replace(self._load(), web=before.web, daemon_serves=before.daemon_serves)
        if now.database != before.database:
            raise SettingsError(
                "The config file names another store than the one that is served. Start the server again",
                subject="database_url",
            )
        return now


def _close_unused(opened: Opened) -> None:
    if opened.is_old and not opened.users:
        opened.held.close()
