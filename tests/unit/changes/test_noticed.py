"""All there is to notice between two versions: a sign raises its event and times it; a moved deadline is told."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.values.severity import rank, worst
from tests.support.records.strategies import pairs
from tests.unit.changes.test_warning import LONGER, ORR, OS, PFS, aim, places, record, starting, target
from tracker.changes.detect_changes import detect_changes, raised, red_flags, wants_past
from tracker.changes.event import LONGEST, Event
from tracker.changes.explain import explain
from tracker.changes.version import Version
from tracker.records.dates import RegistryDate
from tracker.records.trial import Dates, Results, Sponsor
from tracker.registries.ctgov.reader import read

MIDWAY, LATE = dt.date(2025, 1, 10), dt.date(2025, 7, 1)


def told(before: dict[str, Any], after: dict[str, Any], day: dt.date = MIDWAY) -> list[tuple[str, str, str]]:
    events = detect_changes(record(**before), record(**after), day)
    return [(event.kind, event.severity, event.summary) for event in events]


def completing(primary: str, kind: str = "ESTIMATED", **more: Any) -> dict[str, Any]:
    dates = Dates(
        start=RegistryDate("2024-03-01", "ACTUAL"),
        primary_completion=RegistryDate(primary, kind),
        first_submitted="2024-04-15",
    )
    return {"dates": dates, "study_type": "INTERVENTIONAL", "sponsor": Sponsor("Wellcome Trust"), **more}


OUTCOME, PRIMARY, MAJOR, MINOR = "outcome.primary_changed", "date.primary_completion_changed", "major", "minor"
DURING, AFTER = "after the start", "after primary completion"
A, B = {"sponsor": Sponsor("A")}, {"sponsor": Sponsor("B")}
FIRST, SECOND = (starting(RegistryDate(day, "ACTUAL")) for day in ("2024-03-01", "2024-05-01"))
JUNE, JULY, YEAR_AFTER = completing("2024-06-30"), completing("2024-07-31"), dt.date(2025, 7, 10)
SLIPPED = "Primary completion slipped 31 days to 2024-07-31"
BEHIND = "; an actual start moved after the fact; registration now comes before it"
CASES: list[tuple[str, dict[str, Any], dict[str, Any], dt.date, tuple[str, str], str]] = [
    ("added", aim(PFS), aim(PFS, OS), MIDWAY, (OUTCOME, MAJOR), f"Primary outcome added {DURING}: Overall survival"),
    (
        "dropped late", aim(PFS, OS), aim(PFS), LATE, (OUTCOME, "critical"),
        f"Primary outcome dropped {AFTER}: Overall survival",
    ),
    (
        "swapped late", aim(PFS), aim(ORR), LATE, (OUTCOME, "critical"),
        f"Primary outcome dropped {AFTER}: Progression free survival; Primary outcome added {AFTER}: "
        "Objective response rate",
    ),
    (
        "promoted", aim(PFS, secondary=OS), aim(PFS, OS), MIDWAY, (OUTCOME, MAJOR),
        f"Secondary outcome made primary {DURING}: Overall survival",
    ),
    (
        "demoted", aim(PFS, OS), aim(PFS, secondary=OS), MIDWAY, (OUTCOME, MAJOR),
        f"Primary outcome made secondary {DURING}: Overall survival",
    ),
    (
        "reworded", aim(PFS), aim(LONGER), MIDWAY, (OUTCOME, MAJOR),
        f"Primary outcome reworded {DURING}: Progression free survival by independent review, with "
        '"by independent review"',
    ),
    (
        "timed anew", aim(PFS), aim(PFS.replace("12", "24")), MIDWAY, (OUTCOME, MAJOR),
        f'Time frame of a primary outcome changed {DURING}: Progression free survival, "12 months" now "24 months"',
    ),
    (
        "cut", target(100), target(50), MIDWAY, ("enrollment.target_changed", MAJOR),
        f"Enrollment target cut from 100 to 50 (-50%) ({DURING})",
    ),
    (
        "stopped without a word", {}, {"status": "TERMINATED"}, LATE, ("status.changed", "critical"),
        f"Status changed from Recruiting to Terminated, no reason given ({AFTER})",
    ),
    ("sponsor", A, B, MIDWAY, ("sponsor.changed", MAJOR), f"Lead sponsor changed from A to B ({DURING})"),
    (
        "a country gone", places("France", "Spain"), places("Spain"), MIDWAY, ("site.removed", MINOR),
        f"2 sites removed in France; no site left in France ({DURING})",
    ),
    (
        "a start behind the registration", FIRST, SECOND, MIDWAY, ("date.start_changed", MAJOR),
        f"Start slipped 61 days to 2024-05-01{BEHIND}",
    ),
    (
        "a deadline moved after it had passed", JUNE, JULY, YEAR_AFTER, (PRIMARY, MAJOR),
        f"{SLIPPED}; results were due 2025-06-30, now 2025-07-31",
    ),
    ("a deadline moved before that", JUNE, JULY, MIDWAY, (PRIMARY, MINOR), SLIPPED),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "day", "told_as", "said"), CASES, ids=[it[0] for it in CASES])
def test_a_sign_raises_its_event_and_says_when(
    what: str, before: dict[str, Any], after: dict[str, Any], day: dt.date, told_as: tuple[str, str], said: str
) -> None:
    [(kind, severity, summary)] = [event for event in told(before, after, day) if event[0] == told_as[0]]
    assert (kind, severity) == told_as
    assert summary == said or (summary.endswith("…") and said.startswith(summary[:-1].rstrip(",;:")))


def test_many_outcomes_at_once_are_counted_by_what_was_done() -> None:
    [(_, severity, summary)] = [it for it in told(aim(PFS, OS), aim(ORR), LATE) if it[0] == OUTCOME]
    assert severity == "critical"
    assert summary == (
        "Primary outcomes after primary completion: 2 dropped (Overall survival and 1 more), "
        "1 added (Objective response rate)"
    )


def test_a_moved_deadline_is_an_event_of_its_own() -> None:
    moved = [it for it in told(completing("2024-06-30"), completing("2035-06-30")) if it[0] == "results.due_moved"]
    assert moved == [
        (
            "results.due_moved",
            "minor",
            "Due date under the WHO joint statement of 2017 moved 4,018 days later, to 2036-06-30: the primary "
            "completion date changed from 2024-06-30 to 2035-06-30",
        )
    ]
    precise = told(completing("2024-06"), completing("2024-06-15"))
    assert [(kind, severity) for kind, severity, _ in precise] == [
        ("date.primary_completion_changed", "admin"),
        ("results.due_moved", "admin"),
    ]


def test_a_cut_before_the_count_is_seen_with_the_past_alone() -> None:
    lives = [record(**it) for it in (target(200), target(120), target(118, "ACTUAL"))]
    versions = [Version(day, it) for day, it in zip((MIDWAY, LATE, dt.date(2025, 9, 1)), lives, strict=True)]
    alone = detect_changes(lives[1], lives[2], versions[2].day)
    assert wants_past(alone) and [event.severity for event in alone] == ["minor"]
    [event] = detect_changes(lives[1], lives[2], versions[2].day, versions[:2])
    assert (event.kind, event.severity) == ("enrollment.actual_reported", "major")
    assert event.summary.endswith("; the target was cut from 200 to 120 only 62 days before")
    assert not wants_past(detect_changes(lives[0], lives[1], LATE)), "a cut alone needs no past"


def test_what_the_registry_took_from_all_its_records_is_no_news_and_moves_nothing() -> None:
    before, after = (
        record(**completing("2024-06-30")),
        record(study_type="INTERVENTIONAL", dates=Dates(), sponsor=Sponsor("Wellcome Trust")),
    )
    assert {event.severity for event in detect_changes(before, after, MIDWAY)} > {"admin"}
    [event] = detect_changes(before, after, MIDWAY, vanished=True)
    assert (event.kind, event.severity) == ("admin.changed", "admin")


def test_a_source_without_results_moves_no_deadline_by_that() -> None:
    """A page shows no results; the registry's record after it shows a certificate: that is no news of this step."""
    page = record(**completing("2024-06-30", absent=("derivedSection",)))
    registry = record(**completing("2024-06-30", results=Results(state="submitted")))
    assert detect_changes(page, registry, MIDWAY) == ()


Pair = tuple[dict[str, Any], dict[str, Any]]
days = st.dates(dt.date(2025, 1, 1), dt.date(2028, 1, 1))


@given(pairs(), days)
def test_signs_only_raise_and_change_no_field(pair: Pair, day: dt.date) -> None:
    before, after = (read(side).record for side in pair)
    plain, found = explain(before, after), detect_changes(before, after, day)
    assert [(it.kind, it.fields) for it in found if not it.subject] == [(it.kind, it.fields) for it in plain]
    for was, now in zip(plain, found, strict=False):
        assert rank(now.severity) <= rank(was.severity)
        assert 0 < len(now.summary) <= LONGEST and "\n" not in now.summary
    for flag in red_flags(before, after, day):
        [event] = [it for it in found if it.kind == flag.event and not it.subject]
        assert worst([event.severity, flag.severity]) == event.severity


@given(pairs())
def test_no_difference_no_sign(pair: Pair) -> None:
    for side in pair:
        one = read(side).record
        assert detect_changes(one, one, MIDWAY) == () and red_flags(one, one, MIDWAY) == []


def test_an_event_without_a_sign_stays_as_it_was() -> None:
    event = Event("phase.changed", "major", "Phase changed")
    assert raised([event], red_flags(record(**aim(PFS)), record(**aim(OS)), MIDWAY)) == (event,)


def test_a_chain_of_versions_gives_each_cut_once() -> None:
    """A cut is told with the count that follows it, not again with the next version."""
    counts = [target(200), target(120), target(118, "ACTUAL"), target(119, "ACTUAL")]
    versions = [Version(MIDWAY + dt.timedelta(30 * n), record(**it)) for n, it in enumerate(counts)]
    found = [
        [flag.kind for flag in red_flags(one.record, two.record, two.day, versions[: n + 1])]
        for n, (one, two) in enumerate(pairwise(versions))
    ]
    assert found == [["enrollment.cut"], ["enrollment.cut_before_count"], []]
