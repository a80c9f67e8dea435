"""The settings of the running command."""

from __future__ import annotations

import os

from tracker.cli.render.output import note
from tracker.cli.run_state import LOADED
from tracker.config.settings import Settings, load_settings

__all__ = ["settings"]


def settings() -> Settings:
    """Return the settings of this process, with a warning if its time is not the real one."""
    loaded = load_settings(os.environ)
    if loaded.test_clock:
        note(f"Warning: the time comes from the test clock {loaded.test_clock}, not from this machine.")
    LOADED.set(loaded)
    return loaded
