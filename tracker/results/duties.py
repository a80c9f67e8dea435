"""Who must make the results of a trial public, by when, and how late they are: every rule, applied to one record. Pure.

Which rule asks what stands in `tracker.results.rules`, one file a rule; the term and the days late in
`tracker.results.lateness`. This is a reading of registry records, not legal advice: some facts the laws ask for are in
no record, and then the answer is None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tracker.records.trial import TrialRecord
from tracker.results.cycle import CycleStep
from tracker.results.lateness import DaysLate, Due, Submission, due_of, late, submission_of
from tracker.results.rules import DutyRule, DutyVerdict, eu_ctr, fdaaa801, who_2017

__all__ = ["RULES", "Duty", "applies", "duties_of"]

Judge = Callable[[TrialRecord], DutyVerdict]
_RULES: tuple[tuple[DutyRule, Judge], ...] = (
    (fdaaa801.RULE, fdaaa801.verdict),
    (eu_ctr.RULE, eu_ctr.verdict),
    (who_2017.RULE, who_2017.verdict),
)
RULES = {rule.name: rule for rule, _ in _RULES}
_JUDGES = {rule.name: judge for rule, judge in _RULES}


class Duty(msgspec.Struct, frozen=True):
    """What one rule asks of one trial.

    `applies` None: the record cannot tell; `due` then is the date if it applies. `asked_by`: who asks for results by
    then all the same. `due_basis`: the date in the record it runs from. `days_late` by the first submission,
    `days_late_strict` by the first after the last cancellation; None unless late, or unless it is sure that the rule
    applies. `standing`: whether results were handed in and not withdrawn. `why`: sentences. `facts`: what was looked
    at, JSON values.
    """

    rule: str
    version: str
    applies: bool | None
    due: dt.date | None
    due_basis: str | None
    days_late: int | None
    days_late_strict: int | None
    why: str
    facts: dict[str, Any]
    standing: bool | None
    source: str
    asked_by: str | None = None

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def duties_of(record: TrialRecord, steps: Sequence[CycleStep], today: dt.date) -> tuple[Duty, ...]:
    """The duties of the trial of `record`, its latest version, one a rule.

    `steps`: the whole cycle over all versions (`cycle.merged_steps`), without which a cancellation from before posting,
    and with it the strict reading, is lost. A record of a source that does not show pending results has no days late.
    """
    standing = _standing(record, steps)
    return tuple(_duty(rule, judge(record), record, standing, today) for rule, judge in _RULES)


def applies(rule: str, record: TrialRecord) -> bool | None:
    """Whether the rule of this name (a key of `RULES`) applies to the trial of `record`."""
    return _JUDGES[rule](record).applies


def _standing(record: TrialRecord, steps: Sequence[CycleStep]) -> Submission:
    """A source that does not show pending results may still show that some were posted."""
    if not record.absent:
        return submission_of(record.results.state, steps)
    first = record.results.first_submitted
    return submission_of("posted", steps or [CycleStep("submitted", first)]) if first else submission_of(None, steps)


def _duty(rule: DutyRule, verdict: DutyVerdict, record: TrialRecord, standing: Submission, today: dt.date) -> Duty:
    due = due_of(record.dates, rule.basis, verdict.years) if verdict.applies is not False else Due(None, None, "")
    days = late(due.date, standing, today, rule.grace_days) if verdict.applies else DaysLate()
    return Duty(
        rule=rule.name,
        version=rule.version,
        applies=verdict.applies,
        due=due.date,
        due_basis=due.basis,
        days_late=days.generous,
        days_late_strict=days.strict,
        why=" ".join(_why(rule, verdict, due, standing, days)),
        facts=verdict.facts | _dates(record) | _handed_in(standing),
        standing=standing.stands,
        source=rule.source,
        asked_by=verdict.asker or None,
    )


def _dates(record: TrialRecord) -> dict[str, Any]:
    """Each date the term may run from, and its type."""
    names = ("primary_completion", "completion")
    dates = {name: getattr(record.dates, name) for name in names}
    return {name: {"date": date.date, "type": date.type} if date else None for name, date in dates.items()}


def _handed_in(standing: Submission) -> dict[str, str | None]:
    days = {"first_submission": standing.first, "submission_after_cancellation": standing.again}
    return {name: day.isoformat() if day else None for name, day in days.items()}


def _why(rule: DutyRule, verdict: DutyVerdict, due: Due, standing: Submission, days: DaysLate) -> list[str]:
    """The answer and its reason, then how the due day was come by, then what is odd about the days late."""
    if verdict.applies is False:
        return [f"{_begun(rule.clause)} does not apply: {verdict.reason}."]
    if verdict.asker:
        return [f"{_begun(rule.clause)} does not bind this trial: {verdict.reason}.", _asked(verdict.asker, due)]
    if verdict.applies:
        said = [f"{_begun(rule.clause)} applies: {verdict.reason}."]
    else:
        said = [f"Whether {rule.clause} applies cannot be told: {verdict.reason}."]
    when = "Due" if verdict.applies else "If it applies, due"
    said.append(f"{when} {due.said}." if due.basis else f"{_begun(due.said)}.")
    if verdict.applies:
        said += _asides(rule, verdict, due, standing)
    return said + ([_lateness(rule, standing, days)] if days.generous or days.strict else [])


def _asked(asker: str, due: Due) -> str:
    """By when results are asked for where nothing makes them due."""
    if due.date is None:
        return f"{asker} asks for results all the same; {due.said}."
    return f"{asker} asks for results by {due.date} all the same, and they would be due then if it did: {due.said}."


def _asides(rule: DutyRule, verdict: DutyVerdict, due: Due, standing: Submission) -> list[str]:
    said = []
    if verdict.facts.get("certified") and due.date is not None:
        said.append(f"Three years because delay was certified on {verdict.facts['certificate'] or 'an unknown day'}.")
    if rule is eu_ctr.RULE:
        said.append("Results belong in the EU's own database, which this record does not show.")
    if standing.stands is None:
        said.append("This version's source does not tell whether results were submitted.")
    elif standing.stands and standing.again is None:
        said.append("The day of the submission that stands is not known.")
    return said


def _lateness(rule: DutyRule, standing: Submission, days: DaysLate) -> str:
    if not standing.stands:
        return f"Nothing stands submitted, and the {rule.grace_days} days of grace are over."
    if days.generous == days.strict:
        return f"First submitted on {standing.first}."
    again = f"; after the last cancellation on {standing.again}" if standing.again else ""
    return f"First submitted on {standing.first}{again}."


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
