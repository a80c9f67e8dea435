"""The event value, and how to make one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from storage.values.severity import Severity
from tracker.changes.fields import field_of
from tracker.changes.wording.words import shortened

if TYPE_CHECKING:
    # Code that only reads events needs no comparison, and importing deepdiff is a seventh of the start-up time.
    from tracker.changes.field_change import FieldChange

__all__ = ["LONGEST", "ChangedField", "Event", "make_event"]

LONGEST = 160
"""Maximum length of a summary, in characters."""


class ChangedField(msgspec.Struct, frozen=True):
    """One field of an event as it is published. `before` and `after` are JSON values, None if absent."""

    field: str
    label: str
    before: Any
    after: Any


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to one trial in one step. `subject` is only set for time and cohort events."""

    kind: str
    severity: Severity
    summary: str
    fields: tuple[ChangedField, ...] = ()
    subject: str = ""


def make_event(kind: str, severity: Severity, summary: str, changes: Sequence[FieldChange]) -> Event:
    """Return an event for these changed fields. The summary becomes one line of at most `LONGEST` characters."""
    fields = tuple(
        ChangedField(change.field, change.label or field_of(change.path).label, change.before, change.after)
        for change in changes
    )
    return Event(kind, severity, shortened(summary, LONGEST), fields)
