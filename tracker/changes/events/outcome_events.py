"""Events of changed outcomes, regardless of their timing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import KEY, field_of
from tracker.changes.gravity import in_order
from tracker.changes.wording.outcome_names import OutcomeNames, outcomes_of
from tracker.changes.wording.words import listed
from tracker.records.trial import TrialRecord

__all__ = ["outcomes"]

_SAID = {
    "dropped": "removed",
    "added": "added",
    "time_frame": "with another time frame",
    "measure": "reworded",
    "description": "described in other words",
}


def outcomes(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> list[Event]:
    """Return one event: outcomes removed, added, measured at another time, reworded. The most important come first."""
    row = field_of(changes[0].path)
    named = _differences(changes, before, after)
    among = [item.measure for record in (before, after) for item in outcomes_of(record)]
    sentences = {what: f"{_SAID[what]}: {listed(names, among=among)}" for what, names in named.items()}
    ranks = [rank for rank in ("primary", "secondary", "other") if any(it.path[1] == rank for it in changes)]
    things = "outcome" if sum(map(len, named.values())) == 1 else "outcomes"
    summary = f"{' and '.join(ranks).capitalize()} {things} {'; '.join(in_order(str(row.kind), sentences))}"
    return [make_event(str(row.kind), row.severity, summary, changes)]


def _differences(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> dict[str, list[str]]:
    """Return the measures by difference. Each measure appears once, under its most important difference."""
    names = OutcomeNames(before, after)
    found: dict[str, list[str]] = {}
    parts: dict[tuple[str, str], set[str]] = {}
    old_keys: dict[tuple[str, str], str] = {}
    for change in changes:
        rank, key = change.path[1:3]
        if len(change.path) > 3:
            parts.setdefault((rank, key), set()).add(change.path[3])
            if change.path[3] == KEY:
                old_keys[rank, key] = change.before
            continue
        # With both sides, it is one outcome in the place of another.
        for what, value, record in (("dropped", change.before, before), ("added", change.after, after)):
            if value is not None:
                found.setdefault(what, []).append(names.name(getattr(record.outcomes, rank)[key]))
    for (rank, key), edited in parts.items():
        gravest = next((part for part in ("time_frame", "measure", "description") if part in edited), "measure")
        was, now = getattr(before.outcomes, rank)[old_keys.get((rank, key), key)], getattr(after.outcomes, rank)[key]
        found.setdefault(gravest, []).append(names.name(now, but=(was, now)))
    return found
