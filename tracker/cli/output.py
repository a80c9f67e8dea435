"""One answer, four dresses: a table to read, JSON for scripts, a line an item for pipes, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer

from tracker.cli.clean import clean, neutral

__all__ = ["Answer", "Column", "Format", "Output", "chosen", "emit", "note", "write_json"]

Row = Mapping[str, Any]
_BIDI_IN_JSON = re.compile("[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


Output = Annotated[
    Format | None,
    typer.Option("-o", "--output", help="How to print. Default: table on a terminal, jsonl in a pipe."),
]


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: the row's key, its heading, and how its value is shown (default: as text)."""

    key: str
    heading: str
    show: Callable[[Row], str] | None = None
    right: bool = False
    wide: bool = False
    style: Callable[[Row], str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has found. `document` is the JSON object; `key` names the collection in it, "" for a single thing.

    `fields` are the CSV's columns, stable. `columns` are the table's. `empty` is said when there is nothing.
    """

    document: Mapping[str, Any]
    key: str
    fields: Sequence[str]
    columns: Sequence[Column] = ()
    empty: str = "Nothing found."
    table: Callable[[], None] | None = field(default=None)

    @property
    def rows(self) -> Sequence[Row]:
        if not self.key:
            return [self.document]
        found = self.document[self.key]
        return found if isinstance(found, list) else [found]


def chosen(wanted: Format | None) -> Format:
    """The format asked for, or the one that suits where we print."""
    return wanted or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)


def note(text: str) -> None:
    """Say something beside the data: to stderr, cleaned."""
    sys.stderr.write(f"{clean(text)}\n")


def emit(answer: Answer, wanted: Format | None) -> None:
    """Print an answer to stdout."""
    form = chosen(wanted)
    if form is Format.JSON:
        write_json(answer.document)
    elif form is Format.JSONL:
        for row in answer.rows:
            write_json(row)
    elif form is Format.CSV:
        _write_csv(answer)
    elif answer.table is not None:
        answer.table()
    elif not answer.rows:
        note(answer.empty)
    else:
        _write_table(answer)


def write_json(value: Any) -> None:
    """One line of strict JSON. What could turn a terminal's text around, or hide, is escaped as JSON allows."""
    import orjson

    text = orjson.dumps(value).decode()
    sys.stdout.write(_BIDI_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n")


def _write_csv(answer: Answer) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.fields)
    for row in answer.rows:
        writer.writerow([_cell(row, name) for name in answer.fields])
    sys.stdout.write(out.getvalue())


def _cell(row: Row, name: str) -> str:
    """`name` may reach into an object: ``enrollment.count``."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        import orjson

        return neutral(orjson.dumps(value).decode())
    return neutral(str(value))


def _write_table(answer: Answer) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from tracker.cli.terminal import console

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in answer.columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(
            column.heading, justify=justify, overflow="fold", no_wrap=not column.wide, ratio=1 if column.wide else None
        )
    for row in answer.rows:
        cells = []
        for column in answer.columns:
            text = column.show(row) if column.show else _plain(row.get(column.key))
            cells.append(Text(clean(text), style=column.style(row) if column.style else ""))
        table.add_row(*cells)
    console().print(table)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
