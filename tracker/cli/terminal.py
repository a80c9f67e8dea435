"""The terminal: colours where they are wanted, progress on long work. Imported only by what prints tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tracker.context.progress import Progress as Teller
from tracker.context.progress import silent

__all__ = ["SEVERITY_STYLES", "console", "hanging", "progress"]

_WIDTH_OF_A_PIPE = 140
SEVERITY_STYLES = {"critical": "bold red", "major": "yellow", "minor": "", "admin": "dim"}


def console() -> Console:
    """Stdout. Markup and emoji codes in registry text mean nothing. With NO_COLOR no escape sequence is written."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_PIPE
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        markup=False, emoji=False, highlight=False, soft_wrap=False, width=width, color_system=None if plain else "auto"
    )


def hanging(out: Console, lead: Text | str, text: Text | str) -> None:
    """Print `text` after `lead`; what does not fit goes on below itself, not below the lead."""
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(lead, text)
    out.print(grid)


@contextmanager
def progress() -> Iterator[Teller]:
    """A bar on stderr while work goes on, if somebody is there to see it; it leaves nothing behind."""
    if not sys.stderr.isatty():
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield tell
