"""The value an event is, and how one is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tracker.changes.fields import field_of
from tracker.changes.wording.words import shortened

if TYPE_CHECKING:
    # What only reads events needs no comparison, and deepdiff is a seventh of a start.
    from tracker.changes.field_change import FieldChange

__all__ = ["LONGEST", "ChangedField", "Event", "make_event"]

LONGEST = 160
"""Characters of a summary."""


class ChangedField(msgspec.Struct, frozen=True):
    """One field of an event as the outside sees it; `before` and `after` are JSON values, None for absent."""

    field: str
    label: str
    before: Any
    after: Any


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to one trial in one step. `subject` is empty but for time and cohort events."""

    kind: str
    severity: str
    summary: str
    fields: tuple[ChangedField, ...] = ()
    subject: str = ""


def make_event(kind: str, severity: str, summary: str, changes: Sequence[FieldChange]) -> Event:
    """An event of these changed fields. The summary becomes one line, cut where it would be too long to read."""
    fields = tuple(
        ChangedField(change.field, field_of(change.path).label, change.before, change.after) for change in changes
    )
    return Event(kind, severity, shortened(summary, LONGEST), fields)
