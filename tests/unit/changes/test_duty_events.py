"""Duties that begin and end: which rule, how late it was, and which field turned it."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_records import SIGNED, trial
from tests.support.records.strategies import pairs
from tracker.changes.detect_changes import detect_changes, wants_past
from tracker.changes.event import LONGEST, Event
from tracker.changes.events.duty_events import TURNS
from tracker.changes.events.duty_turns import LOOKED_AT, put, turned_by
from tracker.changes.severity_reasons import ExplainedStep
from tracker.changes.version import Version
from tracker.records.trial import Delay, Organization, Results, Sponsor, Submission, TrialRecord
from tracker.registries.ctgov.reader import read
from tracker.results.duties import RULES, applies

DUE = dt.date(2021, 6, 15)
OVERDUE, IN_GRACE, BEFORE = DUE + dt.timedelta(232), DUE + dt.timedelta(20), DUE - dt.timedelta(100)
NO_FLAG: dict[str, Any] = {"drug": None}


def told(before: TrialRecord, after: TrialRecord, day: dt.date, past: list[Version] | None = None) -> list[Event]:
    return [event for event in detect_changes(before, after, day, past or ()) if event.kind.startswith("duty.")]


def one(before: TrialRecord, after: TrialRecord, day: dt.date, rule: str = "fdaaa801") -> Event:
    [event] = [event for event in told(before, after, day) if event.subject.startswith(rule)]
    return event


@pytest.mark.fault("R-B5")
def test_an_overdue_duty_that_ends_is_told_with_its_days() -> None:
    event = one(trial(), trial(phases="PHASE1"), OVERDUE)
    assert (event.kind, event.severity, event.subject) == ("duty.ended", "major", "fdaaa801 2021-06-15 ended")
    assert event.summary == (
        "Results are no longer due under FDAAA 801 (42 CFR 11); they were 232 days overdue: "
        "phase changed from Phase 2 to Phase 1"
    )


@pytest.mark.fault("R-B5")
@pytest.mark.parametrize(
    ("day", "severity", "ended", "began"),
    [
        (BEFORE, "minor", "they were due 2021-06-15", ", on 2021-06-15: "),
        (IN_GRACE, "minor", "they were due 2021-06-15", ", on 2021-06-15: "),
        (OVERDUE, "major", "they were 232 days overdue", "and are 232 days overdue"),
    ],
)
def test_an_overdue_duty_is_major_whichever_way_it_turns(day: dt.date, severity: str, ended: str, began: str) -> None:
    gone, come = (one(*pair, day) for pair in ((trial(), trial(drug=False)), (trial(drug=False), trial())))
    assert [(it.kind, it.severity) for it in (gone, come)] == [("duty.ended", severity), ("duty.began", severity)]
    assert ended in gone.summary and began in come.summary
    assert gone.summary.endswith("FDA-regulated drug changed from yes to no")


DE, CTIS = "Germany", "2023-503218-56-00"
FIELDS = [
    ("fdaaa801", {"phases": "EARLY_PHASE1"}, "phase changed from Phase 2 to Early phase 1"),
    ("fdaaa801", {"type": "OBSERVATIONAL"}, "study type changed from interventional to observational"),
    ("fdaaa801", {"status": "WITHDRAWN"}, "recruitment status changed from Completed to Withdrawn"),
    ("fdaaa801", NO_FLAG, "FDA-regulated drug changed from yes to not given"),
    ("fdaaa801", {"waived": True}, "waiver of the results changed from not given to yes"),
    ("fdaaa801", {"phases": ""}, "phase changed from Phase 2 to not given"),
    ("eu-ctr", {"countries": "China"}, "countries: Germany no longer given, China added"),
    ("eu-ctr", {"numbers": ""}, f"other numbers: {CTIS} no longer given"),
    ("eu-ctr", {"status": "WITHDRAWN"}, "recruitment status changed from Completed to Withdrawn"),
    ("who-2017", {"sponsor": "Wellcome Leap"}, "sponsor and collaborators: Wellcome Trust no longer given"),
    ("who-2017", {"start": "2018-05-01"}, "start changed from 2019-03-01 to 2018-05-01"),
    ("who-2017", {"type": "EXPANDED_ACCESS"}, "study type changed from interventional to expanded access"),
]


@pytest.mark.fault("R-B5")
@pytest.mark.parametrize(("rule", "facts", "said"), FIELDS, ids=[f"{it[0]} {it[2]}" for it in FIELDS])
def test_the_field_that_turned_the_answer_is_named(rule: str, facts: dict[str, Any], said: str) -> None:
    known: dict[str, Any] = {"countries": DE, "numbers": CTIS, **SIGNED}
    before, after = trial(**known), trial(**(known | facts))
    assert said in turned_by(rule, before, after)
    assert one(before, after, BEFORE, rule).kind == "duty.ended"
    assert one(after, before, BEFORE, rule).kind == "duty.began"


@pytest.mark.fault("R-B5")
def test_the_purpose_of_a_device_turns_it() -> None:
    device: dict[str, Any] = {"kinds": "DEVICE", "phases": "NA", "drug": False, "device": True}
    event = one(trial(**device), trial(**device, purpose="DEVICE_FEASIBILITY"), BEFORE)
    assert event.summary.endswith("primary purpose changed from treatment to device feasibility")


@pytest.mark.fault("R-B5")
def test_the_dates_turn_it() -> None:
    before, after = trial(start="2014-05", primary="2018-02-01"), trial(start="2014-05", primary="2016-12-31")
    event = one(before, after, OVERDUE)
    assert event.severity == "major" and "primary completion changed from 2018-02-01 to 2016-12-31" in event.summary


@pytest.mark.fault("R-B5")
def test_what_did_not_turn_the_answer_is_not_blamed() -> None:
    assert turned_by("fdaaa801", trial(), trial(phases="PHASE1", primary="2020-07-01", sponsor="B")) == (
        "phase changed from Phase 2 to Phase 1"
    )
    either = turned_by("fdaaa801", trial(), trial(phases="PHASE1", status="WITHDRAWN"))
    assert "phase changed" in either and "recruitment status changed" in either
    together = turned_by("fdaaa801", trial(), trial(countries="China", export=False, primary="2020-07-01"))
    assert together.startswith("export from the US changed from not given to no; countries: United States no longer")
    assert "primary" not in together


# the nine ways from one answer to the next, and records of the US rule that give each answer
ANSWERS: dict[bool | None, dict[str, Any]] = {True: {}, None: NO_FLAG, False: {"drug": False}}
OTHERS: dict[bool | None, dict[str, Any]] = {
    True: {"phases": "PHASE3"}, None: {"drug": None, "phases": "PHASE3"}, False: {"drug": False, "phases": "PHASE3"},
}  # fmt: skip
NINE = {
    (True, False): "duty.ended", (True, None): "duty.ended", (False, True): "duty.began", (None, True): "duty.began",
    (True, True): "", (False, False): "", (None, None): "", (False, None): "", (None, False): "",
}  # fmt: skip


@pytest.mark.fault("R-B5")
@pytest.mark.parametrize(("was", "now"), list(itertools.product((True, None, False), repeat=2)))
def test_the_nine_transitions(was: bool | None, now: bool | None) -> None:
    before, after = trial(**ANSWERS[was]), trial(**OTHERS[now])
    assert (applies("fdaaa801", before), applies("fdaaa801", after)) == (was, now)
    assert TURNS == NINE
    found = told(before, after, OVERDUE)
    assert [event.kind for event in found] == ([NINE[was, now]] if NINE[was, now] else [])
    if now is None and found:
        assert found[0].summary.startswith("Results are no longer surely due under FDAAA 801")


@pytest.mark.fault("R-B5")
def test_what_was_handed_in_is_no_alarm() -> None:
    late = Results(state="submitted", submissions=(Submission(submitted="2021-06-20"),))
    before, after = (msgspec.structs.replace(it, results=late) for it in (trial(), trial(phases="PHASE1")))
    event = one(before, after, OVERDUE)
    assert event.severity == "minor" and "; they had come 5 days late: phase" in event.summary
    assert ", and came 5 days late: phase" in one(after, before, OVERDUE).summary


@pytest.mark.fault("R-B5")
def test_each_rule_has_an_event_of_its_own() -> None:
    known: dict[str, Any] = {"countries": f"{DE},United States", "numbers": CTIS, **SIGNED}
    events = told(trial(**known), trial(**known, status="WITHDRAWN"), OVERDUE)
    assert [event.subject.split()[0] for event in events] == list(RULES)
    assert all(event.kind == "duty.ended" and len(event.summary) <= LONGEST for event in events)


@pytest.mark.fault("R-B5")
def test_a_duty_that_had_been_there_comes_back() -> None:
    lives = [trial(), trial(phases="PHASE1"), trial()]
    past = [Version(BEFORE, it) for it in lives[:2]]
    alone = detect_changes(lives[1], lives[2], BEFORE)
    assert wants_past(alone)
    [again] = told(lives[1], lives[2], BEFORE, past)
    assert again.summary.startswith("Results are due again under FDAAA 801 (42 CFR 11), on 2021-06-15: ")
    [first] = told(lives[1], lives[2], BEFORE, past[1:])
    assert first.summary.startswith("Results are now due under")
    assert not wants_past(detect_changes(lives[0], lives[1], BEFORE))


@pytest.mark.fault("R-B5")
def test_what_all_records_lost_ends_no_duty() -> None:
    kinds = [
        [it.kind for it in detect_changes(trial(), trial(drug=None), OVERDUE, vanished=lost)] for lost in (False, True)
    ]
    assert kinds == [["design.changed", "duty.ended"], ["admin.changed"]]


@pytest.mark.fault("R-B5")
def test_an_ended_duty_is_explained() -> None:
    step = ExplainedStep(trial(), trial(phases="PHASE1"), OVERDUE)
    why = step.why("duty.ended", "fdaaa801 2021-06-15 ended")
    assert (why.severity, [(it.by, it.severity) for it in why.reasons]) == ("major", [("duty", "major")])


CERTIFIED = [
    ("2021-06-15", "Delay of results certified on 2021-06-15"),
    ("2021-06-16", "Delay of results certified on 2021-06-16, 1 day after the day results were due (2021-06-15)"),
    ("2022-01", "Delay of results certified on 2022-01, 200 days after the day results were due (2021-06-15)"),
    ("some day", "Delay of results certified on some day"),
]


@pytest.mark.fault("R-B5")
@pytest.mark.parametrize(("sent", "said"), CERTIFIED)
def test_a_certificate_sent_too_late_says_so(sent: str, said: str) -> None:
    before = trial()
    after = msgspec.structs.replace(before, results=msgspec.structs.replace(before.results, delay=Delay(sent)))
    [event] = [it for it in detect_changes(before, after, OVERDUE) if it.kind == "results.delay_certified"]
    assert event.severity == "major" and event.summary.removesuffix(" (after completion)") == said


@pytest.mark.fault("R-B5")
@given(pairs(), st.sampled_from(sorted(RULES)))
def test_every_part_a_rule_looks_at_is_known(pair: tuple[dict[str, Any], dict[str, Any]], rule: str) -> None:
    """With all of them put back, the answer is back: nothing else can turn it."""
    before, after = (read(side).record for side in pair)
    back = after
    for part in LOOKED_AT:
        back = put(back, part.path, before)
    assert applies(rule, back) == applies(rule, before)
    if applies(rule, after) != applies(rule, before):
        assert turned_by(rule, before, after)


@pytest.mark.fault("R-B10")
def test_a_signatory_that_joins_begins_a_duty() -> None:
    before = trial(sponsor="A University", start="2019-03-01")
    joined = Sponsor("A University", collaborators={"w": Organization("The Wellcome Trust")})
    event = one(before, msgspec.structs.replace(before, sponsor=joined), BEFORE, "who-2017")
    assert event.summary == (
        "Results are now due under the WHO joint statement of 2017, on 2021-06-15: "
        "sponsor and collaborators: The Wellcome Trust added"
    )
