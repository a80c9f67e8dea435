"""The strip of versions and the bar of a duty."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.web.plots.laws import check_drawing, marked, rendered
from tests.unit.web.plots.made import TODAY, duties, duty, seed_versions, todays, version, version_lists
from tracker.api.results import Duty
from tracker.api.trials import VersionRow
from tracker.web.plots.drawing import Circle, Line
from tracker.web.plots.due_bar import DUE_BAR_KEY, due_bar, due_days
from tracker.web.plots.time_axis import day_range
from tracker.web.plots.version_strip import STRIP_KEY, version_strip

GRAVEST = {1: "admin", 2: "major", 3: "minor", 10: "critical"}
severities = st.dictionaries(st.integers(1, 60), st.sampled_from(["critical", "major", "minor", "admin", "new"]))


@settings(deadline=None)
@given(version_lists, severities, todays)
def test_strokes_keep_their_distance_and_their_order(
    versions: list[VersionRow], gravest: dict[int, str], today: dt.date
) -> None:
    plot = version_strip(versions, gravest, today)
    if plot.is_empty:
        assert plot.title == "No version with a day that can be read."
        return
    assert plot.wide is not None
    check_drawing(plot.wide)
    strokes = [it.x1 for it in marked(plot.wide, "stroke") if isinstance(it, Line)]
    assert all(after - before >= 8 - 1e-9 for before, after in pairwise(strokes))
    assert len(strokes) == min(len(plot.table.rows), 18)


def test_height_is_weight_and_dots_are_changes_of_the_state() -> None:
    plot = version_strip(seed_versions(), GRAVEST, TODAY)
    assert plot.title == "10 versions since 27 Apr 2022, the last on 8 Mar 2027"
    heights = [it.y2 - it.y1 for it in marked(plot.wide, "stroke") if isinstance(it, Line)]
    assert heights[9] > heights[1] > heights[2] > heights[0] == heights[3]
    dots = [it.css for it in plot.wide.shapes if isinstance(it, Circle)] if plot.wide else []
    assert dots == ["dot-submitted", "dot-returned", "dot-submitted", "dot-posted"]
    assert [row[3] for row in plot.table.rows if row[3]] == ["Submitted", "Sent back", "Submitted", "Posted"]


def test_of_many_versions_the_latest_are_drawn_and_it_is_said() -> None:
    plot = version_strip([version(at, f"2020-{at % 12 + 1:02}-01") for at in range(60)], {}, TODAY)
    assert plot.title.endswith("; the latest 18 are drawn") and plot.title.startswith("60 versions since")
    assert len(marked(plot.wide, "more")) == 2 and len(plot.table.rows) == 60


def test_a_version_that_does_not_tell_of_results_changes_no_state() -> None:
    told = ["none", None, "posted", None, "posted", "none"]
    rows = [version(at, f"2020-01-0{at + 1}", results=state) for at, state in enumerate(told)]
    assert [row[3] for row in version_strip(rows, {}, TODAY).table.rows] == ["", "", "Posted", "", "", "Not listed"]


@settings(deadline=None)
@given(duties, todays)
def test_any_bar_lies_within_its_frame(found: Duty, today: dt.date) -> None:
    plot = due_bar(found, today)
    if not plot.is_empty and plot.wide:
        check_drawing(plot.wide)
        assert bool(marked(plot.wide, "over-law", "over-ask")) == any(
            name == "Past the due day" for name, _ in plot.table.rows
        )


CASES = [
    ("late by law", duty(late=304), "FDAAA 801: due 8 May 2026, 304 days late", ["allowed", "over-law"]),
    ("days of grace", duty(due="2027-03-01"), "FDAAA 801: due 1 Mar 2027, 7 days past", ["allowed", "over-ask"]),
    (
        "asked for",
        duty("who-2017", "2024-01-18", applies=None, asked_by="WHO"),
        "WHO 2017: asked for by 18 Jan 2024, 1,145 days past",
        ["allowed", "over-ask"],
    ),
    (
        "bound by a promise",
        duty("who-2017", late=304),
        "WHO 2017: due 8 May 2026, 304 days past",
        ["allowed", "over-ask"],
    ),
    (
        "planned",
        duty(due="2027-10-30", kind="ESTIMATED"),
        "FDAAA 801: due 30 Oct 2027 (counted from a planned date), in 236 days",
        ["allowed-plan"],
    ),
    (
        "in doubt",
        duty(due="2027-10-30", applies=None),
        "FDAAA 801: if it applies, due 30 Oct 2027, in 236 days",
        ["allowed"],
    ),
    (
        "submitted in time",
        duty(standing=True, submitted="2026-05-01"),
        "FDAAA 801: due 8 May 2026, submitted 7 days before it",
        ["allowed"],
    ),
    (
        "submitted late",
        duty(standing=True, submitted="2026-05-10", late=2),
        "FDAAA 801: due 8 May 2026, submitted 2 days after it",
        ["allowed", "over-law"],
    ),
    (
        "submitted some day",
        duty(standing=True),
        "FDAAA 801: due 8 May 2026, submitted on a day that is not known",
        ["allowed"],
    ),
    (
        "not told",
        duty(standing=None),
        "FDAAA 801: due 8 May 2026, whether results were submitted is not told",
        ["allowed"],
    ),
    ("today", duty(due="2027-03-08"), "FDAAA 801: due 8 Mar 2027, today", ["allowed"]),
    ("from an unknown day", duty(begins=None), "FDAAA 801: due 8 May 2026, 304 days past", ["over-ask"]),
]


@pytest.mark.parametrize(("law", "found", "title", "drawn"), CASES, ids=[case[0] for case in CASES])
def test_a_bar_is_red_only_where_a_law_applies(law: str, found: Duty, title: str, drawn: list[str]) -> None:
    plot = due_bar(found, TODAY)
    assert plot.title == title
    assert [it.css for it in marked(plot.wide, "allowed", "allowed-plan", "over-law", "over-ask")] == drawn


@pytest.mark.parametrize("found", [duty(due=None), duty(applies=False), duty(due="soon")])
def test_without_a_due_day_the_page_says_so(found: Duty) -> None:
    plot = due_bar(found, TODAY)
    assert plot.is_empty and rendered(plot, "inline", "duebar").find("span").text == "No due day can be told."  # type: ignore[union-attr]


def test_bars_share_an_axis() -> None:
    both = [duty(), duty(due="2030-01-01", begins="2029-01-01")]
    days = day_range(day for it in both for day in due_days(it, TODAY))
    now = [marked(due_bar(it, TODAY, days).wide, "now") for it in both]
    assert now[0] == now[1] and days is not None


def test_a_small_plot_has_a_title_and_no_table() -> None:
    tree = rendered(version_strip(seed_versions(), GRAVEST, TODAY), "inline", "strip")
    [svg] = tree.iter("svg")
    assert svg.attrib["class"] == "strip" and svg.attrib["role"] == "img"
    assert svg[0].text == "10 versions since 27 Apr 2022, the last on 8 Mar 2027" and not list(tree.iter("table"))
    [bar] = rendered(due_bar(duty(), TODAY), "inline", "duebar").iter("svg")
    assert bar.attrib["preserveAspectRatio"] == "none"


def test_the_keys_name_each_sign() -> None:
    assert [it.words for it in STRIP_KEY] == [
        *("results not listed", "results submitted", "results sent back", "results withdrawn", "results posted"),
    ]
    assert {css for it in DUE_BAR_KEY for shape in it.sign.shapes for css in shape.css.split()} >= {
        "over-law",
        "over-ask",
    }
