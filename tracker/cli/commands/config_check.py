"""config check: check the config file."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import typer
from rich.text import Text

from tracker.api.config import ConfigCheck
from tracker.changes.wording.words import count_of
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.terminal import console, hanging
from tracker.records.clean import clean
from tracker.services.config.check import check_config

__all__ = ["command", "print_check"]

MISTAKEN = 2


def command(output: Output = None) -> None:
    """Check the config file: name every mistake with its line, and with what to write. Nothing is sent.

    Exit code 2 if there is a mistake. What the rules do: trialwatch alerts check

    \b
    Example:  trialwatch config check
    """
    found = check_config(os.environ)
    shown = msgspec.to_builtins(found)
    emit(Answer({"check": shown}, "check", ("file", "exists", "mistakes"), table=lambda: print_check(found)), output)
    raise typer.Exit(MISTAKEN if found.mistakes else 0)


def print_check(found: ConfigCheck) -> None:
    """Print a heading, and a line for each mistake."""
    out = console()
    verdict = count_of(len(found.mistakes), "mistake") if found.mistakes else "no mistakes"
    absent = "" if found.exists or found.mistakes else " (there is no such file; all settings have their defaults)"
    out.print(Text(clean(f"{found.file}: {verdict}{absent}"), style="bold red" if found.mistakes else "bold"))
    for row in found.mistakes:
        hanging(out, Text("  ! ", style="red"), Text(clean(_line(row))))


def _line(row: Any) -> str:
    line = f"line {row.line}, " if row.line else ""
    return f"{line}{row.place}: {row.key} {row.reason}" if row.place != row.key else f"{line}{row.key} {row.reason}"
