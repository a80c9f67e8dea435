"""Events of a trial in single countries, for registries that keep a record and a status per country. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from storage.values.severity import Severity
from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.wording.words import NO_STATUS, listed
from tracker.records.trial import TrialRecord

__all__ = ["countries"]


def countries(changes: Sequence[FieldChange], _before: TrialRecord, _after: TrialRecord) -> list[Event]:
    """Return one event: countries added or removed, statuses changed. `status.changed` tells about the whole trial."""
    came = sorted(change.path[1] for change in changes if len(change.path) == 2 and change.before is None)
    went = sorted(change.path[1] for change in changes if len(change.path) == 2 and change.after is None)
    turns = [
        f"{change.path[1]} from {change.before or NO_STATUS} to {change.after or NO_STATUS}"
        for change in changes
        if len(change.path) > 2
    ]
    parts = [f"Country added: {listed(came, most=8)}"] if came else []
    parts += [f"Country removed: {listed(went, most=8)}"] if went else []
    parts += [f"Status by country: {listed(turns, most=4)}"] if turns else []
    return [make_event("country.changed", Severity.MINOR, "; ".join(parts), changes)]
