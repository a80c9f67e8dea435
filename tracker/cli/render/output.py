"""Print one answer: a table to read, JSON for scripts, a line per item for pipes, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from tracker.cli.render.column import Column, Row
from tracker.cli.run_state import FOR_A_PERSON
from tracker.records.clean import clean, json_safe, neutral

__all__ = ["Answer", "Format", "Output", "chosen", "emit", "note", "write_json"]


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
    """Say something beside the data: to stderr, cleaned. Where nobody listens there, the work goes on all the same."""
    try:
        sys.stderr.write(f"{clean(text)}\n")
    except OSError:
        return


def emit(answer: Answer, wanted: Format | None) -> None:
    """Print an answer to stdout."""
    form = chosen(wanted)
    FOR_A_PERSON.set(form is Format.TABLE)
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
        from tracker.cli.render.table import print_table  # noqa: PLC0415  (rich costs 60 ms, in a pipe for nothing)

        print_table(answer.columns, answer.rows)


def write_json(value: Any) -> None:
    """One line of strict JSON. What could turn a terminal's text around, or hide, is escaped as JSON allows."""
    sys.stdout.write(json_safe(_dumped(value)) + "\n")


def _dumped(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # the name of a file that is not UTF-8
        return orjson.dumps(_shown(value)).decode()


def _shown(value: Any) -> Any:
    """A value that JSON can hold: bytes of a name that are no letters are shown as escapes."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {key: _shown(it) for key, it in value.items()}
    return [_shown(it) for it in value] if isinstance(value, (list, tuple)) else value


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
        return neutral(_dumped(value))
    return neutral(str(value))
