"""The settings of the running command."""

from __future__ import annotations

import os

from tracker.cli.render.output import note
from tracker.cli.run_state import LOADED
from tracker.config.misspelled import misspelled
from tracker.config.mistakes import refused
from tracker.config.read_settings import ReadSettings, read_settings
from tracker.config.settings import Settings

__all__ = ["checked", "settings", "unchecked"]


def settings() -> Settings:
    """Return the settings of this process. See `checked`."""
    return checked().settings


def checked() -> ReadSettings:
    """Return the settings of this process with where they come from. Warn of a test clock and mistyped variables.

    Raise SettingsError with all mistakes, those of channels and rules too, if one of them is outside these.
    """
    read = read_settings(os.environ)
    if read.mistakes:
        from tracker.alerts.config import all_mistakes  # noqa: PLC0415  (only for a file with a mistake)

        raise refused(read.file, all_mistakes(read))
    return _loaded(read)


def unchecked() -> ReadSettings:
    """Return the settings of this process with their mistakes, for a command that puts them right."""
    return _loaded(read_settings(os.environ))


def _loaded(read: ReadSettings) -> ReadSettings:
    if LOADED.get() is None:
        _warn(read.settings)
    LOADED.set(read.settings)
    return read


def _warn(loaded: Settings) -> None:
    for name, meant in misspelled(os.environ, loaded.secrets):
        note(f"Warning: {name} has no effect; did you mean {meant}?")
    if loaded.test_clock:
        note(f"Warning: the time comes from the test clock {loaded.test_clock}, not from this machine.")
