"""Tables that fit the terminal, and say below what they left out and what their marks mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tracker.cli.render.column import Column
from tracker.cli.render.local_time import minute_and_zone
from tracker.cli.render.table_layout import GAP, Layout, cut, layout, wrapped
from tracker.cli.render.terminal import console
from tracker.records.clean import clean

__all__ = ["Row", "print_table"]

Row = Mapping[str, Any]
Paint = Callable[[str, str], str]


def print_table(columns: Sequence[Column], rows: Sequence[Row], heading: str = "") -> None:
    """Print `rows` under `columns`, with `heading` as the line above.

    Values are cleaned, so that a line feed in a value cannot start a new line. If not even the needed columns fit, each
    row is a block of lines.
    """
    out = console()
    paint = _painter(out)
    columns, texts = _localized(columns, {it.key: [_text(it, row) for row in rows] for it in columns})
    found = layout(columns, texts, out.width)
    if heading:
        _write(paint(cut(clean(heading), out.width), "bold"))
    if found is None:
        for number, row in enumerate(rows):
            _print_block(columns, {it.key: texts[it.key][number] for it in columns}, row, out.width, paint)
    else:
        _print_headings(found, out, paint)
        for number, row in enumerate(rows):
            _print_row(found, {key: values[number] for key, values in texts.items()}, row, paint)
    for line in _below(columns, texts, found):
        for part in wrapped(line, out.width):
            _write(paint(part, "dim"))
    sys.stdout.flush()  # a reader that has gone away is noticed here, before anything else is said


def _painter(out: Console) -> Paint:
    """Return a function that writes a text in a style. Rich is asked once for each style."""
    around: dict[str, tuple[str, str]] = {}

    def paint(text: str, style: str) -> str:
        if not style or not text or out.color_system is None:
            return text
        if style not in around:
            with out.capture() as sample:
                out.print(Text("x", style=style), end="")
            before, _, after = sample.get().partition("x")
            around[style] = (before, after)
        return text.join(around[style])

    return paint


def _text(column: Column, row: Row) -> str:
    value = column.show(row) if column.show else row.get(column.key)
    return "" if value is None else clean(" ".join(str(value).split()))


def _localized(
    columns: Sequence[Column], texts: dict[str, list[str]]
) -> tuple[Sequence[Column], Mapping[str, Sequence[str]]]:
    """Show instants in local time. The zone is in the heading, or in the cells if they differ."""
    found = []
    for column in columns:
        if not column.instant:
            found.append(column)
            continue
        moments = [minute_and_zone(text) for text in texts[column.key]]
        zones = {it[1] for it in moments if it}
        one = len(zones) == 1
        texts[column.key] = [
            text if it is None else it[0] if one else " ".join(it)
            for text, it in zip(texts[column.key], moments, strict=True)
        ]
        found.append(column._replace(heading=f"{column.heading} ({zones.pop()})") if one else column)
    return found, texts


def _print_headings(found: Layout, out: Console, paint: Paint) -> None:
    cells = [wrapped(it.heading, found.widths[it.key]) for it in found.columns]
    height = max(map(len, cells))
    for line in zip(*([""] * (height - len(it)) + it for it in cells), strict=True):
        _write(_joined(found, [paint(it, "bold") for it in line], line))
    rule = "─" if out.encoding.startswith("utf") else "-"
    _write(rule * (sum(found.widths.values()) + GAP * (len(found.columns) - 1)))


def _print_row(found: Layout, texts: Mapping[str, str], row: Row, paint: Paint) -> None:
    cells = [_lines(found, it, texts, it.style(row) if it.style else "") for it in found.columns]
    for line in zip_longest(*cells, fillvalue=("", "")):
        _write(_joined(found, [paint(text, style) for text, style in line], [text for text, _ in line]))


def _lines(found: Layout, column: Column, texts: Mapping[str, str], style: str) -> list[tuple[str, str]]:
    """Return the lines of a cell with their styles. Those of columns that joined it come first."""
    width, text = found.widths[column.key], texts[column.key]
    first = [(cut(texts[it.key], width), "dim") for it in found.joined if it.joins == column.key and texts[it.key]]
    if column.line:
        return [*first, (cut(text, width), style)]
    return [*first, *((line, style) for line in (wrapped(text, width) if cell_len(text) > width else [text]))]


def _joined(found: Layout, painted: Sequence[str], plain: Sequence[str]) -> str:
    """Return the line of these cells. Escapes have no width, so the plain texts say how much space is left."""
    cells = []
    for column, shown, text in zip(found.columns, painted, plain, strict=True):
        space = " " * max(0, found.widths[column.key] - cell_len(text))
        cells.append(space + shown if column.right else shown + space)
    return (" " * GAP).join(cells).rstrip()


def _print_block(columns: Sequence[Column], texts: Mapping[str, str], row: Row, total: int, paint: Paint) -> None:
    label = min(max(cell_len(it.heading) for it in columns), total // 2)
    for column in columns:
        if not texts[column.key]:
            continue
        room = total - label - GAP
        lines = [cut(texts[column.key], room)] if column.line else wrapped(texts[column.key], room)
        style = column.style(row) if column.style else ""
        for name, text in zip_longest([cut(column.heading, label)], lines, fillvalue=""):
            _write(f"{paint(name, 'bold')}{' ' * (label - cell_len(name) + GAP)}{paint(text, style)}".rstrip())
    _write("")


def _below(columns: Sequence[Column], texts: Mapping[str, Sequence[str]], found: Layout | None) -> Iterator[str]:
    shown = columns if found is None else [*found.columns, *found.joined]
    sentences = (
        sentence
        for column in shown
        for mark, sentence in column.legend.items()
        if any(mark in text for text in texts[column.key])
    )
    yield from dict.fromkeys(sentences)
    if found is not None and found.left_out:
        names = ", ".join(it.heading for it in found.left_out)
        what, it = (
            ("Columns that do not fit", "them") if len(found.left_out) > 1 else ("A column that does not fit", "it")
        )
        yield f"{what}: {names}. A wider terminal shows {it}, and -o json has everything."


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
