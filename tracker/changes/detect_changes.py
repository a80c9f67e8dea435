"""Everything that happened between two versions: what changed, which red flags, which duties began or ended. Pure.

A red flag can raise the severity of its event, never lower it. It adds its timing to the summary.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from storage.values.severity import worst
from tracker.changes.event import LONGEST
from tracker.changes.events.due_events import due_moved_events
from tracker.changes.events.duty_events import BEGAN, certificate_flags, duty_events
from tracker.changes.events.results_events import posted_sentences
from tracker.changes.events.withheld import turned
from tracker.changes.explain import Event, downgrade, explain
from tracker.changes.red_flag import RedFlag, timing_of
from tracker.changes.red_flags.date_flags import date_flags, deadline_flags, enrollment_flags
from tracker.changes.red_flags.outcome_flags import KIND as OUTCOME
from tracker.changes.red_flags.outcome_flags import outcomes_in_words
from tracker.changes.reported.compare import ReportedChanges, ReportedSides, compare_reported
from tracker.changes.reported.flags import reported_flags
from tracker.changes.version import Version
from tracker.changes.wording.words import shortened
from tracker.records.results.reported import PRIMARY, Reported
from tracker.records.trial import Results, TrialRecord
from tracker.results.cycle import CycleStep, CycleTurn, merged_steps, turn_of
from tracker.results.duties import Duty, duties_of
from tracker.results.registered.registered import RegisteredReport, registered_against_reported, sentence

__all__ = ["NOT_READ", "detect_changes", "raised", "red_flags", "reported_changes", "wants_past"]

NOT_READ = ReportedSides()
_Duties = tuple[tuple[Duty, ...], tuple[Duty, ...]]
_POSTED = "results.posted"
_STEPS = {"results.submitted", "results.returned", "results.cancelled"}
_COUNTED = (PRIMARY, "SECONDARY")
_NEEDING = frozenset({"enrollment.actual_reported", *_STEPS, _POSTED, BEGAN})


def detect_changes(
    before: TrialRecord,
    after: TrialRecord,
    day: dt.date,
    past: Sequence[Version] = (),
    *,
    vanished: bool = False,
    reported: ReportedSides = NOT_READ,
) -> tuple[Event, ...]:
    """Return the events from `before` to `after`, which took effect on `day`. Empty if nothing compared differs.

    `past` is all versions up to `before`, in timeline order. Some events need it (see `wants_past`). `vanished` means
    that the registry removed fields from all its records. Missing fields are then no news and move no due day.
    `reported` is what both versions report, for a step that needs it (see `wants_reported`).
    """
    comparable = _comparable(before, after)
    cycle = turn_of(comparable[0].results, after.results, _known(past))
    duties = _duties(comparable, cycle, day)
    results = reported_changes(before, after, reported)
    events = explain(before, after, cycle, (results, reported_flags(results)) if results else None)
    if reported.problem:
        events = _without_values(events, reported.problem)
    elif reported.after is not None and any(event.kind == _POSTED for event in events):
        report = registered_against_reported(past, after, reported.after.measures)
        events = _with_reported(events, after.results, report, reported.after)
    if vanished:
        events = downgrade(events)
    # The red flags of the posted results are in their events already.
    events = raised(events, _red_flags(before, after, comparable, day, past, duties))
    # Fields that the registry removed from all records move no due day, and begin or end no duty.
    return events if vanished else (*events, *due_moved_events(*duties), *duty_events(comparable, duties, past))


def _without_values(events: Sequence[Event], problem: str) -> tuple[Event, ...]:
    """Say that the posted results differ in values that cannot be read."""
    return tuple(
        msgspec.structs.replace(event, summary=shortened(f"{event.summary} (values not read: {problem})", LONGEST))
        if event.kind in ("results.updated", _POSTED)
        else event
        for event in events
    )


def _with_reported(
    events: Sequence[Event], posted: Results, report: RegisteredReport, reported: Reported
) -> tuple[Event, ...]:
    """Say on the day of posting how many measures have no values yet, and how many registered ones are missing."""
    said = sentence(report)
    waiting = sum(not it.is_posted and it.type in _COUNTED for it in reported.measures.values())
    if not said and not waiting:
        return tuple(events)
    # Where there is no room for all, the day of the registration goes first, then whole parts of what was posted.
    asides = (f"; {said}", f"; {sentence(report, dated=False)}") if said else ("",)
    texts = [f"{text}{aside}" for text in posted_sentences(posted, waiting=waiting) for aside in asides]
    summary = next((text for text in texts if len(text) <= LONGEST), texts[-1])
    return tuple(
        msgspec.structs.replace(event, summary=summary) if event.kind == _POSTED else event for event in events
    )


def reported_changes(before: TrialRecord, after: TrialRecord, reported: ReportedSides) -> ReportedChanges | None:
    """Return what differs in the posted results, or None if one side has none or cannot be read."""
    if reported.before is None or reported.after is None:
        return None
    return compare_reported(reported.before, reported.after, (before, after))


def wants_past(events: Sequence[Event]) -> bool:
    """Return whether earlier versions may change these events.

    A reported count may follow a cut of the target. A step of pending results or a duty may have been reported
    before. Posted results are held against what was registered.
    """
    return any(event.kind in _NEEDING for event in events)


def red_flags(
    before: TrialRecord,
    after: TrialRecord,
    day: dt.date,
    past: Sequence[Version] = (),
    reported: ReportedSides = NOT_READ,
) -> list[RedFlag]:
    """Return every red flag in the step from `before` to `after`."""
    comparable = _comparable(before, after)
    duties = _duties(comparable, turn_of(comparable[0].results, after.results), day)
    results = reported_changes(before, after, reported)
    found = _red_flags(before, after, comparable, day, past, duties)
    return found + (reported_flags(results) if results else [])


def _red_flags(
    before: TrialRecord,
    after: TrialRecord,
    comparable: tuple[TrialRecord, TrialRecord],
    day: dt.date,
    past: Sequence[Version],
    duties: _Duties,
) -> list[RedFlag]:
    timing = timing_of(before, day, after)
    if turned(before, after):  # no field was edited, so only a stop is a red flag
        return [flag for flag in date_flags(before, after, day) if flag.event == "status.changed"]
    found = date_flags(before, after, day) + deadline_flags(*duties, day, timing)
    found += certificate_flags(*comparable, duties[0], timing)
    # A flag over all versions belongs to this step if the versions before it did not raise it.
    return found + enrollment_flags([*past, (day, after)])[len(enrollment_flags(past)) :]


def raised(events: Sequence[Event], found: Sequence[RedFlag]) -> tuple[Event, ...]:
    """Return the events with their red flags: at least as severe as each flag, and with its timing in the summary."""
    return tuple(_with(event, [flag for flag in found if flag.event == event.kind]) for event in events)


def _with(event: Event, own: Sequence[RedFlag]) -> Event:
    if not own:
        return event
    severity = worst([event.severity, *(flag.severity for flag in own)])
    # The flags of primary outcomes name the outcomes themselves, so their text replaces the summary.
    if event.kind == OUTCOME:
        summary = shortened(outcomes_in_words(own), LONGEST)
    else:
        aside = "".join(flag.aside for flag in own)
        summary = shortened(event.summary, max(LONGEST - len(aside), LONGEST // 2)) + aside
    return msgspec.structs.replace(event, severity=severity, summary=shortened(summary, LONGEST))


def _known(past: Sequence[Version]) -> list[CycleStep] | None:
    return merged_steps(version.record for version in past if not version.record.absent) if past else None


def _comparable(before: TrialRecord, after: TrialRecord) -> tuple[TrialRecord, TrialRecord]:
    """Return both records with the same results if one source does not supply results, so that these do not differ."""
    if before.absent or after.absent:
        before = msgspec.structs.replace(before, results=after.results)
    return before, after


def _duties(records: tuple[TrialRecord, TrialRecord], cycle: CycleTurn, day: dt.date) -> _Duties:
    before, after = records
    return duties_of(before, cycle.before.steps, day), duties_of(after, cycle.after.steps, day)
