"""A small strip of versions: one stroke a version, a dot where the state of the results changed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from tracker.api.trials import VersionRow
from tracker.changes.wording.words import at_start, count_of
from tracker.web.plots.dated_versions import DatedVersion, dated_versions, undated_words
from tracker.web.plots.parts.drawing import Circle, Drawing, KeyItem, Line, Plot, PlotTable, Shape, empty, key_item
from tracker.web.plots.parts.time_axis import DayRange, TimeAxis, day_range
from tracker.web.plots.parts.words import day_words

__all__ = ["STATES", "STRIP_KEY", "version_strip"]

_WIDTH, _HEIGHT, _BASE, _EDGE = 150.0, 22.0, 18.5, 5.0
_APART = 8.0
_MOST = int((_WIDTH - 2 * _EDGE) / _APART) + 1
_HEIGHTS = {"critical": 13.0, "major": 9.5, "minor": 6.0, "admin": 3.5}
STATES = {
    "none": "not listed",
    "submitted": "submitted",
    "returned": "sent back",
    "cancelled": "withdrawn",
    "posted": "posted",
}
"""State of the results -> the word for it."""

STRIP_KEY: tuple[KeyItem, ...] = tuple(
    key_item(f"results {words}", Circle(8, 6, 4, f"dot-{state}")) for state, words in STATES.items()
)
"""The dots, for a list of strips."""


def version_strip(
    versions: Sequence[VersionRow],
    severities: Mapping[int, str],
    today: dt.date,
    days: DayRange | None = None,
    *,
    plot_id: str = "versions",
) -> Plot:
    """Return the versions as strokes; the taller, the more a version changed.

    `severities` has the gravest severity of a version's changes by its number. A version without one gets the lowest
    stroke. If there are more versions than have room, the latest are drawn and dots stand for the others.
    """
    dated = dated_versions(versions)
    if not dated:
        return empty(plot_id, "No version with a day that can be read.")
    shown = dated[-_MOST:]
    days = days or day_range([today, *(it.day for it in shown)])
    assert days is not None  # there are days
    changed = _changes(dated)
    drawing = Drawing(_WIDTH, _HEIGHT, tuple(_strokes(shown, severities, changed, days, len(dated) > len(shown))))
    table = _table(dated, severities, changed)
    return Plot(plot_id, _title(dated, shown), wide=drawing, narrow=drawing, table=table, note=undated_words(versions))


def _title(dated: Sequence[DatedVersion], shown: Sequence[DatedVersion]) -> str:
    first, last = day_words(dated[0].row.effective), day_words(dated[-1].row.effective)
    left = f"; the latest {len(shown)} are drawn" if len(shown) < len(dated) else ""
    if len(dated) == 1:
        return f"1 version, of {first}"
    return f"{count_of(len(dated), 'version')} since {first}, the last on {last}{left}"


def _changes(dated: Sequence[DatedVersion]) -> dict[int, str]:
    """Return the versions with which the state of the results changed. Versions that do not tell of it are passed."""
    found, before = {}, "none"
    for _, row in dated:
        if row.results is not None and row.results != before:
            found[row.version], before = row.results, row.results
    return found


def _strokes(
    shown: Sequence[DatedVersion], severities: Mapping[int, str], changed: Mapping[int, str], days: DayRange, more: bool
) -> list[Shape]:
    axis = TimeAxis(days, _EDGE, _WIDTH - _EDGE)
    found: list[Shape] = [Line(2, _BASE, _WIDTH - 2, _BASE, "base")]
    places = _apart([axis.at(it.day) for it in shown], _EDGE, _WIDTH - _EDGE)
    for x, (_, row) in zip(places, shown, strict=True):
        top = _BASE - _HEIGHTS.get(severities.get(row.version, ""), _HEIGHTS["admin"])
        found.append(Line(x, top, x, _BASE, "stroke"))
        if row.version in changed:
            found.append(Circle(x, max(top, 4.2), 3.2, f"dot-{changed[row.version]}"))
    earlier: list[Shape] = [Circle(x, _BASE, 0.9, "more") for x in (0.9, 3.4)] if more else []
    return [*found, *earlier]


def _apart(places: Sequence[float], low: float, high: float) -> list[float]:
    """Return the places moved so that each is 8 units or more from the next, none out of range."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + _APART if found else low))
    limit = high
    for at in reversed(range(len(found))):
        found[at] = min(found[at], limit)
        limit = found[at] - _APART
    return found


def _table(dated: Sequence[DatedVersion], severities: Mapping[int, str], changed: Mapping[int, str]) -> PlotTable:
    rows = tuple(
        (
            str(row.version),
            day_words(row.effective),
            at_start(severities.get(row.version, "none")),
            at_start(STATES.get(changed[row.version], changed[row.version])) if row.version in changed else "",
        )
        for _, row in dated
    )
    return PlotTable(("Version", "From", "Gravest change", "Results"), rows, "Versions", (0,))
