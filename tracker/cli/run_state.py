"""What the running command has done so far, for the end of the program."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the program's help needs no settings
    from tracker.config.settings import Settings

__all__ = ["FOR_A_PERSON", "LOADED"]

LOADED: ContextVar[Settings | None] = ContextVar("loaded", default=None)
"""The settings that the running command has loaded. At the end, `main` uses them to report given-up messages."""
FOR_A_PERSON: ContextVar[bool] = ContextVar("for_a_person", default=False)
"""Whether the running command has printed a table."""
