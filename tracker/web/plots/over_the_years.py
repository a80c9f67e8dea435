"""The plots over the years of one trial, on one time axis. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tracker.api.trials import FieldHistory, VersionRow
from tracker.web.plots.date_slips import date_slips
from tracker.web.plots.dated_versions import dated_versions
from tracker.web.plots.enrollment_steps import enrollment_steps
from tracker.web.plots.parts.drawing import Plot
from tracker.web.plots.parts.time_axis import day_range
from tracker.web.plots.said_dates import said_dates
from tracker.web.plots.status_band import status_band

__all__ = ["over_the_years"]


def over_the_years(versions: Sequence[VersionRow], dates: FieldHistory, today: dt.date) -> list[Plot]:
    """Return status, people and slips of the dates, in this order. `dates` is as `date_slips` takes it."""
    said = [(date.first, date.last) for row in said_dates(dates) for date in row.dates.values() if date]
    known = [day for pair in said for day in pair if day]
    days = day_range([today, *(it.day for it in dated_versions(versions)), *known])
    return [
        status_band(versions, today, days),
        enrollment_steps(versions, today, days),
        date_slips(dates, today, days),
    ]
