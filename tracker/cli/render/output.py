"""Print one answer: a table to read, JSON for scripts, one line per item for pipes, CSV for spreadsheets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Annotated, Any, NamedTuple

import msgspec
import typer

from tracker.cli.render.column import Column, Row
from tracker.cli.render.pager import paged, say_later
from tracker.cli.run_state import FOR_A_PERSON
from tracker.cli.typed.formats import Format, format_of
from tracker.records.clean import clean, json_safe, neutral

__all__ = ["Answer", "Format", "Output", "chosen", "emit", "note", "write_json"]


Output = Annotated[
    Format | None,
    typer.Option(
        "-o",
        "--output",
        parser=format_of,
        metavar="table|json|jsonl|csv",
        help="How to print. Default: TRIALWATCH_OUTPUT, else table on a terminal and jsonl in a pipe.",
    ),
]


class Answer(NamedTuple):
    """What a command has found."""

    #: The JSON object.
    document: Mapping[str, Any]
    #: The name of the collection in `document`, "" for a single thing.
    key: str
    #: The columns of the CSV, which are stable.
    fields: Sequence[str]
    #: The columns of the table.
    columns: Sequence[Column] = ()
    #: The sentence for an empty result.
    empty: str = "Nothing found."
    table: Callable[[], None] | None = None
    #: The line above the table.
    heading: str = ""
    #: The rows one at a time, for the forms that need not hold them all. Then `document` need not have them.
    each: Callable[[], Iterable[msgspec.Struct]] | None = None

    def one_by_one(self) -> Iterable[Row | msgspec.Struct]:
        """Return the rows, without holding them all where that is possible."""
        return self.rows if self.each is None else self.each()

    @property
    def rows(self) -> Sequence[Row]:
        if self.each is not None:
            return [msgspec.to_builtins(row) for row in self.each()]
        if not self.key:
            return [self.document]
        found = self.document[self.key]
        return found if isinstance(found, list) else [found]


def chosen(wanted: Format | None) -> Format:
    """Return the requested format, or the one that fits the place we print to."""
    return wanted or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)


def note(text: str) -> None:
    """Print a note beside the data: to stderr, cleaned. If stderr is closed, the work goes on."""
    line = f"{clean(text)}\n"
    if say_later(line):
        return
    try:
        sys.stderr.write(line)
    except OSError:
        return


def emit(answer: Answer, wanted: Format | None, *, pager: bool = False) -> None:
    """Print an answer to stdout. With `pager`, a table that is longer than the terminal is shown through a pager."""
    form = chosen(wanted)
    FOR_A_PERSON.set(form is Format.TABLE)
    if form is Format.JSON:
        write_json(answer.document if answer.each is None else {**answer.document, answer.key: answer.rows})
    elif form is Format.JSONL:
        for row in answer.one_by_one():
            write_json(row)
    elif form is Format.CSV:
        _write_csv(answer)
    else:
        with paged() if pager else nullcontext():
            _print_table(answer)


def _print_table(answer: Answer) -> None:
    if answer.table is not None:
        answer.table()
    elif rows := answer.rows:
        from tracker.cli.render.table import print_table  # noqa: PLC0415  (rich costs 60 ms, in a pipe for nothing)

        print_table(answer.columns, rows, answer.heading)
    else:
        note(answer.empty)


def write_json(value: Any) -> None:
    """Print one line of strict JSON. Characters that are invisible or change a terminal's text are escaped."""
    sys.stdout.write(json_safe(_dumped(value)) + "\n")


def _dumped(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value).decode()
    import orjson  # noqa: PLC0415  (a stream of rows is written by msgspec, and a table by neither)

    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a file name that is not UTF-8
        return orjson.dumps(_shown(value)).decode()


def _shown(value: Any) -> Any:
    """Return a value that JSON can hold. Bytes of a name that are not text are shown as escapes."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {key: _shown(it) for key, it in value.items()}
    return [_shown(it) for it in value] if isinstance(value, (list, tuple)) else value


def _write_csv(answer: Answer) -> None:
    import csv  # noqa: PLC0415  (for one form of four)

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.fields)
    for row in answer.one_by_one():
        cells = row if isinstance(row, Mapping) else msgspec.to_builtins(row)
        writer.writerow([_cell(cells, name) for name in answer.fields])


def _cell(row: Row, name: str) -> str:
    """Return a cell. `name` may reach into an object: ``enrollment.count``."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (dict, list, tuple)):
        return neutral(_dumped(value))
    return neutral(str(value))
