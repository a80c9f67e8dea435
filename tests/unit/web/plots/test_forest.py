"""The analyses of a measure: points, intervals, open ends, sides."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.web.plots.laws import check_plot, marked, rendered, texts
from tests.unit.web.plots.made import HOSTILE
from tracker.records.results.reported import (
    Analysis,
    Cell,
    Measure,
    MeasureClass,
    ReportedGroup,
    number_of,
)
from tracker.web.plots.forest import forest
from tracker.web.plots.parts.drawing import Line, Path

PAIR = {"p": ReportedGroup(title="Placebo + atezolizumab"), "t": ReportedGroup(title="Tiragolumab + atezolizumab")}
HAZARD = Analysis(
    groups=("p", "t"),
    estimate="Hazard Ratio (HR)",
    estimate_value="0.57",
    lower="0.37",
    upper="0.90",
    interval_percent="95",
)


def measure(*analyses: Analysis, groups: dict[str, ReportedGroup] = PAIR, title: str = "Survival") -> Measure:
    return Measure(title=title, groups=groups, analyses={str(at): it for at, it in enumerate(analyses)})


numbers = st.one_of(
    st.floats(-1e6, 1e6).map(lambda it: f"{it:.3g}"),
    st.sampled_from(["0", "0.00", "1", "NA", "<0.001", "1e30", "-5", "0.0000001", "99999999", HOSTILE]),
)
analyses = st.builds(
    Analysis,
    groups=st.lists(st.sampled_from([f"g{at}" for at in range(12)]), unique=True, max_size=3).map(tuple),
    estimate=st.sampled_from(
        [None, "Hazard Ratio (HR)", "Odds Ratio (OR)", "Mean Difference (Net)", "Slope", HOSTILE, "ratio"]
    ),
    estimate_value=st.none() | numbers,
    lower=st.none() | numbers,
    upper=st.none() | numbers,
    interval_percent=st.sampled_from([None, "95", "97.5"]),
    p_value=st.sampled_from([None, "<.001", "0.5"]),
    estimate_comment=st.sampled_from([None, "HR < 1 favors Drug X", "A value above 1 favours placebo."]),
)
twelve = {f"g{at}": ReportedGroup(title=f"Drug X {at * 10} mg twice daily for {at} weeks") for at in range(12)}


@settings(deadline=None, max_examples=150)
@given(st.lists(analyses, max_size=45))
def test_any_analyses_are_drawn_within_their_frame(found: list[Analysis]) -> None:
    plots = forest(measure(*found, groups=twelve))
    for plot in plots:
        check_plot(plot)
        drawn = len(marked(plot.wide, "point"))
        assert drawn == min(len(plot.table.rows), 40)
        posted = [row[1] for row in plot.table.rows]
        assert all(number_of(text) is not None for text in posted)
    assert len({plot.id for plot in plots}) == len(plots)


def test_a_hazard_ratio() -> None:
    [plot] = forest(measure(HAZARD))
    assert plot.title == "Survival: hazard ratio 0.57"
    assert plot.description == "Hazard ratio, logarithmic scale: Hazard ratio 0.57 (0.37 to 0.90)."
    assert plot.note == (
        "Lines are 95 % confidence intervals. No p-value was reported. "
        "The record does not say which side favours which group."
    )
    assert plot.table.rows == (
        ("Placebo + atezolizumab and Tiragolumab + atezolizumab", "0.57", "0.37 to 0.90", "95 %", "not reported"),
    )
    for drawing in (plot.wide, plot.narrow):
        assert {"0.57 (0.37 to 0.90)", "0.5", "1", "2"} <= set(texts(drawing))
        assert len(marked(drawing, "ref")) == 1


def test_equal_factors_are_equal_lengths() -> None:
    [plot] = forest(measure(HAZARD))
    ticks = sorted(it.x1 for it in marked(plot.wide, "grid", "ref") if isinstance(it, Line))
    steps = [after - before for before, after in pairwise(ticks)]
    assert len(steps) >= 2 and max(steps) - min(steps) < 1e-6


def test_each_kind_of_estimate_has_its_own_axis() -> None:
    odds = Analysis(groups=("p", "t"), estimate="Odds Ratio (OR)", estimate_value="2.57", lower="1.07", upper="6.14")
    difference = Analysis(
        groups=("p", "t"), estimate="Mean Difference (Net)", estimate_value="-4.2", lower="-9", upper="1"
    )
    plots = forest(measure(HAZARD, odds, difference), plot_id="a")
    assert [plot.id for plot in plots] == ["a-1", "a-2", "a-3"]
    assert [plot.title for plot in plots] == [
        *("Survival: hazard ratio 0.57", "Survival: odds ratio 2.57", "Survival: mean difference (net) -4.2"),
    ]
    assert "0" in texts(plots[2].wide) and "1" not in texts(plots[2].wide)


@pytest.mark.parametrize(
    ("comment", "sides"),
    [
        ("A hazard ratio < 1 favors tiragolumab.", ["← favours tiragolumab"]),
        (
            "Values above 1 indicate a result in favour of placebo; below 1 favouring the drug",
            ["← favours drug", "→ favours placebo"],
        ),
        ("HR <1 favors A, HR >1 favors B", ["← favours A", "→ favours B"]),
        ("HR below 0 favours A", []),
        ("Stratified by region.", []),
        (None, []),
    ],
)
def test_a_side_favours_a_group_only_where_the_record_says_so(comment: str | None, sides: list[str]) -> None:
    analysis = Analysis(
        **{name: getattr(HAZARD, name) for name in HAZARD.__struct_fields__} | {"estimate_comment": comment}
    )
    [plot] = forest(measure(analysis))
    assert [it.replace("favours the ", "favours ") for it in texts(plot.wide) if it[:1] in "←→"] == sides
    assert ("does not say which side" in plot.note) == (not sides)


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "units", "statistic", "sides"),
    [
        (
            "Odds Ratio (OR)",
            "2.57",
            "1.07",
            "6.14",
            "percentage of participants",
            "NUMBER",
            ["← higher with A", "→ higher with B"],
        ),
        (
            "Odds Ratio (OR)",
            "0.4",
            "0.2",
            "0.9",
            "percentage of participants",
            "NUMBER",
            ["← higher with B", "→ higher with A"],
        ),
        ("Mean Difference (Net)", "-2", "-3", "-1", "points", "MEAN", ["← higher with B", "→ higher with A"]),
        ("Hazard Ratio (HR)", "0.57", "0.37", "0.90", "months", "MEDIAN", ["← longer with B", "→ longer with A"]),
        # the interval has both sides, people are counted, a hazard is held against a share
        ("Odds Ratio (OR)", "2.57", "0.97", "6.14", "percentage of participants", "NUMBER", []),
        ("Odds Ratio (OR)", "2.57", "1.07", "6.14", "participants", "COUNT_OF_PARTICIPANTS", []),
        ("Hazard Ratio (HR)", "0.57", "0.37", "0.90", "percentage of participants", "NUMBER", []),
    ],
)
def test_the_values_of_two_groups_tell_where_they_are_higher(
    name: str, value: str, low: str, high: str, units: str, statistic: str, sides: list[str]
) -> None:
    groups = {"a": ReportedGroup(title="A"), "b": ReportedGroup(title="B")}
    analysis = Analysis(groups=("a", "b"), estimate=name, estimate_value=value, lower=low, upper=high)
    found = Measure(
        title="Response",
        units=units,
        statistic=statistic,
        groups=groups,
        classes={"-": MeasureClass(categories={"-": ""})},
        rows={"-": {"-": {"a": Cell(value="3"), "b": Cell(value="5")}}},
        analyses={"1": analysis},
    )
    [plot] = forest(found)
    assert [it for it in texts(plot.wide) if it[:1] in "←→"] == sides
    assert "The record does not say which side favours which group." in plot.note


@pytest.mark.parametrize(
    ("posted", "shown"),
    [
        ("Mean Difference (Final Values)", "Survival: mean difference (final values) 2"),
        ("Hodges-Lehmann Estimate", "Survival: Hodges-Lehmann estimate 2"),
        ("LS Mean Difference", "Survival: LS mean difference 2"),
        ("Risk Ratio (RR)", "Survival: risk ratio 2"),
    ],
)
def test_names_of_estimates_in_a_sentence(posted: str, shown: str) -> None:
    found = Analysis(groups=("p", "t"), estimate=posted, estimate_value="2", lower="1", upper="3")
    assert [plot.title for plot in forest(measure(found))] == [shown]


def test_a_fold_change_has_no_line_of_no_difference() -> None:
    [plot] = forest(
        measure(Analysis(groups=("p", "t"), estimate="Fold change", estimate_value="2", lower="1", upper="3"))
    )
    assert marked(plot.wide, "ref") == []


def test_an_end_too_far_to_draw_is_an_arrow_and_stands_in_the_table() -> None:
    far = Analysis(groups=("p", "t"), estimate="Risk Ratio (RR)", estimate_value="2", lower="0.5", upper="99999")
    [plot] = forest(measure(far))
    assert (
        plot.table.rows[0][2] == "0.5 to 99999"
        and len([it for it in plot.wide.shapes if isinstance(it, Path)] if plot.wide else []) == 1
    )


def test_analyses_that_share_a_group_name_it_once() -> None:
    found = [
        Analysis(groups=("g0", f"g{at}"), estimate="Risk Ratio (RR)", estimate_value="2", lower="1.5", upper="3")
        for at in range(1, 12)
    ]
    [plot] = forest(measure(*found, groups=twelve))
    assert plot.note.startswith("Each with Drug X 0 mg twice daily for 0 weeks.")
    assert plot.title == "Survival: risk ratio, 11 analyses, 2 to 2"
    assert len({row[0] for row in plot.table.rows}) == 11


@pytest.mark.parametrize(
    ("name", "value", "lower"),
    [
        ("Log Rank Test Statistic", "4.2", "1"),
        ("Slope", "4.2", None),
        ("Hazard Ratio (HR)", "not estimable", "1"),
        ("", "1", "1"),
    ],
)
def test_what_is_no_estimate_with_an_interval_is_not_drawn(name: str, value: str, lower: str | None) -> None:
    assert forest(measure(Analysis(groups=("p", "t"), estimate=name, estimate_value=value, lower=lower))) == []


def test_hostile_text_is_only_text() -> None:
    groups = {"p": ReportedGroup(title=HOSTILE), "t": ReportedGroup(title="x")}
    analysis = Analysis(
        groups=("p", "t"), estimate="Odds Ratio (OR)", estimate_value="2", upper="NA", upper_comment=HOSTILE
    )
    for plot in forest(measure(analysis, groups=groups, title=HOSTILE)):
        check_plot(plot)
        assert not list(rendered(plot).iter("script"))
