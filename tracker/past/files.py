"""Files -> ids, records, pages, and what is none of these, each with the place it was found in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.errors import InvalidTrialId, RecordError, UsageError
from tracker.registries.ids import parse_id
from tracker.registries.strict_json import BadJson, loads
from tracker.registries.trialpage import document_of, is_page_text

__all__ = ["Found", "FoundId", "FoundPage", "Rejected", "files_of", "found_in"]

SUFFIXES = (".txt", ".csv", ".json", ".jsonl", ".html", ".htm")
PAGES = (".html", ".htm")
MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A decoded v2 record, and where it stood."""

    source: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A saved page of a trial, as the document it is stored as."""

    source: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundId:
    """A trial's id, and where it stood."""

    source: str
    trial: str


@dataclass(frozen=True, slots=True)
class Rejected:
    source: str
    reason: str


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files to read: those named, and in named folders all of a kind we read. Raises UsageError for one missing."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"There is no file or folder {path}", subject=str(path))
    return found


def found_in(path: Path, column: str | None) -> Iterator[FoundId | Found | FoundPage | Rejected]:
    """Ids, records, pages and rejects of one file, in its order. Never raises for what the file holds."""
    suffix = path.suffix.lower()
    try:
        if path.stat().st_size > MAX_BYTES:
            yield Rejected(str(path), f"larger than {MAX_BYTES // 1024 // 1024} MB")
        elif suffix == ".csv":
            yield from _csv(path, column)
        elif suffix == ".json":
            yield from _json(path.read_bytes(), str(path))
        elif suffix == ".jsonl":
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                if line.strip():
                    yield from _json(line, f"{path}:{number}")
        elif suffix in PAGES:
            yield _page(path.read_bytes(), str(path), html=True)
        else:
            yield from _text(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        yield Rejected(str(path), f"cannot be read: {error}")


def _page(body: bytes, source: str, *, html: bool) -> FoundPage | Rejected:
    try:
        return FoundPage(source, document_of(body, html=html))
    except RecordError as error:
        return Rejected(source, error.message)


def _text(path: Path) -> Iterator[FoundId | FoundPage | Rejected]:
    """A page saved as text; else one id a line, or several with commas or blanks; a # begins a remark."""
    body = path.read_bytes()
    if is_page_text(body.decode("utf-8", "replace")):
        yield _page(body, str(path), html=False)
        return
    for number, line in enumerate(body.decode("utf-8-sig").splitlines(), 1):
        for word in line.partition("#")[0].replace(",", " ").replace(";", " ").split():
            yield _id(word, f"{path}:{number}")


def _id(word: str, source: str) -> FoundId | Rejected:
    try:
        return FoundId(source, parse_id(word))
    except InvalidTrialId as error:
        return Rejected(source, error.message)


_BLANKS = re.compile(r"[\s_]+")


def _csv(path: Path, column: str | None) -> Iterator[FoundId | Rejected]:
    """The ids of one column: the one named, or the first whose heading or first value looks like an id's."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline()
        file.seek(0)
        # Where a comma stands in numbers, spreadsheets write semicolons between them.
        rows = csv.DictReader(file, delimiter=max(",;\t", key=heading.count))
        name = column
        for number, row in enumerate(rows, 2):
            name = name or _column_of(row)
            if name is None or name not in row:
                known = ", ".join(filter(None, row))
                yield Rejected(
                    str(path), f"no column {name or 'with trial ids'}; name one with --column ({known[:200]})"
                )
                return
            if (row[name] or "").strip():
                yield _id(row[name], f"{path}:{number}")


def _column_of(row: dict[str, Any]) -> str | None:
    for name, value in row.items():
        if name and isinstance(value, str) and not isinstance(_id(value, ""), Rejected):
            return name
    return next(
        (name for name in row if name and _BLANKS.sub("", name).lower() in ("nctid", "nctnumber", "nct", "id")), None
    )


def _json(data: bytes, source: str) -> Iterator[Found | Rejected]:
    """A record, a search page, or a list of records."""
    try:
        value = loads(data)
    except BadJson as error:
        yield Rejected(source, str(error))
        return
    if isinstance(value, dict) and isinstance(value.get("studies"), list):
        value = value["studies"]
    records = value if isinstance(value, list) else [value]
    for number, record in enumerate(records, 1):
        where = source if len(records) == 1 else f"{source}#{number}"
        if isinstance(record, dict) and "protocolSection" in record:
            yield Found(where, record)
        else:
            yield Rejected(where, "not a ClinicalTrials.gov v2 record")
