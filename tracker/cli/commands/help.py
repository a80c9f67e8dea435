"""help: show the help of the program, or of a command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError

__all__ = ["command"]


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="A command, such as watch, or alerts test.")
    ] = None,
) -> None:
    """Show the help of the program, or of one command.

    \b
    Example:  trialwatch help alerts test
    """
    context = ctx.find_root()
    for at, word in enumerate(words or ()):
        commands = getattr(context.command, "commands", {})
        if word not in commands:
            name = " ".join((words or [])[: at + 1])
            known = [" ".join([*(words or [])[:at], it]) for it in commands]
            raise UsageError(f"No such command {name[:60]!r}.{did_you_mean(name, known)}", subject=name[:60])
        context = commands[word].make_context(word, [], parent=context, resilient_parsing=True)
    sys.stdout.write(f"{context.get_help()}\n")
