"""What the command under way has done so far, for the end of the program."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the help of the program needs no settings
    from tracker.config.settings import Settings

__all__ = ["FOR_A_PERSON", "LOADED"]

LOADED: ContextVar[Settings | None] = ContextVar("loaded", default=None)
"""The settings that the command under way has asked for: `main` tells by them, at its end, what was given up."""
FOR_A_PERSON: ContextVar[bool] = ContextVar("for_a_person", default=False)
"""Whether the command under way has printed a table."""
