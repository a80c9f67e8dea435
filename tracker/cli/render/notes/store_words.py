"""What a store or a backup holds, in words, and the progress of reading it."""

from __future__ import annotations

from typing import Any

from storage.backup.backup import Contents
from storage.engine.unchecked_rows import Progress
from tracker.changes.wording.words import count_of
from tracker.cli.render.terminal import console

__all__ = ["contents_words", "counted", "row_progress", "say"]


def row_progress(tell: Any) -> Progress:
    """Adapt the bar to the progress that storage reports: a table and a number of its rows."""
    return lambda what, done: tell(f"{what.capitalize()}s looked at", done, 0)


def counted(found: Contents) -> dict[str, Any]:
    return {"store": found.store, "trials": found.trials, "versions": found.versions, "seq": found.seq}


def contents_words(found: Contents) -> str:
    parts = ((found.trials, "trial"), (found.versions, "version"), (found.seq, "change"))
    return ", ".join(count_of(number, what) for number, what in parts)


def say(text: str) -> None:
    console().print(text)
