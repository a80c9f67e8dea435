"""All there is to notice between two versions: what changed, what of it is a warning sign, which duties it turned.

A sign raises the severity of the event it belongs to, never lowers it, and adds its timing to the summary. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from tracker.changes.event import LONGEST
from tracker.changes.events.due_events import due_moved_events
from tracker.changes.events.duty_events import BEGAN, certificate_signs, duty_events
from tracker.changes.events.withheld import turned
from tracker.changes.explain import Event, explain, hushed
from tracker.changes.fields import worst
from tracker.changes.red_flag import Sign, timing_of
from tracker.changes.red_flags.date_flags import deadline_signs, enrollment_signs, signs
from tracker.changes.red_flags.outcome_flags import KIND as OUTCOME
from tracker.changes.red_flags.outcome_flags import outcomes_said
from tracker.changes.version import Version
from tracker.changes.wording.words import shortened
from tracker.records.trial import TrialRecord
from tracker.results.cycle import CycleStep, merged_steps, steps
from tracker.results.duties import Duty, duties_of

__all__ = ["all_signs", "noticed", "raised", "wants_past"]

_NEEDING = frozenset({"enrollment.actual_reported", "results.submitted", BEGAN})


def noticed(
    before: TrialRecord, after: TrialRecord, day: dt.date, past: Sequence[Version] = (), *, vanished: bool = False
) -> tuple[Event, ...]:
    """What happened from `before` to `after`, which took effect on `day`; empty when nothing we compare differs.

    `past`: all versions up to `before`, in timeline order, for what two versions cannot tell (see `wants_past`).
    `vanished`: the registry took fields from all its records, so that what is missing is no news and moves nothing.
    """
    events = explain(before, after, _known(past))
    if vanished:
        events = hushed(events)
    events = raised(events, all_signs(before, after, day, past))
    return events if vanished else (*events, *_of_duties(before, after, day, past))


def _of_duties(before: TrialRecord, after: TrialRecord, day: dt.date, past: Sequence[Version]) -> list[Event]:
    """Due days that moved, duties that began or ended."""
    duties = _duties(before, after, day)
    return due_moved_events(*duties) + duty_events(_comparable(before, after), duties, past)


def wants_past(events: Sequence[Event]) -> bool:
    """Whether earlier versions may change what is told: a count may follow a cut, a submission or a duty may have been
    told before."""
    return any(event.kind in _NEEDING for event in events)


def all_signs(before: TrialRecord, after: TrialRecord, day: dt.date, past: Sequence[Version] = ()) -> list[Sign]:
    """Every warning sign in the step from `before` to `after`."""
    timing = timing_of(before, day, after)
    if turned(before, after):  # no field was edited: only a stop says more
        return [sign for sign in signs(before, after, day) if sign.event == "status.changed"]
    duties = _duties(before, after, day)
    found = signs(before, after, day) + deadline_signs(*duties, day, timing)
    found += certificate_signs(*_comparable(before, after), duties[0], timing)
    return found + enrollment_signs([*past, (day, after)])[len(enrollment_signs(past)) :]


def raised(events: Sequence[Event], found: Sequence[Sign]) -> tuple[Event, ...]:
    """The events with their signs: at least as severe as each, and saying when in the trial's life it was done."""
    return tuple(_with(event, [sign for sign in found if sign.event == event.kind]) for event in events)


def _with(event: Event, own: Sequence[Sign]) -> Event:
    if not own:
        return event
    severity = worst([event.severity, *(sign.severity for sign in own)])
    if event.kind == OUTCOME:
        summary = shortened(outcomes_said(own), LONGEST)
    else:
        aside = "".join(sign.aside for sign in own)
        summary = shortened(event.summary, max(LONGEST - len(aside), LONGEST // 2)) + aside
    return msgspec.structs.replace(event, severity=severity, summary=shortened(summary, LONGEST))


def _known(past: Sequence[Version]) -> list[CycleStep] | None:
    return merged_steps(version.record for version in past if not version.record.absent) if past else None


def _comparable(before: TrialRecord, after: TrialRecord) -> tuple[TrialRecord, TrialRecord]:
    """Where a source does not tell of results, nothing is made of what only one of the two tells."""
    if before.absent or after.absent:
        before = msgspec.structs.replace(before, results=after.results)
    return before, after


def _duties(before: TrialRecord, after: TrialRecord, day: dt.date) -> tuple[tuple[Duty, ...], tuple[Duty, ...]]:
    old, new = (duties_of(it, steps(it.results), day) for it in _comparable(before, after))
    return old, new
