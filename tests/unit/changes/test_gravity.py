"""The graver difference is always in the sentence, and names that begin alike are shown where they part."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import pytest

from tests.unit.changes.test_warning import MIDWAY, outcomes, record
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import LONGEST
from tracker.changes.explain import explain
from tracker.changes.gravity import GRAVITY, in_order
from tracker.changes.wording.words import Names, listed, parted, shortened, told_apart
from tracker.records.keys import keyed
from tracker.records.trial import Organization, OutcomeMeasure, Outcomes, Sponsor

PRIMARY = "outcome.primary_changed"
LONG = "Change from baseline in the total score of the Hamilton depression rating scale at"


def said(before: Outcomes, after: Outcomes, day: dt.date = MIDWAY, kind: str = PRIMARY) -> str:
    [event] = [it for it in detect_changes(record(outcomes=before), record(outcomes=after), day) if it.kind == kind]
    assert len(event.summary) <= LONGEST
    return event.summary


RETIMED = [
    ("Overall survival @ 2 years", "Overall survival of all @ 8 weeks", '"2 years" now "8 weeks"'),
    ("Local control of the tumour @ 30 months", "Control of the tumour @ 59 months", '"30 months" now "59 months"'),
    ("Pain on a scale @ day 1", "Pain on a visual scale @ day 90", '"day 1" now "day 90"'),
]


@pytest.mark.fault("R-B3")
@pytest.mark.parametrize(("before", "after", "turn"), RETIMED)
def test_a_time_frame_is_told_before_other_words(before: str, after: str, turn: str) -> None:
    summary = said(outcomes(before), outcomes(after))
    assert summary.startswith("Time frame and words of a primary outcome changed after the start: ")
    assert turn in summary


@pytest.mark.fault("R-B3")
def test_a_description_alone_does_not_hide_a_time_frame() -> None:
    old = Outcomes(primary={"os": OutcomeMeasure("Overall survival", "2 years", "By any cause.")})
    new = Outcomes(primary={"os": OutcomeMeasure("Overall survival", "8 weeks", "By one cause.")})
    assert '"2 years" now "8 weeks"' in said(old, new)


@pytest.mark.fault("R-B3")
def test_a_moved_outcome_is_told_before_its_time_frame() -> None:
    both = (
        outcomes("A @ 1 year", "Quality of life @ 2 years"),
        outcomes("A @ 1 year", secondary="Quality of life @ 8 weeks"),
    )
    assert said(both[0], both[1]) == (
        'Primary outcome made secondary after the start: Quality of life, time frame "2 years" now "8 weeks"'
    )
    assert said(both[1], both[0]) == (
        'Secondary outcome made primary after the start: Quality of life, time frame "8 weeks" now "2 years"'
    )


@pytest.mark.fault("R-B3")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Quality of life by the short form", "Quality of life by the long form"),
        ("Pain on a visual scale", "Pain on a numeric scale"),
        ("Change in HbA1c at week 24", "Change from baseline in HbA1c at week 24"),
    ],
)
def test_an_outcome_moved_in_other_words_is_no_drop(before: str, after: str) -> None:
    summary = said(outcomes("A", before), outcomes("A", secondary=after))
    assert summary == f"Primary outcome made secondary after the start: {before}, reworded"


@pytest.mark.fault("R-B3")
def test_of_many_differences_the_gravest_comes_first() -> None:
    """Five kinds at once: the room is short, and what is cut is what weighs least."""
    before = outcomes(
        "Dropped thing", "Demoted part @ 1 year", "Blood pressure @ 2 years", "Pain on a scale", secondary="Risen"
    )
    after = outcomes(
        "Risen",
        "An entirely new measure",
        "Blood pressure @ 8 weeks",
        "Pain on a visual scale",
        secondary="Demoted part @ 1 year",
    )
    summary = said(before, after)
    order = ["1 dropped", "1 made secondary", "1 promoted from secondary", "1 added", "1 with another time frame"]
    places = [summary.find(part) for part in order]
    assert places[0] > 0 and [it for it in places if it >= 0] == sorted(it for it in places if it >= 0)
    assert places[2] > 0


@pytest.mark.parametrize("kind", sorted(GRAVITY))
def test_every_pair_of_differences_has_an_order(kind: str) -> None:
    for graver, lighter in combinations(GRAVITY[kind], 2):
        assert in_order(kind, {lighter: "b", graver: "a"}) == ["a", "b"]


def secondary(*texts: str) -> Outcomes:
    found = [OutcomeMeasure(*(part.strip() for part in text.partition("@")[::2])) for text in texts]
    return Outcomes(secondary=keyed(found, lambda item: item.measure, lambda item: item.time_frame or ""))


@pytest.mark.fault("R-B3")
def test_a_secondary_outcome_retimed_is_said_as_that() -> None:
    summary = said(secondary("Pain @ 1 week", "Sleep"), secondary("Pain @ 9 weeks"), kind="outcome.secondary_changed")
    assert summary == "Secondary outcomes removed: Sleep; with another time frame: Pain"


@pytest.mark.fault("R-B3")
@pytest.mark.parametrize("week", ["12", "24"])
def test_an_outcome_among_its_like_is_told_by_what_differs(week: str) -> None:
    kept = "36" if week == "24" else "24"
    whole = outcomes(*(f"{LONG} week {it}" for it in (week, kept)))
    assert said(whole, outcomes(f"{LONG} week {kept}")).endswith(f"at week {week}")


@pytest.mark.fault("R-B3")
def test_an_outcome_of_the_same_name_is_told_by_its_time_frame() -> None:
    before = outcomes("Overall survival @ 1 year", "Overall survival @ 5 years")
    assert said(before, outcomes("Overall survival @ 1 year")).endswith("Overall survival [5 years]")


UNIT = "Department of Clinical Research and Development of the University Hospital of Copenhagen, Unit of"


@pytest.mark.fault("R-B3")
def test_two_sponsors_that_begin_alike_are_told_apart() -> None:
    one, two = (record(sponsor=Sponsor(f"{UNIT} {name}")) for name in ("Oncology", "Surgery"))
    [event] = detect_changes(one, two, MIDWAY)
    assert "Oncology to … " in event.summary and "Surgery" in event.summary


@pytest.mark.fault("R-B3")
def test_collaborators_that_begin_alike_are_told_apart() -> None:
    def helped(*units: str) -> Any:
        return record(sponsor=Sponsor("A", collaborators={unit: Organization(f"{UNIT} {unit}") for unit in units}))

    [event] = explain(helped("Oncology"), helped("Surgery"))
    assert event.summary.count("Oncology") == event.summary.count("Surgery") == 1


@pytest.mark.fault("R-B3")
@pytest.mark.parametrize("room", [24, 40, 60, 80])
def test_names_that_begin_alike_differ_in_any_room(room: int) -> None:
    names = [f"{LONG} week {week}" for week in (12, 24, 36)] + [f"{LONG} month 6, in adults and in children alike"]
    shown = [told_apart(name, Names(names), room) for name in names]
    assert len(set(shown)) == len(names)
    assert all(len(it) <= room for it in shown)
    assert len(set(parted(names[0], names[1], room))) == 2


def test_names_that_differ_at_once_are_cut_as_ever() -> None:
    assert told_apart(f"A {LONG}", Names([f"B {LONG}"]), 24) == "A Change from baseline…"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert told_apart("x" * 90, Names(["x" * 89 + "y"]), 24).endswith("x")


def test_a_lead_sponsor_is_told_before_collaborators() -> None:
    one = record(sponsor=Sponsor("A", collaborators={"x": Organization("X")}))
    [event] = explain(one, record(sponsor=Sponsor("B")))
    assert event.summary == "Lead sponsor changed from A to B; Collaborator left: X"


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        (
            "Change from baseline in the score after 24…, Placebo, mean",
            48,
            "Change from baseline in the score after 24…",
        ),
        ("Change from baseline … in pain at week 24", 24, "Change from baseline…"),
        ("Change from baseline in pain", 24, "Change from baseline…"),
        ("Change…", 24, "Change…"),
    ],
)
def test_a_text_that_is_cut_twice_has_one_ellipsis(text: str, length: int, shown: str) -> None:
    assert shortened(text, length) == shown


def test_a_text_is_cut_beside_its_ellipsis_when_it_is_told_from_another() -> None:
    long = "Change from baseline in the score of the nose"
    assert parted(f"{long}… at night", f"{long}… by day", 46)[0].count("…") <= 2
    assert not any(text.endswith("……") for room in range(20, 60) for text in parted(f"{long}… at night", long, room))
