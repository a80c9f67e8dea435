"""What a run has to say about us and our registry, not about a trial: `ops.*` events, each said once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import history, snapshots
from storage.history import ChangeFilter
from storage.snapshots import Step
from tracker.changes.told import Event
from tracker.changes.words import count_of, listed, shortened
from tracker.report import Tally
from tracker.rows import event_row

__all__ = ["raise_notices"]

MOST_DRIFTS = 20
"""A registry that changed its whole dialect overnight is one story, not a thousand."""


def raise_notices(session: Session, run: int, tally: Tally, outcome: str, day: str, now: datetime) -> None:
    """Store the notices of a run that is about to end."""
    events = [*_held(tally, run, outcome), *_quarantined(tally), *_drift(session, tally)]
    rows = [event_row(event, trial="", effective=day, observed_at=now, run=run, to_version=None) for event in events]
    if rows:
        snapshots.commit(session, [Step(None, tuple(rows), None)])


def _held(tally: Tally, run: int, outcome: str) -> list[Event]:
    if outcome != "held":
        return []
    reasons = "; ".join(item.reason for item in tally.held[:3])
    summary = f"Run {run} was held, nothing of it was written: {reasons}. Look, then: trialwatch poll --accept {run}"
    return [Event("ops.held", "major", summary, subject=str(run))]


def _quarantined(tally: Tally) -> list[Event]:
    fresh = [item for item in tally.quarantined if item.new]
    if not fresh:
        return []
    names = listed([f"{item.trial or 'a record without id'} ({shortened(item.reason, 60)})" for item in fresh])
    summary = f"{count_of(len(fresh), 'record')} could not be read and {'is' if len(fresh) == 1 else 'are'} kept aside: {names}"
    return [Event("ops.quarantine", "major", summary, subject=",".join(item.trial for item in fresh)[:200])]


def _drift(session: Session, tally: Tally) -> list[Event]:
    """Unknown codes and new fields, each told when it is first met in this store."""
    if not tally.drift:
        return []
    told = {row.subject for row, _ in history.changes(session, ChangeFilter(kinds=("ops.drift",)))}
    fresh = [sentence for sentence in tally.drift if sentence[:200] not in told]
    events = [
        Event("ops.drift", "major", f"The registry says something new: {sentence}", subject=sentence[:200])
        for sentence in fresh[:MOST_DRIFTS]
    ]
    if len(fresh) > MOST_DRIFTS:
        rest = f"The registry says {len(fresh) - MOST_DRIFTS:,} more new things; see the run's detail"
        events.append(Event("ops.drift", "major", rest, subject=f"{len(fresh)} sentences"))
    return events
