"""What the outbox holds, as far as it can be asked without a session."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.values.states import MessageState

__all__ = ["ANY_DEAD"]


class _Found(NamedTuple):
    found: bool


ANY_DEAD: Final = Query(f"SELECT EXISTS (SELECT 1 FROM message WHERE state = '{MessageState.DEAD}')", _Found)
"""Whether any message was given up."""
