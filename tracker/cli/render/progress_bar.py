"""A progress bar for long work in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.context.progress import Progress, silent

__all__ = ["progress"]


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a bar on stderr, shown from the first step on, if stderr is a terminal. It disappears at the end."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich import progress as bars  # noqa: PLC0415  (50 ms, and in a pipe there is no bar)
    from rich.console import Console  # noqa: PLC0415  (as above)

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
    )
    bar = bars.Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("Starting", total=None)

    def tell(what: str, done: int, total: int) -> None:
        bar.start()
        bar.update(task, description=what, completed=done, total=total or None)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()
