"""Rows of points with intervals on one small axis: the analyses of a measure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import msgspec

from tracker.web.plots.parts.drawing import NARROW, WIDE, Drawing, Label, Line, Path, Rect, Shape, text_width
from tracker.web.plots.parts.label_room import LabelRoom
from tracker.web.plots.parts.scale import Scale, linear_scale, number_words, ratio_scale, ratio_words
from tracker.web.plots.parts.words import fitted, in_two

__all__ = ["IntervalRow", "Sides", "interval_drawing", "scale_of"]

_LEFT, _RIGHT, _MARGIN = 212.0, 556.0, 14.0
_NAME = 190.0
"""Units for a name in a wide drawing, on one line or two."""
_FAR = 100.0
"""An end of an interval that is so many times as far as any estimate is not drawn: an arrow points to it."""


class IntervalRow(msgspec.Struct, frozen=True):
    """A point with the interval around it. An open end is None, and `open_low`, `open_high` say that there is one."""

    name: str
    value: float
    words: str
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False


class Sides(msgspec.Struct, frozen=True):
    """What the two sides of the line of no difference mean, in words."""

    left: str
    right: str


def scale_of(rows: Sequence[IntervalRow], *, ratio: bool, zero: bool, most: int) -> Scale:
    """Return a scale for the rows. `zero`: with 0 on it."""
    points = [row.value for row in rows]
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    if ratio:
        low, high = min(points) / _FAR, max(points) * _FAR
        inside = [value for value in (*points, *ends) if low <= value <= high]
        return ratio_scale(min(inside), max(inside), most)
    size = max(map(abs, points)) or max((abs(end) for end in ends), default=1.0)
    inside = [value for value in (*points, *ends) if abs(value) <= size * _FAR]
    low, high = min([*inside, *([0.0] if zero else [])]), max([*inside, *([0.0] if zero else [])])
    return linear_scale(low, high, most)


def interval_drawing(
    rows: Sequence[IntervalRow], scale: Scale, *, wide: bool, reference: float | None, sides: Sides | None, unit: str
) -> Drawing:
    """Return the rows one below the other: in a wide drawing beside their names, in a narrow one under them."""
    left, right, width = (_LEFT, _RIGHT, WIDE) if wide else (_MARGIN, NARROW - _MARGIN, NARROW)
    # A name may take two lines: there is room beside a wide axis, and above each row of a narrow one.
    lines = max(len(in_two(row.name, _NAME, bold=True)) for row in rows)
    step, first = (32.0, 20.0) if wide else (30.0 + 14 * lines, 18.0 + 14 * lines)
    bottom = first + step * (len(rows) - 1) + 18
    found = _axis(scale, left, right, bottom, reference, width)
    for place, row in enumerate(rows):
        y = first + step * place
        found += _row(row, scale, left, right, y)
        found += _names(row, y, width, wide=wide)
    foot = bottom + 15
    if unit:
        # Right of a wide axis there is room beside its numbers, else under them.
        foot += 0 if wide else 16
        found.append(Label(width, foot, fitted(unit, width - _RIGHT - 30 if wide else width), "tq", "end"))
    if sides and reference is not None and scale.holds(reference):
        words = _sides(sides, left + scale.share(reference) * (right - left), foot + 18, width)
        foot = max((label.y for label in words), default=foot)
        found += words
    return Drawing(width, foot + 6, tuple(found))


def _axis(scale: Scale, left: float, right: float, bottom: float, reference: float | None, width: float) -> list[Shape]:
    found: list[Shape] = []
    room = LabelRoom(0, width if width == NARROW else right + 30)
    labels = []
    for tick in scale.ticks:
        x = left + scale.share(tick) * (right - left)
        is_reference = tick == reference
        css = "ref" if is_reference else "axis" if tick == 0 else "grid"
        found.append(Line(x, 4, x, bottom, css))
        words = ratio_words(tick) if scale.ratio else number_words(tick, scale.ticks)
        css = "tb" if is_reference else "tq"
        choices = [
            Label(x, bottom + 15, words, css, "middle"),
            Label(x + 10, bottom + 15, words, css, "end"),
            Label(x - 10, bottom + 15, words, css),
        ]
        labels.append((not is_reference, choices))
    # The line of no difference is named first, then the ends, then what has room.
    order = sorted(labels, key=lambda it: (it[0], it is not labels[-1], it is not labels[0]))
    for _, choices in order:
        found += room.place(*choices)
    return found


def _names(row: IntervalRow, y: float, width: float, *, wide: bool) -> list[Label]:
    """Return the name and the numbers as posted: left and right of a wide axis, else above the row."""
    css = "tb"
    lines = in_two(row.name, _NAME, bold=True)
    if wide:
        first, room, base, quiet = y + 11 - 7 * len(lines), width - _RIGHT - _MARGIN - 6, y + 4, "tq"
    else:
        first, room, base, quiet = y - 14 * len(lines), width - _NAME - 10, y - 14, "tq halo"
        css = f"{css} halo"
    names = [Label(0, first + 14 * at, line, css) for at, line in enumerate(lines) if line]
    return [*names, Label(width, base, fitted(row.words, room), quiet, "end")]


def _row(row: IntervalRow, scale: Scale, left: float, right: float, y: float) -> list[Shape]:
    def at(value: float) -> float:
        return left + scale.share(value) * (right - left)

    x = at(row.value)
    low, high = _end(row.low, row.open_low, -inf), _end(row.high, row.open_high, inf)
    found: list[Shape] = []
    if low is not None or high is not None:
        begin, end = (at(low) if low is not None else x), (at(high) if high is not None else x)
        found.append(Line(begin, y, end, y, "interval"))
        for value, place, towards in ((low, begin, -1), (high, end, 1)):
            if value is not None:
                found.append(_cap(scale.holds(value), place, y, towards, "interval"))
    return [*found, Rect(x - 5, y - 5, 10, 10, "point")]


def _end(value: float | None, is_open: bool, far: float) -> float | None:
    return far if is_open else value


def _cap(inside: bool, x: float, y: float, towards: int, css: str) -> Shape:
    """Return the end of an interval: a stroke where it ends, an arrow where it goes on."""
    if inside:
        return Line(x, y - 5, x, y + 5, css)
    return Path(((x - 6 * towards, y - 5), (x + 2 * towards, y), (x - 6 * towards, y + 5)), css)


def _sides(sides: Sides, x: float, y: float, width: float) -> list[Label]:
    """Return what the sides mean, left and right of the reference; on lines of their own if they are too long."""
    texts = [f"← {sides.left}" if sides.left else "", f"→ {sides.right}" if sides.right else ""]
    if text_width(texts[0]) <= x - 8 and text_width(texts[1]) <= width - x - 8:
        labels = [Label(x - 8, y, texts[0], "tq", "end"), Label(x + 8, y, texts[1], "tq")]
        return [label for label in labels if label.text]
    labels = [Label(0, y, fitted(texts[0], width), "tq"), Label(width, y, fitted(texts[1], width), "tq", "end")]
    both = [label for label in labels if label.text]
    return both[:1] + [Label(it.x, it.y + 16, it.text, it.css, it.anchor) for it in both[1:]]
