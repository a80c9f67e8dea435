"""The settings of the command under way."""

from __future__ import annotations

import os

from tracker.cli.render.output import note
from tracker.cli.run_state import LOADED
from tracker.config.settings import Settings, load_settings

__all__ = ["settings"]


def settings() -> Settings:
    """The settings of this process, with a warning when its time is not the real one."""
    loaded = load_settings(os.environ)
    if loaded.test_clock:
        note(f"Warning: the time comes from the test clock {loaded.test_clock}, not from this machine.")
    LOADED.set(loaded)
    return loaded
