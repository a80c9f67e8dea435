"""Who must publish the results of a trial, by when, and how late they are: every rule, applied to one record. Pure.

The rules are in `tracker.results.rules`, one file per rule. Terms and days late are in `tracker.results.lateness`.
This is a reading of registry records, not legal advice. Some facts that the laws depend on are in no record. The answer
is then None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from storage.values.states import ResultsState
from tracker.records.trial import TrialRecord
from tracker.results.cycle import CycleStep
from tracker.results.lateness import DaysLate, Due, Submission, due_of, late, submission_of
from tracker.results.rules import DutyRule, DutyVerdict, eu_ctr, fdaaa801, who_2017
from tracker.results.rules.verdict import Facts

__all__ = ["RULES", "Duty", "DutyTerms", "applies", "duties_of", "duty_on", "terms_of"]

Judge = Callable[[TrialRecord], DutyVerdict]
_RULES: tuple[tuple[DutyRule, Judge], ...] = (
    (fdaaa801.RULE, fdaaa801.verdict),
    (eu_ctr.RULE, eu_ctr.verdict),
    (who_2017.RULE, who_2017.verdict),
)
RULES = {rule.name: rule for rule, _ in _RULES}
_JUDGES = {rule.name: judge for rule, judge in _RULES}


class Duty(msgspec.Struct, frozen=True):
    """What one rule demands of one trial."""

    #: Name of the rule, a key of `RULES`.
    rule: str
    #: Version of the rule under which this was computed.
    version: str
    #: Whether the rule applies; None if the record cannot tell.
    applies: bool | None
    #: Due day. If `applies` is None, the due day in case the rule applies.
    due: dt.date | None
    #: The date of the record from which the term runs.
    due_basis: str | None
    #: Days late by the first submission. None unless late, and unless the rule surely applies.
    days_late: int | None
    #: Days late by the first submission after the last cancellation. None as above.
    days_late_strict: int | None
    #: The answer in sentences.
    why: str
    #: The facts that were considered, as JSON values.
    facts: Facts
    #: Whether results were submitted and not withdrawn; None if the source cannot tell.
    standing: bool | None
    #: The law or statement.
    source: str
    #: Who asks for results by the due day although the rule does not bind this trial.
    asked_by: str | None = None


class DutyTerms(msgspec.Struct, frozen=True):
    """What one rule demands of one trial, whatever the day: all of a `Duty` but how late it is."""

    rule: str
    applies: bool | None
    due: dt.date | None
    #: Whether a submission stands, and the days of submissions: see `lateness.Submission`.
    stands: bool | None
    first: dt.date | None
    again: dt.date | None
    due_basis: str | None = None
    #: The answer in sentences, without the one about lateness.
    why: str = ""
    facts: Facts = {}
    asked_by: str | None = None

    @property
    def submission(self) -> Submission:
        return Submission(self.stands, self.first, self.again)


def duties_of(record: TrialRecord, steps: Sequence[CycleStep], today: dt.date) -> tuple[Duty, ...]:
    """Return the duties of a trial, one per rule. `record` is its latest version, `today` decides the days late.

    `steps` is the whole cycle over all versions (`cycle.merged_steps`). Without it, a cancellation before the posting
    is lost, and with it the strict reading. If the source does not show pending results, there are no days late.
    """
    return tuple(duty_on(terms, today) for terms in terms_of(record, steps))


def terms_of(record: TrialRecord, steps: Sequence[CycleStep]) -> tuple[DutyTerms, ...]:
    """Return what each rule demands of a trial, whatever the day. The arguments are those of `duties_of`."""
    submission = _submission(record, steps)
    return tuple(_terms(rule, judge(record), record, submission) for rule, judge in _RULES)


def duty_on(terms: DutyTerms, today: dt.date) -> Duty:
    """Return the duty as it is on a day."""
    rule, submission = RULES[terms.rule], terms.submission
    # Only a rule that surely applies makes a trial late. A due day is also computed where it is unclear whether the
    # rule applies: readers want to know the day in question.
    days = late(terms.due, submission, today, rule.grace_days) if terms.applies else DaysLate()
    is_late = bool(days.generous or days.strict)
    return Duty(
        rule=rule.name,
        version=rule.version,
        applies=terms.applies,
        due=terms.due,
        due_basis=terms.due_basis,
        days_late=days.generous,
        days_late_strict=days.strict,
        why=f"{terms.why} {_lateness(rule, submission, days)}" if is_late else terms.why,
        facts=terms.facts,
        standing=terms.stands,
        source=rule.source,
        asked_by=terms.asked_by,
    )


def applies(rule: str, record: TrialRecord) -> bool | None:
    """Return whether the rule with this name (a key of `RULES`) applies to the trial, or None if unknown."""
    return _JUDGES[rule](record).applies


def _submission(record: TrialRecord, steps: Sequence[CycleStep]) -> Submission:
    """Return what was submitted. Sources that hide pending results may still show that some were posted."""
    if not record.absent:
        return submission_of(record.results.state, steps)
    first = record.results.first_submitted
    if not first:
        return submission_of(None, steps)
    return submission_of(ResultsState.POSTED, steps or [CycleStep(ResultsState.SUBMITTED, first)])


def _terms(rule: DutyRule, verdict: DutyVerdict, record: TrialRecord, submission: Submission) -> DutyTerms:
    due = due_of(record.dates, rule.basis, verdict.years) if verdict.applies is not False else Due(None, None, "")
    return DutyTerms(
        rule=rule.name,
        applies=verdict.applies,
        due=due.date,
        stands=submission.stands,
        first=submission.first,
        again=submission.again,
        due_basis=due.basis,
        why=" ".join(_why(rule, verdict, due, submission)),
        facts=verdict.facts | _dates(record) | _handed_in(submission),
        asked_by=verdict.asker or None,
    )


def _dates(record: TrialRecord) -> Facts:
    """Return the dates from which a term may run, and their types."""
    names = ("primary_completion", "completion")
    dates = {name: getattr(record.dates, name) for name in names}
    return {name: {"date": date.date, "type": date.type} if date else None for name, date in dates.items()}


def _handed_in(submission: Submission) -> dict[str, str | None]:
    days = {"first_submission": submission.first, "submission_after_cancellation": submission.again}
    return {name: day.isoformat() if day else None for name, day in days.items()}


def _why(rule: DutyRule, verdict: DutyVerdict, due: Due, submission: Submission) -> list[str]:
    """Return the answer with its reason, then the origin of the due day, then remarks."""
    if verdict.applies is False:
        return [f"{_begun(rule.clause)} does not apply: {verdict.reason}."]
    if verdict.asker:
        return [f"{_begun(rule.clause)} does not bind this trial: {verdict.reason}.", _asked(verdict.asker, due)]
    if verdict.applies:
        sentences = [f"{_begun(rule.clause)} applies: {verdict.reason}."]
    else:
        sentences = [f"Whether {rule.clause} applies cannot be told: {verdict.reason}."]
    when = "Due" if verdict.applies else "If it applies, due"
    sentences.append(f"{when} {due.sentence}." if due.basis else f"{_begun(due.sentence)}.")
    if verdict.applies:
        sentences += _asides(rule, verdict, due, submission)
    return sentences


def _asked(asker: str, due: Due) -> str:
    """Return the sentence for a trial that no rule binds, but for which somebody asks for results."""
    if due.date is None:
        return f"{asker} asks for results all the same; {due.sentence}."
    return f"{asker} asks for results by {due.date} all the same, and they would be due then if it did: {due.sentence}."


def _asides(rule: DutyRule, verdict: DutyVerdict, due: Due, submission: Submission) -> list[str]:
    sentences = []
    if verdict.facts.get("certified") and due.date is not None:
        sentences.append(
            f"Three years because delay was certified on {verdict.facts['certificate'] or 'an unknown day'}."
        )
    if rule is eu_ctr.RULE:
        sentences.append("Results belong in the EU's own database, which this record does not show.")
    if submission.stands is None:
        sentences.append("This version's source does not tell whether results were submitted.")
    elif submission.stands and submission.again is None:
        sentences.append("The day of the submission that stands is not known.")
    return sentences


def _lateness(rule: DutyRule, submission: Submission, days: DaysLate) -> str:
    if not submission.stands:
        return f"Nothing stands submitted, and the {rule.grace_days} days of grace are over."
    if days.generous == days.strict:
        return f"First submitted on {submission.first}."
    again = f"; after the last cancellation on {submission.again}" if submission.again else ""
    return f"First submitted on {submission.first}{again}."


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
