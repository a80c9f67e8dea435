"""Events that come from dates alone: results due soon, overdue, or due on another day. Pure.

The subject of a time event is its identity: the rule, the due date and the threshold. So each is raised once. Only
duties that surely apply and have no submission raise events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from storage.values.severity import Severity
from tracker.changes.event import LONGEST, Event
from tracker.changes.events.date_events import apart
from tracker.changes.wording.words import count_of, shortened
from tracker.records.dates import RegistryDate
from tracker.results.duties import RULES, Duty
from tracker.results.thresholds import DUE_SOON_DAYS

__all__ = ["due_events", "due_moved_events", "is_overdue", "only_precision", "subject_of"]

OVERDUE, MOVED = "overdue", "moved"


class _Reached(NamedTuple):
    """A threshold and the day it is reached."""

    name: str
    day: dt.date


def subject_of(duty: Duty, threshold: str) -> str:
    """Return the subject of a time event, such as ``who-2017 2027-01-14 30``."""
    return f"{duty.rule} {duty.due} {threshold}"


def due_events(
    duties: Sequence[Duty],
    today: dt.date,
    already: Collection[str],
    *,
    watched_since: dt.date,
    soon: Sequence[int] = DUE_SOON_DAYS,
) -> list[Event]:
    """Return today's events of one trial: at most one per duty, for the latest threshold passed.

    `already` has the subjects of earlier events. Thresholds reached before `watched_since` raise no event later: a
    trial first watched between two thresholds starts with the second one. `soon` has the days before the due day.
    """
    events = []
    for duty in duties:
        reached = _reached(duty, today, soon)
        if reached and reached.day >= watched_since and subject_of(duty, reached.name) not in already:
            events.append(_event(duty, reached, today))
    return events


def _reached(duty: Duty, today: dt.date, soon: Sequence[int]) -> _Reached | None:
    """Return the last threshold reached by `today`, or None. The due day is no threshold, and grace days have none."""
    if not duty.applies or duty.due is None or duty.standing is not False:
        return None
    if today > duty.due:
        overdue = _days_from(duty.due, RULES[duty.rule].grace_days + 1)
        return _Reached(OVERDUE, overdue) if today >= overdue else None
    left = (duty.due - today).days
    near = min((days for days in soon if left <= days), default=None)
    return _Reached(str(near), _days_from(duty.due, -near)) if near is not None else None


def _days_from(day: dt.date, days: int) -> dt.date:
    """Return the day this many days later, kept within the calendar."""
    return dt.date.fromordinal(min(max(day.toordinal() + days, 1), dt.date.max.toordinal()))


def _event(duty: Duty, reached: _Reached, today: dt.date) -> Event:
    assert duty.due is not None
    rule, subject = RULES[duty.rule].clause, subject_of(duty, reached.name)
    if reached.name == OVERDUE:
        late = count_of((today - duty.due).days, "day")
        return Event(
            "results.overdue", Severity.MAJOR, f"Results overdue by {late} under {rule}: due {duty.due}", (), subject
        )
    left = (duty.due - today).days
    when = f"in {count_of(left, 'day')}, on {duty.due}" if left else f"today, {duty.due}"
    return Event("results.due_soon", Severity.MAJOR, f"Results due {when}, under {rule}", (), subject)


def due_moved_events(before: Sequence[Duty], after: Sequence[Duty]) -> list[Event]:
    """Return an event, with the reason, for each due day that a new version moved. None once results are submitted.

    If the due day moved only because its date became more precise, the event is admin, as is the change of that date.
    If it makes the results overdue, it is major and says so. `due_events` may never: that day may have been reached
    before the trial was watched.
    """
    old = {duty.rule: duty for duty in before}
    return [
        Event(
            "results.due_moved",
            _severity(old[duty.rule], duty),
            _moved(old[duty.rule], duty),
            (),
            subject_of(duty, MOVED),
        )
        for duty in after
        if duty.rule in old and duty.applies and not duty.standing and duty.due and _differs(old[duty.rule], duty)
    ]


def is_overdue(duty: Duty) -> bool:
    """Return whether nothing was submitted and the grace days are over."""
    return duty.standing is False and duty.days_late is not None


def only_precision(old: Duty, new: Duty) -> bool:
    """Return whether only the precision of the date changed from which the term runs."""
    if old.due_basis != new.due_basis or new.due_basis is None:
        return False
    was, now = (RegistryDate(duty.facts[new.due_basis]["date"]) for duty in (old, new))
    return was.date != now.date and not apart(was, now)


def _differs(old: Duty, new: Duty) -> bool:
    return bool(old.applies and old.due and old.due != new.due)


def _severity(old: Duty, new: Duty) -> Severity:
    if only_precision(old, new):
        return Severity.ADMIN
    return Severity.MAJOR if _now_overdue(old, new) else Severity.MINOR


def _now_overdue(old: Duty, new: Duty) -> bool:
    """Return whether results are overdue that were not by the due day before. Both duties are as of one day."""
    return is_overdue(new) and not is_overdue(old)


def _moved(old: Duty, new: Duty) -> str:
    assert old.due is not None and new.due is not None
    days = (new.due - old.due).days
    way = f"{count_of(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
    clause = RULES[new.rule].clause
    overdue = f"; results are {count_of(new.days_late or 0, 'day')} overdue" if _now_overdue(old, new) else ""
    text = f"Due date under {clause} moved {way}, to {new.due}: {_reason(old, new)}"
    return shortened(text, LONGEST - len(overdue)) + overdue


def _reason(old: Duty, new: Duty) -> str:
    """Return the reason: the certificate of delay, another date to run from, or a new value of that date."""
    if old.facts.get("certified") != new.facts.get("certified"):
        return "delay was certified" if new.facts.get("certified") else "the certificate of delay was withdrawn"
    name = (new.due_basis or "").replace("_", " ")
    if old.due_basis != new.due_basis:
        return f"it now runs from the {name} date"
    if old.version != new.version:
        return f"the rule is read anew ({new.version})"
    was, now = (duty.facts[duty.due_basis or ""]["date"] for duty in (old, new))
    return f"the {name} date changed from {shortened(was, 20)} to {shortened(now, 20)}"
