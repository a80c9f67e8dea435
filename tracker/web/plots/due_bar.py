"""A small bar for one duty: the time allowed, the due day, the days past it, today. Pure."""

from __future__ import annotations

import datetime as dt

from tracker.api.results import Duty
from tracker.changes.wording.words import count_of
from tracker.web.plots.drawing import Drawing, KeyItem, Line, Plot, PlotTable, Rect, Shape, empty, key_item
from tracker.web.plots.due_day import DueDay, due_day
from tracker.web.plots.time_axis import DayRange, TimeAxis, day_range
from tracker.web.plots.words import day_words

__all__ = ["DUE_BAR_KEY", "due_bar", "due_days", "due_words"]

_WIDTH, _HEIGHT, _MARGIN = 200.0, 14.0, 2.0
_MIDDLE = _HEIGHT / 2

DUE_BAR_KEY: tuple[KeyItem, ...] = (
    key_item("time allowed", Line(0, 6, 16, 6, "allowed")),
    key_item("counted from a planned date", Line(0, 6, 16, 6, "allowed-plan")),
    key_item("late by law", Rect(0, 3, 16, 6, "over-law")),
    key_item("past the day asked for", Rect(0, 3, 16, 6, "over-ask")),
    key_item("due day", Line(8, 0, 8, 12, "deadline")),
    key_item("today", Line(8, 0, 8, 12, "today")),
)
"""The signs of the bars, for a list of them."""


def due_days(duty: Duty, today: dt.date) -> list[dt.date]:
    """Return the days that a bar draws, for an axis that several bars share (`day_range`)."""
    found = due_day(duty)
    if found is None:
        return []
    return [day for day in (found.begins, found.due, found.end(today), today) if day]


def due_bar(duty: Duty, today: dt.date, days: DayRange | None = None, *, plot_id: str = "due") -> Plot:
    """Return one duty as a bar. It is red only where a law surely applies and results came late or are missing."""
    found = due_day(duty)
    days = days or day_range(due_days(duty, today))
    if found is None or days is None:
        return empty(plot_id, "No due day can be told.")
    axis = TimeAxis(days, _MARGIN, _WIDTH - _MARGIN)
    drawing = Drawing(_WIDTH, _HEIGHT, (*_bar(found, axis, today),), stretch=True)
    return Plot(plot_id, due_words(found, today), wide=drawing, narrow=drawing, table=_table(found, today))


def due_words(found: DueDay, today: dt.date) -> str:
    """Return a due day in a sentence without its full stop: ``FDAAA 801: due 8 May 2026, 304 days late``."""
    counted = " (counted from a planned date)" if found.planned else ""
    return f"{found.words}: {_asked(found)} {day_words(found.due)}{counted}, {_standing(found, today)}"


def _asked(found: DueDay) -> str:
    if found.applies:
        return "due"
    return "asked for by" if found.asked_by else "if it applies, due"


def _standing(found: DueDay, today: dt.date) -> str:
    past = found.days_past(today)
    days = count_of(past, "day")
    if found.standing is None:
        return "whether results were submitted is not told"
    if found.standing and found.submitted is None:
        return "submitted on a day that is not known"
    if found.submitted:
        early = (found.due - found.submitted).days
        return f"submitted {days} after it" if past else f"submitted {count_of(early, 'day')} before it"
    if past:
        return f"{days} late" if found.law and found.days_late else f"{days} past"
    left = (found.due - today).days
    return f"in {count_of(left, 'day')}" if left else "today"


def _table(found: DueDay, today: dt.date) -> PlotTable:
    rows = [("Term runs from", f"{day_words(found.begins)}{' (planned)' if found.planned else ''}")]
    rows.append(("Due", day_words(found.due)))
    rows += [("Submitted", day_words(found.submitted))] if found.submitted else []
    past = found.days_past(today)
    rows += [("Past the due day", count_of(past, "day"))] if past else []
    return PlotTable(("Day", "When"), (*rows, ("Today", day_words(today))), f"Due day by {found.words}")


def _bar(found: DueDay, axis: TimeAxis, today: dt.date) -> list[Shape]:
    due, shapes = axis.at(found.due), list[Shape]()
    if found.begins:
        css = "allowed-plan" if found.planned else "allowed"
        shapes.append(Line(axis.at(found.begins), _MIDDLE, due, _MIDDLE, css))
    end = found.end(today)
    if end and end > found.due:
        late = found.law and found.days_late is not None
        width = axis.at(end) - due
        shapes.append(Rect(due, _MIDDLE - 2.5, width, 5, "over-law" if late else "over-ask"))
    shapes.append(Line(due, 1, due, _HEIGHT - 1, "deadline"))
    return [*shapes, Line(axis.at(today), 0, axis.at(today), _HEIGHT, "now")]
