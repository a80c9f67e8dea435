"""A switch of the primary outcome is told as one, and nothing else is: dropped, added, made secondary, made primary."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.records.results_records import made
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import Event
from tracker.records.dates import RegistryDate
from tracker.records.keys import keyed
from tracker.records.trial import Dates, OutcomeMeasure, Outcomes, TrialRecord

DAY = dt.date(2026, 3, 1)
OVER = Dates(primary_completion=RegistryDate("2025-06-01", "ACTUAL"), completion=RegistryDate("2025-06-01", "ACTUAL"))
EARLY = "Percentage of Participants Who Achieve Clinical Remission per the Adapted Score at Week 8 @ Week 8"
LATE = "Percentage of Participants Who Achieve Clinical Remission per the Adapted Score at Week 52 @ Week 52"
STOPPING = "Number of Participants With Treatment-Emergent Adverse Events Leading to Discontinuation @ 1 year"
ADMISSION = "Number of Participants With Treatment-Emergent Adverse Events Leading to Admission @ 1 year"
OS_24, OS_60, PFS = "Overall survival @ 24 months", "Overall survival @ 60 months", "Progression free survival @ 1 year"
Lists = tuple[tuple[str, ...], tuple[str, ...]]


def _read(texts: tuple[str, ...]) -> dict[str, OutcomeMeasure]:
    """Return outcomes of ``measure @ time frame @ description``, with keys as the registry's reader makes them."""
    found = [OutcomeMeasure(*(part.strip() for part in text.split("@"))) for text in texts]
    return keyed(found, lambda item: item.measure, lambda item: item.time_frame or "")


def aims(primary: tuple[str, ...], secondary: tuple[str, ...] = (), other: tuple[str, ...] = ()) -> TrialRecord:
    return made(dates=OVER, outcomes=Outcomes(_read(primary), _read(secondary), _read(other)))


def told(before: TrialRecord, after: TrialRecord) -> Event:
    [event] = [it for it in detect_changes(before, after, DAY) if it.kind == "outcome.primary_changed"]
    return event


@pytest.mark.parametrize(("one", "two"), [(PFS, OS_24), (EARLY, LATE)])
def test_a_swap_is_critical_also_when_both_titles_begin_alike(one: str, two: str) -> None:
    event = told(aims((one,), (two,)), aims((two,), (one,)))
    assert event.severity == "critical"
    assert "1 made secondary" in event.summary or "Primary outcome made secondary" in event.summary
    assert "promoted from secondary" in event.summary or "Secondary outcome made primary" in event.summary


def test_one_outcome_in_the_place_of_another_is_one_field_with_both() -> None:
    [field] = told(aims((EARLY,), (LATE,)), aims((LATE,), (EARLY,))).fields
    assert (field.before["time_frame"], field.after["time_frame"]) == ("Week 8", "Week 52")


def test_a_secondary_in_the_place_of_another_is_one_removed_and_one_added() -> None:
    events = detect_changes(aims((EARLY,), (LATE,)), aims((LATE,), (EARLY,)), DAY)
    [summary] = [it.summary for it in events if it.kind == "outcome.secondary_changed"]
    assert summary.startswith("Secondary outcomes removed: Percentage of Participants")
    assert "; added: " in summary


def test_a_promoted_sibling_is_no_rewording_of_the_outcome_it_replaces() -> None:
    event = told(aims((STOPPING,), (ADMISSION, PFS)), aims((ADMISSION,), (PFS,)))
    assert event.severity == "critical"
    assert "1 dropped (" in event.summary
    assert "1 promoted from secondary (" in event.summary


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # the sibling below stays, leaves or comes in other words: it moved in no case
        ((EARLY,), (LATE,)),
        ((EARLY, PFS), (LATE, PFS)),
    ],
)
@pytest.mark.parametrize(("was_below", "below"), [((ADMISSION,), (ADMISSION,)), ((), (STOPPING,)), ((OS_24,), ())])
def test_a_long_title_that_ends_otherwise_is_reworded_if_nothing_moved(
    before: tuple[str, ...], after: tuple[str, ...], was_below: tuple[str, ...], below: tuple[str, ...]
) -> None:
    event = told(aims(before, was_below), aims(after, below))
    assert (event.severity, event.summary.partition(":")[0]) == (
        "major",
        "Time frame and words of a primary outcome changed after completion",
    )


def test_lists_reworded_alike_are_no_switch() -> None:
    """The secondary lost the old name and gained the new one, as did the primary: each stayed where it was."""
    event = told(
        aims(("Graft function @ 6 weeks",), ("Graft function @ 6 months",)),
        aims(("Graft function by eGFR @ 6 weeks",), ("Graft function by eGFR @ 6 months",)),
    )
    assert (event.severity, event.summary.partition(":")[0]) == ("major", "Primary outcome reworded after completion")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # a namesake that stood there all along, also if its own time frame changed
        (((OS_24, PFS), (OS_60,)), ((PFS,), (OS_60,)), "Primary outcome dropped"),
        (((OS_24, PFS), (OS_60,)), ((PFS,), ("Overall survival @ 5 years",)), "Primary outcome dropped"),
        (((OS_24, PFS), (OS_24,)), ((PFS,), (OS_24,)), "Primary outcome dropped"),
        (((PFS,), (OS_60,)), ((PFS, OS_24), (OS_60,)), "Primary outcome added"),
        (((PFS,), (OS_24,)), ((PFS, OS_24), (OS_24,)), "Primary outcome added"),
        # one that is new, in the same words, with another time frame, or in other words
        (((OS_24, PFS), (OS_60,)), ((PFS,), (OS_60, OS_24)), "Primary outcome made secondary"),
        (((OS_24, PFS), (OS_60,)), ((PFS,), (OS_24,)), "Primary outcome made secondary"),
        (((OS_24, PFS), ()), ((PFS,), (OS_60,)), "Primary outcome made secondary"),
        (((PFS,), (OS_60,)), ((PFS, OS_24), ()), "Secondary outcome made primary"),
        (((PFS,), (OS_60, OS_24)), ((PFS, OS_24), (OS_60,)), "Secondary outcome made primary"),
        # one of two with the same words and time, told apart by what they say of themselves
        (
            ((f"{OS_24} @ by arm", PFS), (f"{OS_24} @ by site",)),
            ((PFS,), (f"{OS_24} @ by site", f"{OS_24} @ by arm")),
            "Primary outcome made secondary",
        ),
    ],
)
def test_only_what_another_list_gained_or_lost_has_moved(before: Lists, after: Lists, said: str) -> None:
    event = told(aims(*before), aims(*after))
    assert event.severity == "critical"
    assert event.summary.startswith(f"{said} after completion: Overall survival"), event.summary


def test_a_namesake_that_went_from_secondary_to_other_is_not_the_dropped_primary() -> None:
    event = told(aims((OS_24, PFS), (OS_60,)), aims((PFS,), (), (OS_60,)))
    assert event.summary.startswith("Primary outcome dropped after completion: Overall survival")


@pytest.mark.parametrize("kept", ["Pain @ Week 4", "Pain @ Week 8"])
def test_one_new_secondary_takes_in_one_of_two_namesakes(kept: str) -> None:
    event = told(aims(("Pain @ Week 4", "Pain @ Week 8", PFS)), aims((PFS,), (kept,)))
    [other] = {"Pain @ Week 4", "Pain @ Week 8"} - {kept}
    made_secondary, dropped = (f"Pain [{it.partition(' @ ')[2]}]" for it in (kept, other))
    assert f"Primary outcome made secondary after completion: {made_secondary}" in event.summary
    assert f"Primary outcome dropped after completion: {dropped}" in event.summary


PAIN_6, PAIN_12, PAIN_24 = (f"Leg pain @ {weeks} weeks" for weeks in (6, 12, 24))


def test_many_changed_outcomes_of_one_name_are_told_apart_by_time_frame() -> None:
    before, after = aims((PAIN_6, PAIN_12, "Sleep @ 1 year")), aims(("Sleep quality @ 1 year",), (PAIN_12,))
    summary = told(before, after).summary
    assert "1 dropped (Leg pain [6 weeks]), 1 made secondary (Leg pain [12 weeks])" in summary
    assert "1 reworded (Sleep quality)" in summary


def test_a_long_name_keeps_the_time_frame_that_tells_it_apart() -> None:
    late, later = EARLY.replace("@ Week 8", "@ Week 24"), EARLY.replace("@ Week 8", "@ Week 36")
    before, after = aims((EARLY, late, later, PFS)), aims((later, OS_24), (late,))
    summary = told(before, after).summary
    assert "[Week 8]" in summary and "[Week 24]" in summary


def test_one_outcome_dropped_while_its_namesake_stays_is_named_with_its_time_frame() -> None:
    events = detect_changes(aims((PFS,), (PAIN_6, PAIN_12, PAIN_24)), aims((PFS,), (PAIN_12,)), DAY)
    assert [it.summary for it in events] == ["Secondary outcomes removed: Leg pain [24 weeks] and Leg pain [6 weeks]"]


def test_another_time_frame_of_the_only_outcome_of_its_name_adds_none() -> None:
    events = detect_changes(aims((PFS,), (PAIN_6,)), aims((PFS,), (PAIN_12,)), DAY)
    assert [it.summary for it in events] == ["Secondary outcome with another time frame: Leg pain"]
