"""The strip of versions and the bar of a duty."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.web.plots.laws import check_drawing, marked, rendered
from tests.unit.web.plots.made import TODAY, seed_versions, todays, version, version_lists
from tracker.api.trials import VersionRow
from tracker.web.plots.parts.drawing import Circle, Line
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


def test_a_small_plot_has_a_title_and_no_table() -> None:
    tree = rendered(version_strip(seed_versions(), GRAVEST, TODAY), "inline", "strip")
    [svg] = tree.iter("svg")
    assert svg.attrib["class"] == "strip" and svg.attrib["role"] == "img"
    assert svg[0].text == "10 versions since 27 Apr 2022, the last on 8 Mar 2027" and not list(tree.iter("table"))


def test_the_keys_name_each_sign() -> None:
    assert [it.words for it in STRIP_KEY] == [
        *("results not listed", "results submitted", "results sent back", "results withdrawn", "results posted"),
    ]
