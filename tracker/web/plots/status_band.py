"""The status of a trial over the years, as a band. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tracker.api.trials import VersionRow
from tracker.changes.wording.words import status_words
from tracker.web.plots.dated_versions import DatedVersion, dated_versions, undated_words
from tracker.web.plots.parts.drawing import NARROW, WIDE, Drawing, Label, Line, Plot, PlotTable, Rect, Shape, empty
from tracker.web.plots.parts.label_room import LabelRoom
from tracker.web.plots.parts.time_axis import DayRange, TimeAxis, day_range, narrow_axis, today_line, wide_axis
from tracker.web.plots.parts.words import day_words, listing, span_words, text_words

__all__ = ["status_band"]

_BANDS = {
    **dict.fromkeys(("NOT_YET_RECRUITING", "APPROVED_FOR_MARKETING"), "1"),
    **dict.fromkeys(("RECRUITING", "ENROLLING_BY_INVITATION", "AVAILABLE"), "2"),
    **dict.fromkeys(("ACTIVE_NOT_RECRUITING", "ONGOING", "SUSPENDED", "TEMPORARILY_NOT_AVAILABLE"), "3"),
    **dict.fromkeys(("COMPLETED", "TERMINATED", "WITHDRAWN", "NO_LONGER_AVAILABLE"), "4"),
}
"""Status -> tone. The tones go from pale to dark in the order of a trial's life and are never the only sign."""
_OTHER = "0"
_ENDS = frozenset({"COMPLETED", "TERMINATED", "WITHDRAWN"})
_TOP, _HEIGHT = 6.0, 30.0


class _Run(NamedTuple):
    """A stretch of versions with one status."""

    status: str | None
    first: dt.date
    #: Day of the next run, or today.
    last: dt.date
    #: The first day as the record gives it.
    said: str

    @property
    def words(self) -> str:
        return text_words(status_words(self.status))


def status_band(
    versions: Sequence[VersionRow], today: dt.date, days: DayRange | None = None, *, plot_id: str = "status"
) -> Plot:
    """Return the status by the day the record said it. `days` is the axis that several plots share."""
    dated = dated_versions(versions)
    days = days or day_range([today, *(it.day for it in dated)] if dated else ())
    if not dated or days is None:
        return empty(plot_id, "No version says on which day it took effect, so no status can be drawn.")
    runs = _runs(dated, today)
    return Plot(
        id=plot_id,
        title=_title(runs, len(dated)),
        description=f"Status by the day the record said it: {listing([_said(run) for run in runs])}.",
        wide=_drawing(runs, wide_axis(days), today),
        narrow=_drawing(runs, narrow_axis(days), today),
        table=_table(runs),
        note=undated_words(versions),
    )


def _runs(dated: Sequence[DatedVersion], today: dt.date) -> list[_Run]:
    starts = [dated[0], *(after for before, after in pairwise(dated) if after.row.status != before.row.status)]
    ends = [*(it.day for it in starts[1:]), max(today, dated[-1].day)]
    return [_Run(it.row.status, it.day, end, it.row.effective) for it, end in zip(starts, ends, strict=True)]


def _said(run: _Run) -> str:
    return f"{run.words[:1].lower()}{run.words[1:]} from {day_words(run.said, whole=True)}"


def _title(runs: Sequence[_Run], versions: int) -> str:
    last = runs[-1]
    since = day_words(last.said, whole=True)
    if len(runs) == 1:
        return f"{last.words} in every version since {since}" if versions > 1 else f"{last.words} on {since}"
    month = day_words(last.said[:7], whole=True)
    now = f"{last.words} {'in' if last.status in _ENDS else 'since'} {month}"
    recruited = [run for run in runs[:-1] if run.status == "RECRUITING"]
    if not recruited:
        return now
    # What the first version says may have begun before it.
    least = "at least " if recruited[0] is runs[0] else ""
    time = span_words(sum((run.last - run.first).days for run in recruited))
    return f"Recruiting for {least}{time}, {now[:1].lower()}{now[1:]}"


def _table(runs: Sequence[_Run]) -> PlotTable:
    lengths = [f"{(run.last - run.first).days:,}" for run in runs[:-1]]
    rows = tuple((run.words, day_words(run.said), days) for run, days in zip(runs, [*lengths, "to today"], strict=True))
    return PlotTable(("Status", "From", "Days"), rows, "Status over time", (2,))


def _drawing(runs: Sequence[_Run], axis: TimeAxis, today: dt.date) -> Drawing:
    bands = [band for run in runs for band in _band(run, axis)]
    room = LabelRoom(axis.left, axis.right)
    words = [label for run in runs for label in _words(run, axis, room)]
    bottom = max((label.y for label in words), default=0) + 28
    bottom = max(bottom, 79.0)
    name: list[Shape] = [Label(0, 25, "Status", "tb")] if axis.is_wide else []
    shapes = (*axis.grid(bottom), *bands, *words, *today_line(axis, today, bottom), *name)
    return Drawing(WIDE if axis.is_wide else NARROW, bottom + 5, shapes)


def _band(run: _Run, axis: TimeAxis) -> list[Shape]:
    left, right = axis.at(run.first), axis.at(run.last)
    width = max(right - left - 1, 2.0)
    left = min(left, axis.right - width)
    if run.status is None:
        return [Line(left, _TOP + _HEIGHT / 2, left + width, _TOP + _HEIGHT / 2, "axis")]
    return [Rect(left, _TOP, width, _HEIGHT, f"band{_BANDS.get(run.status, _OTHER)}")]


def _words(run: _Run, axis: TimeAxis, room: LabelRoom) -> list[Label]:
    """Return the words within the band, else below it, or none if there is no room: the table has them."""
    left, right = axis.at(run.first), axis.at(run.last)
    inside = Label(left + 7, _TOP + 19, run.words, f"on-band{_BANDS.get(run.status or '', _OTHER)}")
    if run.status is not None and inside.width + 12 <= right - left:
        room.take(inside)
        return [inside]
    rows = (_TOP + _HEIGHT + 15, _TOP + _HEIGHT + 29)
    return room.place(
        *(Label(left, row, run.words, "tq") for row in rows),
        *(Label(right, row, run.words, "tq", "end") for row in rows),
    )
