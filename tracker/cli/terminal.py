"""The terminal: colours where they are wanted, progress on long work. Imported only by what prints tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tracker.progress import Progress as Teller
from tracker.progress import silent

__all__ = ["SEVERITY_STYLES", "console", "progress"]

SEVERITY_STYLES = {"critical": "bold red", "major": "yellow", "minor": "", "admin": "dim"}


def console() -> Console:
    """Stdout. Rich honours NO_COLOR; markup and emoji codes in registry text mean nothing."""
    width = None if sys.stdout.isatty() else 140
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=False, width=width)


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
