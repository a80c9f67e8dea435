"""The way of the results: each state of them, the due day, and what is not known."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings

from tests.unit.web.plots.laws import check_plot, marked, rendered, texts
from tests.unit.web.plots.made import TODAY, duty, results, todays, trial_results
from tracker.api.results import TrialResults
from tracker.web.plots.parts.drawing import Label, Line, Rect
from tracker.web.plots.results_timeline import results_timeline

WHO = duty(
    "who-2017", "2027-01-14", applies=None, begins="2026-01-14", submitted="2026-11-17", standing=True, asked_by="WHO"
)
SEED = results(
    [
        ("submitted", "2026-11-17", 27),
        ("returned", "2026-12-14", 25),
        ("submitted", "2027-01-08", 59),
        ("posted", "2027-03-08", 0),
    ],
    WHO,
)


@settings(deadline=None, max_examples=200)
@given(trial_results, todays)
def test_any_way_is_drawn_within_its_frame(found: TrialResults, today: dt.date) -> None:
    plot = results_timeline(found, today)
    check_plot(plot)
    if not plot.is_empty:
        stops = marked(plot.narrow, "way-halo")
        assert len(stops) == len(found.states)


def test_words_after_the_last_stop_stay_within_the_frame() -> None:
    """The way goes on to the due day, so there are words after the last stop. Many stops leave them little room."""
    due = duty("fdaaa801", "2000-01-01", applies=True, begins="1999-01-01", standing=True)
    for many in range(6):
        states = [*[("submitted", None, None)] * many, ("posted", None, None)]
        check_plot(results_timeline(results(states, due), dt.date(2000, 1, 1)))


def test_the_results_of_the_seed_trial() -> None:
    plot = results_timeline(SEED, TODAY)
    assert plot.title == "Posted on 8 March 2027, 111 days after the first submission"
    assert plot.table.rows == (
        ("Primary completion", "14 Jan 2026", ""),
        ("Submitted", "17 Nov 2026", "307 days"),
        ("Sent back", "14 Dec 2026", "27 days"),
        ("Submitted again", "8 Jan 2027", "25 days"),
        ("Asked for by WHO (WHO 2017)", "14 Jan 2027", ""),
        ("Posted", "8 Mar 2027", "59 days"),
    )
    assert [it.css for it in marked(plot.wide, "run-submitted", "run-returned", "run-before")] == [
        *("run-before", "run-submitted", "run-returned", "run-submitted"),
    ]
    said = texts(plot.wide)
    assert said.count("at the registry") == 2 and {
        "27 days",
        "25 days",
        "59 days",
        "WHO asks by 14 January 2027",
    } <= set(said)
    assert marked(plot.wide, "over-law") == []


def test_a_finding_that_the_page_has_said_is_hidden_from_sight_only() -> None:
    [hidden] = rendered(results_timeline(SEED, TODAY), "figure", False).iter("figcaption")
    [shown] = rendered(results_timeline(SEED, TODAY)).iter("figcaption")
    assert hidden.attrib == {"class": "vh"} and shown.attrib == {} and hidden[0].text == shown[0].text


def test_every_number_of_the_drawing_is_in_the_table() -> None:
    plot = results_timeline(SEED, TODAY)
    lengths = {after for *_, after in plot.table.rows}
    assert {text for text in texts(plot.wide) if text.endswith(" days")} <= lengths


LATE = duty(late=304)
CASES = [
    ("nothing, late", results([], LATE), "No results were submitted; due on 8 May 2026, 304 days ago"),
    ("nothing told", results([], LATE, state="x"), "No results were submitted; due on 8 May 2026, 304 days ago"),
    (
        "sent back",
        results([("submitted", "2026-11-17", 27), ("returned", "2026-12-14", 84)]),
        "Sent back to the sponsor on 14 December 2026, 84 days ago",
    ),
    (
        "withdrawn",
        results([("submitted", "2026-11-17", 27), ("cancelled", "2026-12-14", 84)]),
        "Withdrawn by the sponsor on 14 December 2026, 84 days ago",
    ),
    (
        "withdrawn some day",
        results([("submitted", "2026-11-17", None), ("cancelled", None, None)]),
        "Withdrawn by the sponsor on a day that is not known",
    ),
    (
        "again",
        results([("submitted", "2026-11-17", 2), ("cancelled", "2026-11-19", 2), ("submitted", "2026-11-21", 9)]),
        "Submitted again on 21 November 2026, not posted yet",
    ),
    (
        "gone",
        results([("submitted", "2026-11-17", 27), ("none", "2026-12-14", 84)]),
        "No longer listed on 14 December 2026",
    ),
    ("removed", results([("posted", "2026-11-17", 27), ("none", "2026-12-14", 84)]), "Removed on 14 December 2026"),
    ("posted some day", results([("posted", None, None)]), "Posted on a day that is not known"),
    ("no due day", results([], duty(due=None)), "No results were submitted, and no due day can be told."),
]


@pytest.mark.parametrize(("law", "found", "title"), CASES, ids=[case[0] for case in CASES])
def test_the_finding_on_the_results(law: str, found: TrialResults, title: str) -> None:
    plot = results_timeline(found, TODAY)
    assert plot.title == title
    check_plot(plot)


def test_a_source_that_does_not_tell_is_not_called_missing() -> None:
    found = results([], LATE)
    silent = TrialResults(**{name: getattr(found, name) for name in found.__struct_fields__} | {"state": None})
    assert results_timeline(silent, TODAY).title.startswith("No version tells whether results were submitted; due on")


def test_red_lies_only_where_a_law_misses_results() -> None:
    late = results_timeline(results([], LATE), TODAY)
    [red], [line] = marked(late.wide, "over-law"), [it for it in marked(late.wide, "due") if isinstance(it, Line)]
    assert isinstance(red, Rect) and red.x == line.x1
    # then submitted, 193 days late: red up to the submission, and blue from there
    handed_in = duty(late=193, submitted="2026-11-17", standing=True)
    plot = results_timeline(results([("submitted", "2026-11-17", 111)], handed_in), TODAY)
    [red], [blue] = marked(plot.wide, "over-law"), marked(plot.wide, "run-submitted")
    assert isinstance(red, Rect) and isinstance(blue, Line) and red.x + red.width == pytest.approx(blue.x1)
    # posted, and removed: red where nothing stands, not where the results were submitted or public
    steps = [("submitted", "2026-06-01", 60), ("posted", "2026-08-01", 60), ("none", "2026-10-01", 158)]
    plot = results_timeline(results(steps, LATE), TODAY)
    [green], [grey] = marked(plot.wide, "run-posted"), marked(plot.wide, "run-none")
    assert isinstance(green, Line) and isinstance(grey, Line)
    reds = [(it.x, it.x + it.width) for it in marked(plot.wide, "over-law") if isinstance(it, Rect)]
    assert len(reds) == 2 and reds[0][1] < green.x1 and reds[1] == pytest.approx((grey.x1, grey.x2))
    # WHO asks, and no law does
    assert marked(results_timeline(results([], duty("who-2017", late=304)), TODAY).wide, "over-law") == []


def test_a_due_day_from_a_planned_date_is_dashed() -> None:
    planned = duty(due="2027-10-30", begins="2026-10-30", kind="ESTIMATED")
    plot = results_timeline(results([], planned), TODAY)
    assert marked(plot.wide, "due-plan-flag") and not marked(plot.wide, "due-flag")
    assert plot.note == "The due day is counted from a planned date."


def test_a_stretch_of_unknown_length_is_dotted_and_said() -> None:
    plot = results_timeline(results([("submitted", "2026-11-17", None), ("cancelled", None, None)], WHO), TODAY)
    assert len(marked(plot.wide, "run-unknown")) == 2
    assert "length not known" in texts(plot.wide)


def test_stops_too_many_for_one_line_stand_upright() -> None:
    rounds = [
        (name, f"2026-{month:02}-01", 30) for month in range(1, 11) for name in [("submitted", "returned")[month % 2]]
    ]
    plot = results_timeline(results(rounds, WHO), TODAY)
    assert plot.wide is not None and plot.wide.height > plot.wide.width / 2
    assert [it.text for it in plot.wide.shapes if isinstance(it, Label) and it.css == "tb"].count(
        "Sent back again"
    ) == 4
    check_plot(plot)
