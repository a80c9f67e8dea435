"""Read files and streams into ids, records, versions and pages. Each item, also a rejected one, has its place."""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any

from storage.files.file_causes import file_cause
from tracker.backfill.files import ctrdata, history_files
from tracker.backfill.files.content_kind import ending_for, not_importable
from tracker.backfill.files.csv_rows import rows_of
from tracker.backfill.files.file_items import FileRemark, FoundId, FoundItem, FoundPage, FoundRecord, UnusableItem
from tracker.backfill.files.id_columns import column_of
from tracker.backfill.files.streams import is_open, name_of, read_stream, stream_of
from tracker.errors import InvalidTrialId, RecordError, UsageError
from tracker.records.json_objects import RawRecord
from tracker.registries.ids import listed_in, parse_id
from tracker.registries.listed import REGISTRIES
from tracker.registries.strict_json import BadJson, TooManyValues, each_value, loads
from tracker.registries.trialpage import document_of, is_page_text
from tracker.registries.value_count import MOST_VALUES, crowded, holds_more
from tracker.text_files import WINDOWS, NotText, decode_text, lines_of, read_bytes, recoded

__all__ = ["files_of", "found_in", "left_out_of"]

SHEETS = {".csv": "", ".tsv": "\t"}
"""What separates cells by the name of the file. "" if the file itself says it."""
LINES = (".jsonl", ".ndjson")
PAGES = (".html", ".htm")
SUFFIXES = (".txt", *SHEETS, ".json", *LINES, *PAGES)
_PACKED = "it is packed and was not read; unpack it and import what is in it"
_WORKBOOK = "it is a spreadsheet and was not read; save the sheet as csv and import that"
LEFT_OUT = {
    **dict.fromkeys((".gz", ".tgz", ".bz2", ".xz", ".zip", ".7z"), _PACKED),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), _WORKBOOK),
}
"""Kinds of files that often hold records or ids, with the step that makes them readable."""
MAX_BYTES = 256 * 1024 * 1024
MOST_FOUND = 1_000_000
"""The most ids or records in one file. All of ClinicalTrials.gov has 560,000."""
MOST_REJECTED = 10_000
"""After this many errors, it is another kind of file."""
MOST_LINES = 2_000_000


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Return the named files and streams, and all readable kinds of files in named folders.

    Raise UsageError if one is missing.
    """
    found: list[Path] = []
    for path in _each_stream_once(paths):
        if (stream := stream_of(path)) is not None:
            if not is_open(stream):
                raise UsageError(f"{name_of(path)} is not open. Name a file or a folder", subject=str(path))
            found.append(path)
        elif path.is_dir():
            found += _files_in(path, SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            what = "is not a plain file" if path.exists() else "is not there"
            step = ", or pass it as a stream: trialwatch import - <..." if path.exists() else ""
            raise UsageError(f"{path} {what}. Name a file or a folder{step}", subject=str(path))
    return found


def left_out_of(paths: Sequence[Path]) -> Iterator[FileRemark]:
    """Yield a remark for each file in named folders that may hold records or ids and is of no readable kind."""
    for folder in paths:
        if stream_of(folder) is None and folder.is_dir():
            for path in _files_in(folder, LEFT_OUT):
                yield FileRemark(name_of(path), LEFT_OUT[path.suffix.lower()])


def _files_in(folder: Path, suffixes: Container[str]) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.suffix.lower() in suffixes and each.is_file())


def _each_stream_once(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the paths. A stream is at its end after it was read, whatever name it is given the second time."""
    seen = set()
    for path in paths:
        stream = stream_of(path)
        if stream is None or stream not in seen:
            yield path
        seen.add(stream)


def found_in(path: Path, column: str | None) -> Iterator[FoundItem]:
    """Yield the items of one file in order, rejected ones included. The content of the file never raises an error.

    A file that exceeds the limits above is read up to them, and the last reject says so.
    """
    rejected = 0
    for number, item in enumerate(_all_in(path, column), 1):
        why = f"more than {MOST_FOUND:,} things are in it" if number > MOST_FOUND else ""
        if rejected == MOST_REJECTED:
            why = f"more than {MOST_REJECTED:,} things in it cannot be imported"
        if why:
            yield UnusableItem(name_of(path), f"{why}; the rest was not read; cut it into several files, or mend it")
            return
        rejected += isinstance(item, UnusableItem)
        yield item


def _all_in(path: Path, column: str | None) -> Iterator[FoundItem]:
    name = name_of(path)
    try:
        data = _bytes_in(path)
        if data is None:
            yield UnusableItem(name, f"larger than {MAX_BYTES // 1024 // 1024} MB; cut it into several files")
        elif why := not_importable(data):
            yield UnusableItem(name, why)
        else:
            ending = path.suffix.lower() if stream_of(path) is None else ending_for(data, column)
            yield from _read(data, ending, path, column)
    except OSError as error:
        yield UnusableItem(name, f"cannot be read: {file_cause(error).why}")
    except (NotText, csv.Error) as error:
        yield UnusableItem(name, f"cannot be read: {error}")


def _bytes_in(path: Path) -> bytes | None:
    """Return what is in a file or a stream, None if that is too much. Raise OSError."""
    if (stream := stream_of(path)) is not None:
        data = read_stream(stream, MAX_BYTES)
        return data if len(data) <= MAX_BYTES else None
    return read_bytes(path) if path.stat().st_size <= MAX_BYTES else None


def _read(data: bytes, ending: str, path: Path, column: str | None) -> Iterator[FoundItem]:
    name = name_of(path)
    if ending in SHEETS:
        yield from _csv(data, name, column, SHEETS[ending])
    elif ending == ".json":
        yield from _json(recoded(data), name, path)
    elif ending in LINES:
        for number, line in enumerate(_lines(recoded(data)), 1):
            if line.strip():
                yield from _json(line, f"{name}:{number}", path)
    elif ending in PAGES:
        yield _page(data, name, html=True)
    else:
        yield from _text(data, name)


def _page(body: bytes, source: str, *, html: bool) -> FoundPage | UnusableItem:
    try:
        return FoundPage(source, document_of(body, html=html))
    except RecordError as error:
        return UnusableItem(source, error.message)


def _said(name: str, encoding: str) -> Iterator[FileRemark]:
    if encoding == WINDOWS:
        sentence = "it is not UTF-8 and was read as Windows-1252; if letters are wrong, save it as UTF-8"
        yield FileRemark(name, sentence)


def _text(data: bytes, name: str) -> Iterator[FoundId | FoundPage | UnusableItem | FileRemark]:
    """Read a page saved as text, or a list of ids. A line may hold several, separated by commas, spaces or NULs.

    A # starts a comment.
    """
    text, encoding = decode_text(data, windows=True, nul=True)
    _check_lines(text)
    if is_page_text(text):
        # A guessed encoding may get the ids right and the sentences of a page wrong.
        text = decode_text(data).text
        yield _page(text.encode(), name, html=False)
        return
    yield from _said(name, encoding)
    for number, line in enumerate(lines_of(text), 1):
        for word in listed_in(line.partition("#")[0]):
            yield _id(word, f"{name}:{number}")


def _id(word: str, source: str) -> FoundId | UnusableItem:
    try:
        return FoundId(source, parse_id(word))
    except InvalidTrialId as error:
        return UnusableItem(source, error.message)


def _check_lines(text: str) -> None:
    """Raise NotText if a line is not text."""
    if max(text.count("\n"), text.count("\r")) > MOST_LINES:
        raise NotText(f"it has more than {MOST_LINES:,} lines; cut it into several files")


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield lines like `bytes.splitlines`, one at a time. Raise NotText."""
    if max(data.count(b"\n"), data.count(b"\r")) > MOST_LINES:
        raise NotText(f"it has more than {MOST_LINES:,} lines; cut it into several files")
    start = 0
    for end in _LINE_END.finditer(data):
        yield data[start : end.start()]
        start = end.end()
    if start < len(data):
        yield data[start:]


_LINE_END = re.compile(rb"\r\n|\r|\n")
_CTHIST = frozenset({"version_number", "version_date"})


def _csv(data: bytes, name: str, column: str | None, mark: str) -> Iterator[FoundId | UnusableItem | FileRemark]:
    """Yield the ids of one column (see `column_of`). Each word of its cells is an id or a reject."""
    text, encoding = decode_text(data, windows=True)
    _check_lines(text)
    yield from _said(name, encoding)
    rows = list(rows_of(text, mark))
    names = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if column is None and set(names) >= _CTHIST:
        yield UnusableItem(name, history_files.CTHIST)
        return
    place = column_of([row for _, row in rows], column)
    if isinstance(place, str):
        yield UnusableItem(name, place)
        return
    for line, row in rows[place.heading :]:
        if place.at < len(row):
            for word in listed_in(row[place.at]):
                yield _id(word, f"{name}:{line}")


def _json(data: bytes, source: str, path: Path) -> Iterator[FoundItem]:
    """Yield a record, a search page, a list of records, the registry's history, or records kept by ctrdata."""
    try:
        if holds_more(data, MOST_VALUES):
            for number, (record, problem) in enumerate(each_value(data), 1):
                yield from (
                    [UnusableItem(f"{source}#{number}", problem)]
                    if problem
                    else _object(record, f"{source}#{number}", path)
                )
            return
        value = loads(data)
    except TooManyValues as error:
        why = f"a record or answer that holds {error}, as none does; leave it out (what is behind it was not read)"
        yield UnusableItem(source, why)
    except BadJson as error:
        yield UnusableItem(source, history_files.no_json(data, str(error)))
    else:
        yield from _each(value, source, path)


def _each(value: Any, source: str, path: Path) -> Iterator[FoundItem]:
    if isinstance(value, dict) and isinstance(value.get("studies"), list):
        value = value["studies"]
    records = value if isinstance(value, list) else [value]
    for number, record in enumerate(records, 1):
        where = source if len(records) == 1 else f"{source}#{number}"
        if problem := crowded(record):
            yield UnusableItem(where, f"a record that holds {problem}, as none does; leave it out")
        else:
            yield from _object(record, where, path)


def _object(value: Any, source: str, path: Path) -> Iterator[FoundItem]:
    if isinstance(value, dict) and ctrdata.is_kept(value):
        yield from ctrdata.found(value, source)
    elif isinstance(value, dict) and history_files.is_history(value):
        yield from history_files.found(value, source, path)
    elif isinstance(value, dict) and (registry := _registry_of(value)):
        yield FoundRecord(source, registry, value)
    else:
        yield UnusableItem(
            source, f"not a record, a search page or a history of ClinicalTrials.gov; {history_files.READ}"
        )


def _registry_of(value: RawRecord) -> str:
    """Return the registry that has records of this shape, "" if none."""
    return next((name for name, registry in REGISTRIES.items() if registry.is_record(value)), "")
