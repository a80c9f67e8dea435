"""What `results` says about a trial on a day, from its results status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from storage.values.states import ResultsState
from tracker.api.results import CycleStep as CycleStepShape
from tracker.api.results import Duty, StateSpan, TrialResults
from tracker.records.dates import earliest
from tracker.results.cycle import CycleStep
from tracker.results.duties import Duty as ComputedDuty
from tracker.results.duties import duty_on
from tracker.results.scorecard import ResultsStatus
from tracker.results.spans import Span, spans

__all__ = ["results_on"]

_WAITING = (ResultsState.SUBMITTED, ResultsState.RETURNED)


def results_on(trial: str, status: ResultsStatus, today: dt.date) -> TrialResults:
    """Return state, cycle and duties of a trial on a day.

    `since` and `days_in_state` say when the state began and how long ago. They are None if nothing was ever submitted
    or the day is unknown. `states` lists each state with its days. `vanished` says since when pending results are no
    longer listed, None if they are.
    """
    lived = spans(status.state, status.steps, status.began, today)
    return TrialResults(
        trial=trial,
        title=status.title,
        status=status.status,
        sponsor=status.sponsor,
        state=status.state,
        since=lived[-1].start.isoformat() if lived and lived[-1].start else None,
        days_in_state=lived[-1].days if lived else None,
        vanished=status.began.isoformat() if status.began and _vanished(status.state, status.steps) else None,
        # A text that is no date, such as a hostile record has, says no more of the day than nothing does.
        cycle=[CycleStepShape(step.event, step.date if earliest(step.date or "") else None) for step in status.steps],
        states=[_span(span) for span in lived],
        duties=[_duty(duty_on(terms, today)) for terms in status.duties],
    )


def _duty(duty: ComputedDuty) -> Duty:
    return Duty(
        rule=duty.rule,
        version=duty.version,
        applies=duty.applies,
        due=duty.due.isoformat() if duty.due else None,
        due_basis=duty.due_basis,
        days_late=duty.days_late,
        days_late_strict=duty.days_late_strict,
        why=duty.why,
        facts=duty.facts,
        standing=duty.standing,
        source=duty.source,
        asked_by=duty.asked_by,
    )


def _vanished(state: str | None, steps: Sequence[CycleStep]) -> bool:
    """Return whether the last step seen was not an end and is not what the registry shows now."""
    return bool(steps) and state != ResultsState.POSTED and steps[-1].event != state and steps[-1].event in _WAITING


def _span(span: Span) -> StateSpan:
    start, end = (day.isoformat() if day else None for day in (span.start, span.end))
    return StateSpan(state=span.state, from_=start, to=end, days=span.days)
