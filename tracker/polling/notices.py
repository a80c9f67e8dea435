"""What a run has to report about us and the registry, not about a trial: `ops.*` events, each sent once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from storage.engine.bulk import storable
from storage.polling import runs
from storage.reads.changes.stored_changes import Event as StoredEvent
from storage.values.severity import Severity
from storage.values.states import RunOutcome
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.versions.snapshots import NewStep
from tracker.changes.event import Event
from tracker.changes.wording.words import count_of, listed, shortened
from tracker.polling.planning.timestamps import can_be
from tracker.polling.run.batch import PollWork
from tracker.polling.run.report import PollCounters
from tracker.polling.unread import unread
from tracker.recording.new_rows import event_row

__all__ = ["data_instant", "reported_of", "store_notices"]

STANDS_STILL_AFTER = timedelta(hours=97)
"""After a holiday on Monday, Friday's data stay current until Tuesday, an hour after the usual time."""
_LOOKED_BACK = 20
"""Notices of one kind, of all registries."""
MOST_DRIFTS = 20
"""If a registry changes its whole format overnight, that is one story, not a thousand."""


def store_notices(session: Session, work: PollWork, outcome: RunOutcome) -> None:
    """Store the notices of a run that is about to end."""
    # What is new beside what vanished belongs to the same story, which the held run reports.
    rest = _held(session, work) if outcome == RunOutcome.HELD else _drift(session, work.counters)
    late = [] if outcome == RunOutcome.FAILED else unread(session, work)  # a failed run is an outage
    events = [*_quarantined(work.counters), *_claimed(work.counters), *_stale(session, work), *late, *rest]
    rows = [
        event_row(event, trial="", effective=work.day, observed_at=work.now, run=work.run, to_version=None)
        for event in events
    ]
    if rows:
        work.context.event_writer.enter(session, [NewStep(None, tuple(rows), None)], work.now)


def _held(session: Session, work: PollWork) -> list[Event]:
    """Report held runs in a row with the same cause only once, however often the registry is asked in between."""
    cause = " ".join(item.path for item in work.counters.held)[:200]
    reported = reported_of(session, "ops.held", work.registry.name)
    if work.after_hold and reported and reported[-1].subject == cause:
        return []
    reasons = "; ".join([*(item.reason for item in work.counters.held[:3]), *list(work.counters.drift.values())[:2]])
    advice = f"Check it, then: trialwatch poll --accept {work.run}"
    summary = f"Run {work.run} was held, no version was written: {reasons}. {advice}"
    return [Event("ops.held", Severity.MAJOR, summary, subject=cause)]


def _stale(session: Session, work: PollWork) -> list[Event]:
    """Report old data, each case once: the registry fell back, or its data are older than a long weekend explains."""
    newest, data_timestamp = work.counters.fallen_back_from, work.data_timestamp
    if not can_be(data_timestamp, work.now):
        summary = (
            f"The registry dates its data in the future ({data_timestamp}); they are read, and not taken for newer"
        )
        subject = f"misdated as {data_timestamp}"
    elif newest:
        summary = f"The registry answers from older data ({data_timestamp}) than before ({newest}); they are left alone"
        subject = f"fell back to {data_timestamp}"
    elif work.now - data_instant(data_timestamp) > STANDS_STILL_AFTER:
        summary = f"The registry's data have not moved since {data_timestamp}"
        subject = f"stands still at {data_timestamp}"
    else:
        return []
    reported = reported_of(session, "ops.stale", work.registry.name)
    return (
        []
        if any(row.subject == subject for row in reported)
        else [Event("ops.stale", Severity.MAJOR, summary, subject=subject)]
    )


def reported_of(session: Session, kind: str, registry: str) -> list[StoredEvent]:
    """Return the last notices of a kind about a registry, the latest at the end."""
    reported = [row for row, _ in history.changes(session, ChangeFilter(kinds=(kind,), limit=_LOOKED_BACK))]
    about = runs.registries(session, {row.run for row in reported if row.run is not None})
    return [row for row in reported if row.run is not None and about.get(row.run) == registry]


def data_instant(data_timestamp: str) -> datetime:
    """Return a registry's data timestamp as an instant. It names no time zone: we read it as UTC, a few hours early."""
    found = datetime.fromisoformat(data_timestamp)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _quarantined(counters: PollCounters) -> list[Event]:
    fresh = [item for item in counters.quarantined if item.new]
    if not fresh:
        return []
    names = listed([f"{item.trial or 'a record without id'} ({shortened(item.reason, 60)})" for item in fresh])
    are = "is" if len(fresh) == 1 else "are"
    summary = f"{count_of(len(fresh), 'record')} could not be read and {are} kept aside: {names}"
    return [Event("ops.quarantine", Severity.MAJOR, summary, subject=",".join(item.trial for item in fresh)[:200])]


def _claimed(counters: PollCounters) -> list[Event]:
    """Report numbers that are said to belong to another trial, each pair once (`tracker.polling.merge_claims`)."""
    if not counters.claims:
        return []
    stay = "Nothing is moved unless newer data say so too, from both sides; to watch the other one: trialwatch watch ID"
    summary = f"{listed(list(counters.claims.values()))}. {stay}"
    return [Event("ops.merge_claimed", Severity.MAJOR, summary, subject=",".join(sorted(counters.claims))[:200])]


def _drift(session: Session, counters: PollCounters) -> list[Event]:
    """Report unknown codes and new fields, each when this store first meets it."""
    if not counters.drift:
        return []
    reported = {row.subject for row, _ in history.changes(session, ChangeFilter(kinds=("ops.drift",)))}
    named = {storable(subject[:200]): sentence for subject, sentence in counters.drift.items()}
    fresh = [subject for subject in named if subject not in reported]
    events = [
        Event("ops.drift", Severity.MAJOR, f"The registry says something new: {named[subject]}", subject=subject)
        for subject in fresh[:MOST_DRIFTS]
    ]
    if len(fresh) > MOST_DRIFTS:
        rest = f"The registry says {len(fresh) - MOST_DRIFTS:,} more new things; see the run's detail"
        events.append(Event("ops.drift", Severity.MAJOR, rest, subject=f"{len(fresh)} sentences"))
    return events
