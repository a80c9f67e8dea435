"""The day that a plot counts from and to: who asks for results, by when, and from which date. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.api.results import Duty
from tracker.records.dates import RegistryDate, earliest

__all__ = ["DueDay", "due_day", "fact_date", "first_due"]

_RULES = {"fdaaa801": "FDAAA 801", "eu-ctr": "EU CTR", "who-2017": "WHO 2017"}
_LAWS = frozenset({"fdaaa801", "eu-ctr"})


class DueDay(msgspec.Struct, frozen=True):
    """The due day of one rule, with all that is known of its term."""

    rule: str
    due: dt.date
    #: The date the term runs from, and whether it is only planned. None if the record gives none.
    begins: dt.date | None
    planned: bool
    #: Whether the rule surely applies and is a law: only then are results late by law.
    law: bool
    #: Whether the rule surely applies; None if the record cannot tell.
    applies: bool | None
    asked_by: str | None
    days_late: int | None
    standing: bool | None
    #: The first submission, if one stands and its day is known.
    submitted: dt.date | None

    @property
    def words(self) -> str:
        return _RULES.get(self.rule, self.rule)

    def end(self, today: dt.date) -> dt.date | None:
        """Return the day up to which results were missing: the submission, or today. None if that cannot be told."""
        if self.standing is None:
            return None
        return self.submitted if self.standing else today

    def days_past(self, today: dt.date) -> int:
        """Return the days from the due day to the submission, or to today. 0 if none, or if it cannot be told."""
        end = self.end(today)
        return max((end - self.due).days, 0) if end else 0


def due_day(duty: Duty) -> DueDay | None:
    """Return the due day of a duty, None if there is none or the rule does not apply."""
    due = earliest(duty.due) if duty.due else None
    if due is None or duty.applies is False:
        return None
    basis = fact_date(duty, duty.due_basis or "")
    first = duty.facts.get("first_submission")
    return DueDay(
        rule=duty.rule,
        due=due,
        begins=basis.last if basis else None,
        planned=basis is not None and basis.type != "ACTUAL",
        law=duty.applies is True and duty.rule in _LAWS,
        applies=duty.applies,
        asked_by=duty.asked_by,
        days_late=duty.days_late,
        standing=duty.standing,
        submitted=earliest(first) if duty.standing and isinstance(first, str) else None,
    )


def fact_date(duty: Duty, name: str) -> RegistryDate | None:
    """Return a date of the record that a rule considered, such as ``completion``."""
    fact: Any = duty.facts.get(name)
    if not isinstance(fact, dict) or not isinstance(fact.get("date"), str):
        return None
    return RegistryDate(fact["date"], fact.get("type"))


def first_due(duties: Iterable[Duty]) -> DueDay | None:
    """Return the first due day of a rule that surely applies; else of who asks all the same; else of one in doubt."""
    found = [day for duty in duties if (day := due_day(duty))]
    return min(found, key=lambda it: (it.applies is not True, it.asked_by is None, it.due), default=None)
