"""Whether anything has the tag that a question names, answered by the read-only door. Rare cases load SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from storage.reads.row_reader import RowSource
from storage.reads.trials.tags import TAG_IS_KNOWN

if TYPE_CHECKING:
    from storage.engine.database import Database

__all__ = ["OpenStore", "refuse_unknown_tag"]

OpenStore = Callable[[], "AbstractContextManager[Database]"]
"""Opens the store with all that a session needs. It costs a quarter of a second, so it is called only when needed."""


def refuse_unknown_tag(door: RowSource, store: OpenStore, tag: str | None) -> None:
    """Raise UsageError, with the nearest tag, for a tag that nothing has."""
    if tag is None:
        return
    with door.read() as reader:
        if reader.one(TAG_IS_KNOWN, tag=tag).number:
            return
    # The tag of a set that has no trials yet, and the nearest tag of a wrong one: both rare.
    from tracker.services.known_tags import check_tag  # noqa: PLC0415  (SQLAlchemy)

    with store() as database, database.read() as session:
        check_tag(session, tag)
