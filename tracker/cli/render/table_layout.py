"""How a table fits into a width: which columns, how wide, and the lines of a cell. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells, set_cell_size

from tracker.cli.render.column import Column

__all__ = ["GAP", "Layout", "cut", "layout", "wrapped"]

GAP = 2
_GOOD_LINE, _GOOD_TEXT = 20, 36
"""Columns are left out before one (of one line, of several lines) gets narrower than this."""
_LEAST_LINE, _LEAST_TEXT = 12, 16
"""No column gets narrower than this."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table with their widths. `joined` are shown inside another one, `left_out` not at all."""

    columns: Sequence[Column]
    widths: Mapping[str, int]
    joined: Sequence[Column]
    left_out: Sequence[Column]


def layout(columns: Sequence[Column], texts: Mapping[str, Sequence[str]], total: int) -> Layout | None:
    """Return the layout for a width. None if no table of these columns fits, so that each row needs a block of lines.

    First go columns that can go or join another, until texts have a good width. Then texts and headings get narrower.
    """
    content = {it.key: max((cell_len(text) for text in texts[it.key]), default=0) for it in columns}
    natural = {it.key: max(content[it.key], cell_len(it.heading)) for it in columns}
    shown = list(columns)
    for column in _in_order_of_leaving(columns):
        if _needed(shown, {it.key: _at_least(it, natural, _GOOD_LINE, _GOOD_TEXT) for it in shown}) <= total:
            break
        shown.remove(column)
    narrow = {it.key: max(content[it.key], *map(cell_len, it.heading.split() or [""])) for it in shown}
    least = {it.key: _at_least(it, narrow, _LEAST_LINE, _LEAST_TEXT) for it in shown}
    if not shown or _needed(shown, least) > total:
        return None
    gone = [it for it in columns if it not in shown]
    joined, left_out = [it for it in gone if it.joins], [it for it in gone if not it.joins]
    return Layout(shown, _widths(shown, natural, least, total), joined, left_out)


def _in_order_of_leaving(columns: Sequence[Column]) -> list[Column]:
    return sorted((it for it in reversed(columns) if it.spare), key=lambda it: -it.spare)


def _at_least(column: Column, widest: Mapping[str, int], line: int, text: int) -> int:
    if not column.room:
        return widest[column.key]
    return min(widest[column.key], line if column.line else text)


def _needed(columns: Sequence[Column], widths: Mapping[str, int]) -> int:
    return sum(widths[it.key] for it in columns) + GAP * (len(columns) - 1)


def _widths(
    columns: Sequence[Column], natural: Mapping[str, int], least: Mapping[str, int], total: int
) -> dict[str, int]:
    """Share out the width: what each column needs, then whole headings, then the rest by `room`."""
    widths = {it.key: least[it.key] for it in columns}
    left = total - _needed(columns, widths)
    for column in columns:
        if not column.room:
            more = min(left, natural[column.key] - widths[column.key])
            widths[column.key] += more
            left -= more
    sharing = sorted((it for it in columns if it.room), key=lambda it: natural[it.key] / it.room)
    left += sum(widths[it.key] for it in sharing)
    owed = sum(widths[it.key] for it in sharing)
    shares = sum(it.room for it in sharing)
    for column in sharing:
        owed -= least[column.key]
        share = max(least[column.key], left * column.room // shares)
        widths[column.key] = min(natural[column.key], share, left - owed)
        left, shares = left - widths[column.key], shares - column.room
    return widths


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, broken at blanks. A word that is too long is broken where it has to be."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split(" "):
        size = cell_len(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) if size > width else [word]
        lines += full
        used = cell_len(line)
    return [*lines, line]


def cut(text: str, width: int) -> str:
    """Return a text on one line of at most `width`, with an ellipsis if it is cut."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
