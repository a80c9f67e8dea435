"""What the running command has done so far, for the end of the program."""

from __future__ import annotations

import shlex
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the program's help needs no settings
    from tracker.config.settings import Settings

__all__ = ["FOR_A_PERSON", "GO_ON", "INTERRUPTED", "LOADED", "command_line"]

INTERRUPTED = 130
"""Exit code after Ctrl-C. Typer ends with it on SIGINT too."""

LOADED: ContextVar[Settings | None] = ContextVar("loaded", default=None)
"""The settings that the running command has loaded. At the end, `main` uses them to report given-up messages."""
FOR_A_PERSON: ContextVar[bool] = ContextVar("for_a_person", default=False)
"""Whether the running command has printed a table."""
GO_ON: ContextVar[str] = ContextVar("go_on", default="")
"""The command that goes on where the running one was interrupted. At first the same command, as it was typed."""


def command_line(*words: str) -> str:
    """Return a command of this program as it can be pasted into a shell."""
    return shlex.join(["trialwatch", *words])
