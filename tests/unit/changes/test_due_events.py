"""Time events: each once, none from before the trial was watched, none once results stand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_records import SIGNED, trial
from tracker.changes.event import LONGEST, Event
from tracker.changes.events.due_events import due_events, due_moved_events
from tracker.records.dates import RegistryDate
from tracker.records.trial import TrialRecord
from tracker.results.cycle import merged_steps
from tracker.results.duties import Duty, duties_of

LONG_AGO = dt.date(2000, 1, 1)
DUE = dt.date(2027, 1, 14)


def who(today: dt.date, **facts: Any) -> list[Duty]:
    """The WHO duty alone of a trial due on 2027-01-14."""
    known: dict[str, Any] = {"primary": "2026-01-14", "countries": "China", "drug": False, **SIGNED}
    record = trial(**(known | facts))
    return [duty for duty in duties_of(record, merged_steps([record]), today) if duty.rule == "who-2017"]


def days_before(days: int) -> dt.date:
    return DUE - dt.timedelta(days)


def told(first: int, last: int, *, since: dt.date = LONG_AGO, step: int = 1, **facts: Any) -> list[tuple[int, str]]:
    """What a daily job tells from `first` days before the due day to `last`: day and threshold."""
    already: set[str] = set()
    found = []
    for left in range(first, last - 1, -step):
        today = days_before(left)
        for event in due_events(who(today, **facts), today, already, watched_since=since):
            assert event.severity == "major" and event.subject not in already
            already.add(event.subject)
            found.append((left, event.subject.split()[-1]))
    return found


def test_each_threshold_is_told_once_on_its_day() -> None:
    assert told(400, -400) == [(120, "120"), (30, "30"), (7, "7"), (-31, "overdue")]


def test_after_days_without_a_daemon_the_latest_threshold_alone_is_told() -> None:
    assert told(125, -30, step=50) == [(75, "120"), (25, "30")]
    assert told(150, -150, step=145) == [(5, "7"), (-140, "overdue")]


@pytest.mark.parametrize(
    ("left", "heard"),
    [
        (121, [(120, "120"), (30, "30"), (7, "7"), (-31, "overdue")]),
        (120, [(120, "120"), (30, "30"), (7, "7"), (-31, "overdue")]),
        (100, [(30, "30"), (7, "7"), (-31, "overdue")]),
        (5, [(-31, "overdue")]),
        (-10, [(-31, "overdue")]),
        (-31, [(-31, "overdue")]),
        (-32, []),
    ],
)
def test_nothing_from_before_a_trial_was_watched(left: int, heard: list[tuple[int, str]]) -> None:
    assert told(left, -400, since=days_before(left)) == heard


@pytest.mark.parametrize("state", ["submitted", "returned", "posted"])
def test_nothing_once_results_stand(state: str) -> None:
    assert told(400, -400, state=state) == []


def test_a_cancelled_submission_is_nothing() -> None:
    assert told(8, -31, state="cancelled") == [(8, "30"), (7, "7"), (-31, "overdue")]


def test_nothing_from_a_source_that_does_not_tell_or_a_rule_that_does_not_surely_apply() -> None:
    assert told(400, -400, absent=("derivedSection",)) == []
    assert told(400, -400, type="OBSERVATIONAL") == [] == told(400, -400, type=None)


def test_thresholds_can_be_set() -> None:
    today = days_before(60)
    assert due_events(who(today), today, (), watched_since=LONG_AGO, soon=()) == []
    [event] = due_events(who(today), today, (), watched_since=LONG_AGO, soon=(60, 90))
    assert event.subject == "who-2017 2027-01-14 60"


def test_the_words() -> None:
    def summary(left: int) -> str:
        return due_events(who(days_before(left)), days_before(left), (), watched_since=LONG_AGO)[0].summary

    assert summary(30) == "Results due in 30 days, on 2027-01-14, under the WHO joint statement of 2017"
    assert summary(0) == "Results due today, 2027-01-14, under the WHO joint statement of 2017"
    assert summary(-31) == "Results overdue by 31 days under the WHO joint statement of 2017: due 2027-01-14"


def test_the_last_days_of_the_calendar() -> None:
    duties = who(dt.date.max, primary="9998-12-31")
    [event] = due_events(duties, dt.date.max, (), watched_since=LONG_AGO)
    assert event.kind == "results.due_soon"


@given(st.integers(-60, 200), st.integers(-60, 200), st.sets(st.integers(0, 150), max_size=4))
def test_however_often_it_looks_a_thing_is_told_once(first: int, since: int, soon: set[int]) -> None:
    already: set[str] = set()
    for left in range(first, -61, -3):
        today = days_before(left)
        for _ in range(2):
            events = due_events(who(today), today, already, watched_since=days_before(since), soon=tuple(soon))
            assert already.isdisjoint(event.subject for event in events)
            already |= {event.subject for event in events}
    assert len(already) <= len(soon) + 1


# moved

TODAY = dt.date(2026, 11, 22)


def moved(before: TrialRecord, after: TrialRecord) -> list[Event]:
    return due_moved_events(*(duties_of(it, merged_steps([it]), TODAY) for it in (before, after)))


WAS = trial(primary="2026-01-14")
MOVED = [
    (trial(primary="2026-01-24"), "10 days later, to 2027-01-24: the primary completion date changed from 2026-01-14"),
    (trial(primary="2037-01-14?"), "4,018 days later"),
    (trial(primary="2026-01-13"), "1 day earlier"),
    (trial(primary="2026-01"), "17 days later, to 2027-01-31: the primary completion date changed"),
    (trial(primary=None), "it now runs from the completion date; results are 1,879 days overdue"),
    (trial(primary="2026-01-14", certificate="2026-12-01"), "to 2029-01-14: delay was certified"),
]


@pytest.mark.parametrize(("now", "said"), MOVED)
def test_a_moved_due_day_is_told_with_its_reason(now: TrialRecord, said: str) -> None:
    event = next(it for it in moved(WAS, now) if it.subject.startswith("fdaaa801"))
    precise = now.dates.primary_completion == RegistryDate("2026-01", "ACTUAL")
    severity = "admin" if precise else "major" if "overdue" in event.summary else "minor"
    assert (event.kind, event.severity) == ("results.due_moved", severity)
    assert said in event.summary
    assert event.subject.endswith(" moved")


def test_a_certificate_moves_one_rule_alone() -> None:
    rules = [event.subject.split()[0] for event in moved(WAS, trial(primary="2026-01-14", certificate="2026-12-01"))]
    assert rules == ["fdaaa801"]


def test_no_due_day_moved() -> None:
    assert moved(WAS, WAS) == []
    assert moved(WAS, trial(primary="2026-01-14?")) == []
    assert moved(WAS, trial(primary="2026-02-14", state="submitted")) == []
    assert moved(trial(primary=None, completion=None), WAS) == []
    assert moved(WAS, trial(primary="2026-02-14", status="WITHDRAWN")) == []


@pytest.mark.parametrize(
    ("before", "after", "severity", "overdue"),
    [
        (trial(primary="2027-01-31?"), trial(primary="2024-05-31"), "major", True),  # due on 31 May 2025
        (trial(primary="2027-01-31?"), trial(primary="2025-11-22"), "minor", False),  # due today
        (trial(primary="2027-01-31?"), trial(primary="2025-11-01"), "minor", False),  # in the days of grace
        (trial(primary="2024-06-30"), trial(primary="2024-05-31"), "minor", False),  # overdue already, and told then
        (trial(primary="2027-01-31?"), trial(primary="2024-05-31", absent=("derivedSection",)), "minor", False),
    ],
)
def test_an_edit_that_makes_results_overdue_says_so(
    before: TrialRecord, after: TrialRecord, severity: str, overdue: bool
) -> None:
    event = next(it for it in moved(before, after) if it.subject.startswith("fdaaa801"))
    assert event.severity == severity
    assert event.summary.endswith("; results are 540 days overdue") is overdue
    assert len(event.summary) <= LONGEST


def test_the_day_job_never_tells_what_was_overdue_before_the_watch() -> None:
    """So the edit has to: the trial is watched since September, and has been overdue since last year."""
    after = trial(primary="2024-05-31")
    duties = duties_of(after, merged_steps([after]), TODAY)
    assert due_events(duties, TODAY, (), watched_since=dt.date(2026, 9, 1)) == []
