"""Why an event has its severity, and what of a step was muted: the reasons add up to what was told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storage.values.severity import Severity, worst
from tests.support.records.strategies import pairs
from tests.unit.changes.test_noticed import MIDWAY, completing
from tests.unit.changes.test_warning import OS, PFS, aim, record, target
from tracker.changes.detect_changes import detect_changes
from tracker.changes.diff import compare
from tracker.changes.fields import ADMIN, field_of
from tracker.changes.severity_reasons import ExplainedStep, not_of_two
from tracker.changes.version import Version
from tracker.records.trial import Contact, Contacts, Dates, TrialRecord
from tracker.registries.ctgov.reader import read

LATE = dt.date(2025, 7, 1)


def step(before: dict[str, Any], after: dict[str, Any], day: dt.date = MIDWAY) -> ExplainedStep:
    return ExplainedStep(record(**before), record(**after), day)


def reasons(found: ExplainedStep, kind: str, subject: str = "") -> list[tuple[str, str, str]]:
    return [(reason.by, reason.name, reason.severity) for reason in found.why(kind, subject).reasons]


def test_a_row_of_the_table() -> None:
    found = step({"phases": ("PHASE2",)}, {"phases": ("PHASE3",)})
    assert found.why("phase.changed").severity == "major"
    assert reasons(found, "phase.changed") == [("field", "phases", "major")]


def test_values_that_weigh_more_or_less_than_their_row() -> None:
    """A target halved is major, a status the registry sets by itself is minor, whatever the row says."""
    cut = step(target(100), target(50))
    assert reasons(cut, "enrollment.target_changed") == [
        ("field", "enrollment.count", "minor"),
        ("values", "enrollment.target_changed", "major"),
        ("sign", "enrollment.cut", "major"),
    ]
    unknown = step({"status": "RECRUITING"}, {"status": "UNKNOWN"})
    assert unknown.why("status.changed").severity == "minor"
    assert reasons(unknown, "status.changed") == [
        ("field", "status", "major"),
        ("values", "status.changed", "minor"),
    ]


def test_a_sign_with_its_evidence() -> None:
    why = step(aim(PFS, OS), aim(PFS), LATE).why("outcome.primary_changed")
    flag = why.reasons[-1]
    assert (why.severity, flag.by, flag.name, flag.severity) == ("critical", "sign", "outcome.dropped", "critical")
    assert flag.evidence == {
        "timing": "after primary completion",
        "measure": "Overall survival",
        "time_frame": "24 months",
    }


def test_a_sign_of_versions_before_is_found_with_them_alone() -> None:
    lives = [record(**it) for it in (target(200), target(120), target(118, "ACTUAL"))]
    past = [Version(MIDWAY, lives[0]), Version(LATE, lives[1])]
    kind, day = "enrollment.actual_reported", LATE + dt.timedelta(30)
    assert ExplainedStep(lives[1], lives[2], day).why(kind).severity == "minor"
    deep = ExplainedStep(lives[1], lives[2], day, past)
    assert deep.why(kind).severity == "major" and reasons(deep, kind)[-1][1] == "enrollment.cut_before_count"


def test_a_moved_due_day_is_told_from_dates_alone() -> None:
    found = step(completing("2024-06-30"), completing("2024-07-31"))
    subject = "who-2017 2025-07-31 moved"
    assert reasons(found, "results.due_moved", subject) == [("dates", subject, "minor")]
    assert found.why("results.due_moved", "who-2017 2025-06-30 moved").severity is None, "another day, another event"


def test_what_todays_rules_would_not_tell() -> None:
    why = step(aim(PFS), aim(PFS)).why("phase.changed")
    assert (why.severity, why.reasons) == (None, [])


def test_what_is_no_step_between_two_versions() -> None:
    overdue = not_of_two("results.overdue", "major", "Overdue", "who-2017 2027-01-14 overdue")
    gone = not_of_two("trial.gone", "major", "Gone", "")
    assert [(why.severity, why.reasons[0].by, why.reasons[0].name) for why in (overdue, gone)] == [
        ("major", "dates", "who-2017 2027-01-14 overdue"),
        ("major", "trial", "trial.gone"),
    ]


def test_housekeeping_and_what_is_never_compared_is_named_as_muted() -> None:
    before = record(dates=Dates(verified="2024-01"), countries=("France",), warnings=())
    after = record(
        dates=Dates(verified="2024-02"),
        contacts=Contacts(central={"a": Contact("A")}),
        countries=("Spain",),
        warnings=("x",),
    )
    muted = {item.field: item.because for item in ExplainedStep(before, after, MIDWAY).muted()}
    assert muted.keys() == {"dates.verified", "contacts.central.a", "countries", "warnings"}
    assert muted["dates.verified"] == "housekeeping: Record verified"
    assert muted["countries"] == "follows from other fields, or is about the reading"


Pair = tuple[dict[str, Any], dict[str, Any]]
days = st.dates(dt.date(2025, 1, 1), dt.date(2028, 1, 1))


def records(pair: Pair) -> tuple[TrialRecord, TrialRecord]:
    before, after = (read(side).record for side in pair)
    return before, after


@given(pairs(), days)
def test_the_reasons_add_up_to_the_severity(pair: Pair, day: dt.date) -> None:
    """What the values say stands for the rows; the signs come on top."""
    before, after = records(pair)
    found = ExplainedStep(before, after, day)
    for event in detect_changes(before, after, day):
        why = found.why(event.kind, event.subject)
        assert why.severity == event.severity and why.reasons
        by: dict[str, list[str]] = {}
        for reason in why.reasons:
            by.setdefault(reason.by, []).append(reason.severity)
            assert reason.severity in Severity and reason.said
        base = by.get("values") or by.get("dates") or [worst(by["field"])]
        assert worst(base + by.get("sign", [])) == event.severity


@given(pairs(), days)
def test_what_differs_was_told_or_was_muted(pair: Pair, day: dt.date) -> None:
    """Nothing falls between: each differing field is in an event, and each of housekeeping is named as muted."""
    before, after = records(pair)
    told = {item.field for event in detect_changes(before, after, day) if event.kind != ADMIN for item in event.fields}
    muted = {item.field for item in ExplainedStep(before, after, day).muted()}
    for change in compare(before.document(), after.document()):
        assert change.field in told | muted
        assert (field_of(change.path).kind == ADMIN) <= (change.field in muted)


@given(pairs())
def test_a_step_that_is_none_has_nothing_to_say(pair: Pair) -> None:
    one, _ = records(pair)
    assert ExplainedStep(one, one, MIDWAY).muted() == []
