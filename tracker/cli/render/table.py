"""Tables that fit the terminal: columns share its width, and optional ones are dropped before one gets unreadable."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from tracker.cli.render.column import Column
from tracker.cli.render.terminal import console
from tracker.records.clean import clean

__all__ = ["Row", "print_table"]

Row = Mapping[str, Any]
_GAP = 2
_READABLE_LINE, _READABLE = 20, 40
_READABLE_LINE, _READABLE = 20, 40
"""Drop optional columns before a column (of one line, of several lines) gets narrower than this."""


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Print `rows` under `columns`. Values are cleaned, so that a line feed in a value cannot start a new line."""
    out = console()
    texts = {column.key: [_text(column, row) for row in rows] for column in columns}
    widths = _widths(columns, texts, out.width)
    shown = [column for column in columns if column.key in widths]
    fits = bool(shown) and sum(widths.values()) + _GAP * (len(shown) - 1) <= out.width
    coloured = out.color_system is not None and any(it.style for it in shown)
    table, waiting = _laid(shown, widths, header=True), True
    for number, row in enumerate(rows):
        cells = [texts[it.key][number] for it in shown]
        line = _line(cells, shown, widths) if fits and not coloured else None
        if line is None:
            table.add_row(
                *(Text(text, style=it.style(row) if it.style else "") for text, it in zip(cells, shown, strict=True))
            )
            waiting = True
            continue
        if waiting:
            out.print(table)
            table, waiting = _laid(shown, widths, header=False), False
        sys.stdout.write(f"{line}\n")
    if waiting:
        out.print(table)


def _laid(columns: Sequence[Column], widths: Mapping[str, int], *, header: bool) -> Table:
    """Return a table of these columns without rows."""
    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        show_header=header,
        padding=(0, _GAP - 1, 0, 0),
        pad_edge=False,
        header_style="bold",
    )
    for column in columns:
        table.add_column(
            column.heading,
            justify="right" if column.right else "left",
            overflow="ellipsis" if column.line else "fold",
            no_wrap=column.line,
            width=widths[column.key],
        )
    return table


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Mapping[str, int]) -> str | None:
    """Return a row that fits on one line, as rich would lay it out but 100 times faster. None if it does not fit."""
    parts = []
    for text, column in zip(cells, columns, strict=True):
        width = widths[column.key]
        spare = width - cell_len(text)
        if spare < 0:
            if not column.line:
                return None
            text, spare = set_cell_size(text, width - 1) + "…", 0
        parts.append(" " * spare + text if column.right else text + " " * spare)
    return (" " * _GAP).join(parts)


def _text(column: Column, row: Row) -> str:
    value = column.show(row) if column.show else row.get(column.key)
    return "" if value is None else clean(" ".join(str(value).split()))


def _widths(columns: Sequence[Column], texts: Mapping[str, Sequence[str]], total: int) -> dict[str, int]:
    """Return the width of each column. A dropped column has none."""
    natural = {it.key: max(cell_len(text) for text in (it.heading, *texts[it.key])) for it in columns}
    least = {it.key: min(natural[it.key], _least(it)) for it in columns}
    shown = list(columns)
    for column in reversed([it for it in columns if it.spare]):
        if sum(least[it.key] for it in shown) + _GAP * (len(shown) - 1) > total:
            shown.remove(column)
    widths = {it.key: natural[it.key] for it in shown}
    sharing = sorted((it for it in shown if it.room), key=lambda it: natural[it.key] / it.room)
    left = total - _GAP * (len(shown) - 1) - sum(natural[it.key] for it in shown if not it.room)
    shares = sum(it.room for it in sharing)
    for column in sharing:
        widths[column.key] = max(1, min(natural[column.key], left * column.room // shares))
        left, shares = left - widths[column.key], shares - column.room
    return widths


def _least(column: Column) -> int:
    return (_READABLE_LINE if column.line else _READABLE) if column.room else sys.maxsize
