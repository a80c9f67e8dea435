"""Status, people and dates over the years: what is drawn, what the table says, and that they are the same."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings

from tests.unit.web.plots.laws import check_plot, marked, rendered, texts
from tests.unit.web.plots.made import (
    HOSTILE,
    TODAY,
    date_histories,
    dates,
    seed_dates,
    seed_versions,
    todays,
    version,
    version_lists,
)
from tracker.api.trials import FieldHistory, VersionRow
from tracker.web.plots.date_slips import date_slips
from tracker.web.plots.enrollment_steps import enrollment_steps
from tracker.web.plots.over_the_years import over_the_years
from tracker.web.plots.parts.drawing import Circle, Line, Path
from tracker.web.plots.status_band import status_band

many = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@many
@given(version_lists, date_histories(), todays)
def test_any_history_is_drawn_within_its_frame(
    versions: list[VersionRow], history: FieldHistory, today: dt.date
) -> None:
    for plot in over_the_years(versions, history, today):
        check_plot(plot)


@many
@given(version_lists, todays)
def test_each_band_and_each_number_has_a_row(versions: list[VersionRow], today: dt.date) -> None:
    status, people = status_band(versions, today), enrollment_steps(versions, today)
    if not status.is_empty:
        drawn = marked(status.wide, *(f"band{tone}" for tone in range(5)), "axis")
        assert len(drawn) == len(status.table.rows)
    if not people.is_empty:
        drawn = marked(people.wide, "plan", "fact", "unsaid-mark")
        assert len(drawn) == sum(kind in ("actual", "target", "kind not given") for _, _, kind in people.table.rows)


@many
@given(date_histories(), todays)
def test_each_mark_of_a_date_is_in_the_table(history: FieldHistory, today: dt.date) -> None:
    plot = date_slips(history, today)
    if plot.is_empty:
        return
    assert plot.wide is not None and plot.narrow is not None
    rows = plot.table.rows
    assert len(marked(plot.wide, "said")) == len(marked(plot.narrow, "said")) == len(rows)
    moves = sum(moved.count("days") + moved.count("1 day,") for *_, moved in rows)
    assert bool(marked(plot.wide, "slip")) == any("day" in moved for *_, moved in rows), moves
    actual = sum(cell.endswith(" (actual)") for row in rows for cell in row[1:-1])
    assert len([it for it in marked(plot.wide, "fact") if isinstance(it, Circle | Path)]) <= actual


def test_the_status_of_the_seed_trial() -> None:
    plot = status_band(seed_versions(), TODAY)
    assert plot.title == "Recruiting for three years, completed in January 2026"
    assert plot.table.rows == (
        ("Not yet recruiting", "27 Apr 2022", "19"),
        ("Recruiting", "16 May 2022", "1,121"),
        ("Active, not recruiting", "10 Jun 2025", "219"),
        ("Completed", "15 Jan 2026", "to today"),
    )
    assert {"Recruiting", "Completed", "Not yet recruiting", "Active, not recruiting"} <= set(texts(plot.wide))
    assert plot.description.startswith("Status by the day the record said it: not yet recruiting from 27 April 2022;")


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([("2022-04-04", "COMPLETED")], "Completed on 4 April 2022"),
        ([("2022-04-04", "COMPLETED"), ("2023-01", "COMPLETED")], "Completed in every version since 4 April 2022"),
        # what the first version says may have begun long before it
        (
            [("2024", "RECRUITING"), ("2026-01-05", "TERMINATED")],
            "Recruiting for at least two years, terminated in January 2026",
        ),
        ([("2024-01-01", "COMPLETED"), ("2026-01-05", "UNKNOWN")], "Unknown status since January 2026"),
        ([("soon", "RECRUITING")], "No version says on which day it took effect, so no status can be drawn."),
        ([], "No version says on which day it took effect, so no status can be drawn."),
    ],
)
def test_the_finding_on_the_status(rows: list[tuple[str, str]], title: str) -> None:
    assert status_band([version(at, *row) for at, row in enumerate(rows)], TODAY).title == title


def test_a_version_without_a_day_is_left_out_and_counted() -> None:
    plot = status_band([version(1, "soon"), version(2, "2024-01-01", "COMPLETED")], TODAY)
    assert (len(plot.table.rows), plot.note) == (1, "Left out: 1 version without a day that can be read.")


def test_the_people_of_the_seed_trial() -> None:
    plot = enrollment_steps(seed_versions(), TODAY)
    assert plot.title == "74 people took part, of 80 planned"
    assert plot.table.rows == (("27 Apr 2022", "80", "target"), ("15 Jan 2026", "74", "actual"))
    for drawing in (plot.wide, plot.narrow):
        assert {"80 planned", "74 enrolled"} <= set(texts(drawing))
        # the plan is hollow and dashed, the fact is solid
        assert [it.css for it in marked(drawing, "plan", "fact")] == ["plan", "fact"]
        assert [it.css for it in marked(drawing, "lplan", "lfact")] == ["lplan", "lfact"]


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ([(80, "ESTIMATED")] * 2, "80 people planned"),
        (
            [(80, "ESTIMATED"), (120, "ESTIMATED"), (90, "ESTIMATED")],
            "90 people planned, 80 at first: the target moved 2 times",
        ),
        ([(1, "ACTUAL")], "1 person took part"),
        ([(80, None)], "80 people, and the record does not say whether planned or counted"),
        ([(80, "ESTIMATED"), (99_999_999, "ESTIMATED")], "80 people planned"),
        ([(None, None)], "No version gives a number of participants."),
        ([(99_999_999, "ESTIMATED")], "No version gives a number of participants."),
    ],
)
def test_the_finding_on_people(counts: list[tuple[int | None, str | None]], title: str) -> None:
    rows = [version(at, f"2024-0{at}-01", "RECRUITING", *pair) for at, pair in enumerate(counts, 1)]
    assert enrollment_steps(rows, TODAY).title == title


def test_a_placeholder_is_in_the_table_and_not_drawn() -> None:
    rows = [version(1, "2024-01-01", None, 80, "ESTIMATED"), version(2, "2025-01-01", None, 99_999_999, "ESTIMATED")]
    plot = enrollment_steps(rows, TODAY)
    assert plot.table.rows[1] == ("1 Jan 2025", "99,999,999", "placeholder")
    assert plot.note == "99,999,999 stands for no number and is not drawn."
    assert len(marked(plot.wide, "plan")) == 1


def test_the_dates_of_the_seed_trial() -> None:
    plot = date_slips(seed_dates(), TODAY)
    assert plot.title == "Completion moved 3 times and came 259 days later than first given"
    assert plot.table.head == ("Said on", "Start", "Completion", "Moved")
    assert plot.table.rows == (
        ("27 Apr 2022", "5 May 2022", "30 Apr 2025", ""),
        ("16 May 2022", "5 May 2022 (actual)", "30 Apr 2025", "start confirmed"),
        ("12 Sep 2023", "5 May 2022 (actual)", "31 Oct 2025", "+184 days"),
        ("5 Nov 2024", "5 May 2022 (actual)", "30 Apr 2026", "+181 days"),
        ("15 Jan 2026", "5 May 2022 (actual)", "14 Jan 2026 (actual)", "−106 days"),
    )
    assert plot.note.endswith("The record gives no primary completion date.")
    for drawing in (plot.wide, plot.narrow):
        assert {"+184 days", "+181 days", "−106 days", "start confirmed"} <= set(texts(drawing))
        assert len(marked(drawing, "slip")) == 3


def test_a_row_is_solid_up_to_the_day_it_was_said() -> None:
    history = dates(["2024-06-01"], start=["2024-01-01"], start_type=["ACTUAL"], completion=["2026-01-01"])
    [solid], [dashed], [said] = (
        [it for it in marked(date_slips(history, TODAY).wide, css) if isinstance(it, Line)]
        for css in ("lfact", "lplan", "said")
    )
    assert solid.x2 == dashed.x1 == said.x1 and solid.x1 < solid.x2 < dashed.x2


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [
        (("2026-01", "2026-01"), ("2026-03", "2026-03"), "both +59 days"),
        (("2026-01", "2026-06"), ("2026-03", "2026-08"), "primary +59 days, completion +62 days"),
        (("2026-01", "2026-06"), ("2026-01-15", "2026-06"), "primary completion now given as 15 Jan 2026"),
        (("2026-01", "2026-06"), (None, "2026-06"), "primary completion removed"),
        ((None, "2026-06"), ("2026-01", "2026-06"), "primary completion first given"),
    ],
)
def test_what_a_version_did_to_the_dates(
    first: tuple[str | None, str], second: tuple[str | None, str], moved: str
) -> None:
    primary, completion = zip(first, second, strict=True)
    plot = date_slips(dates(["2024-01-01", "2025-01-01"], primary_completion=primary, completion=completion), TODAY)
    assert [row[-1] for row in plot.table.rows] == ["", moved]


@pytest.mark.parametrize(
    ("completion", "kinds", "title"),
    [
        (["2026-01"], ["ESTIMATED"], "Completion is planned for January 2026, unmoved"),
        (["2026-01"], [None], "Completion is given as January 2026, unmoved"),
        (["2026-01-05"], ["ACTUAL"], "Completion was on 5 January 2026 and never moved"),
        (
            ["2026", "2027", "2026"],
            ["ESTIMATED"] * 3,
            "Completion moved 2 times and is back at the day first given, 2026",
        ),
        (
            ["2026-03-01", "2026-02-27"],
            ["ESTIMATED"] * 2,
            "Completion moved once and is now 2 days earlier than first given",
        ),
        (["soon"], ["ESTIMATED"], "No version gives a date of start or completion that can be read."),
    ],
)
def test_the_finding_on_the_dates(completion: list[str], kinds: list[str | None], title: str) -> None:
    days = ["2024-01-01", "2024-02-01", "2024-03-01"][: len(completion)]
    assert date_slips(dates(days, completion=completion, completion_type=kinds), TODAY).title == title


def test_a_month_and_a_year_are_drawn_over_all_their_days() -> None:
    plot = date_slips(dates(["2024-01-01"], start=["2024"], completion=["2026-02"]), TODAY)
    assert len(marked(plot.wide, "reach")) == 2


def test_the_three_plots_share_one_axis() -> None:
    # a start long before the first version, and a completion long after the last
    history = dates(["2022-04-27"], start=["2019-05"], completion=["2031"])
    drawn = [plot.wide for plot in over_the_years(seed_versions(), history, TODAY)]
    lines = [[it.x1 for it in marked(drawing, "grid") if isinstance(it, Line) and it.x1 == it.x2] for drawing in drawn]
    assert lines[0] == lines[1] == lines[2] and len(lines[0]) == 14


def test_sixty_versions_and_one() -> None:
    rows = [
        version(at, f"20{10 + at // 12}-{at % 12 + 1:02}", ["RECRUITING", "SUSPENDED"][at % 2], at) for at in range(60)
    ]
    for versions in (rows, rows[:1]):
        for plot in over_the_years(versions, FieldHistory(trial="NCT05349331", fields=[]), TODAY):
            check_plot(plot)
    assert len(status_band(rows, TODAY).table.rows) == 60


def test_hostile_text_is_only_text() -> None:
    plot = status_band([version(1, "2024-01-01", HOSTILE)], TODAY)
    check_plot(plot)
    tree = rendered(plot)
    assert not list(tree.iter("script"))
    assert any("<script>" in (element.text or "") for element in tree.iter("th"))
