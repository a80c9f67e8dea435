"""A change as pages show it: a headline, and the rest of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from tracker.api.changes import Change
from tracker.changes.wording.headline import headline
from tracker.changes.wording.rest import rest_of

__all__ = ["ShownChange", "shown_changes"]


class ShownChange(NamedTuple):
    """`rest` may be empty."""

    change: Change
    headline: str
    rest: str


def shown_changes(changes: Iterable[Change]) -> Sequence[ShownChange]:
    """Return these changes with their words, in the same order."""
    found = []
    for it in changes:
        written = msgspec.to_builtins(it)
        rest = rest_of(written)
        found.append(ShownChange(it, headline(written), rest if not rest or rest.endswith(".") else f"{rest}."))
    return found
