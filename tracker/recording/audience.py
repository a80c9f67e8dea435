"""Events in the form that rules and messages need: their trials and tags, and the step each belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from storage.reads.changes.stored_changes import Event
from storage.versions.version_steps import Stepped, Way, steps_of
from tracker.alerts.rules.rules import RuleEvent
from tracker.recording.linked_audience import linked_audience

__all__ = ["StoredEvent", "rule_events", "stored_event"]

_FROM_DATES = frozenset({"results.due_soon", "results.overdue"})
"""Kinds of events that come with a date, without a new version. One date may bring several for a trial."""


class StoredEvent(NamedTuple):
    """An event as it is stored."""

    id: str
    seq: int
    trial: str
    kind: str
    severity: str
    backfilled: bool
    from_version: int | None
    to_version: int | None
    observed_at: datetime


def stored_event(event: Event) -> StoredEvent:
    """Return an event that was read, as rules look at it."""
    about = (event.trial, event.kind, event.severity, event.backfilled)
    return StoredEvent(event.id, event.seq, *about, event.from_version, event.to_version, event.observed_at)


def rule_events(session: Session, noted: Sequence[StoredEvent], *, steps: bool) -> list[RuleEvent]:
    """Return the same events, in order, each with the tags it is news for. With `steps`, also with the step it belongs
    to.
    """
    whose = linked_audience(session, {(it.trial, it.kind) for it in noted})
    known = steps_of(session, {it.trial for it in noted if _is_step(it)}) if steps else {}
    first: dict[tuple[str, datetime], str] = {}
    found = []
    for it in noted:
        step = _step(it, known, first) if steps else ()
        of = whose[it.trial, it.kind]
        found.append(RuleEvent(it.id, it.seq, it.trial, it.kind, it.severity, it.backfilled, *of, step=step))
    return found


def _is_step(it: StoredEvent) -> bool:
    return bool(it.trial) and it.to_version is not None and it.from_version != it.to_version


def _step(it: StoredEvent, steps: Mapping[Way, Stepped], first: dict[tuple[str, datetime], str]) -> tuple[str, ...]:
    """Return an id of the step that no other step has. () for an event on its own."""
    if it.to_version is not None and (way := steps.get((it.trial, it.from_version, it.to_version))):
        before, after, times = way
        # The first time, the contents alone identify the step. A trial that goes back and forth repeats it, so the
        # count follows.
        return (it.trial, before, after, *([str(times)] if times else []))
    if it.kind in _FROM_DATES:
        return (it.trial, "day", first.setdefault((it.trial, it.observed_at), it.id))
    return ()
