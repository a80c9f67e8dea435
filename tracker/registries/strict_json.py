"""Strict reading of JSON from untrusted sources, in one pass. Pure.

The standard decoder lets the last of repeated keys win, accepts NaN, and turns numbers that are too large into floats.
Here hooks record each of these while it decodes, at little cost, and the value is refused. On a page of records, only
the record that contains the fault is refused, because each element of the list has its own exact text.

Most records need no hooks. A fast but lenient decoder reads them, and its output is written as JSON again. If that
gives exactly the received bytes, they contain no repeated key, no number out of range and no altered value. A page is
split into its records first, and one record is decoded, written and compared at a time. So only one is in memory twice,
and a record that the caller recognizes by its bytes is not decoded at all.

Only the interpreter's recursion limit bounds the depth. A text with deeper nesting is refused as a whole. The number of
values is bounded before decoding: see `tracker.registries.value_count`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from tracker.records.json_objects import RawRecord
from tracker.registries.answers import KnownAnswer
from tracker.registries.page_split import TooManyRecords, split_page
from tracker.registries.strict_reader import BadJson, Reader, TooManyValues
from tracker.registries.value_count import (
    KEPT_BYTES,
    MARKS,
    MOST_BYTES,
    MOST_ITEMS,
    MOST_ON_A_PAGE,
    MOST_RECORDS,
    MOST_VALUES,
    crowded,
    holds_more,
    too_many,
)

__all__ = [
    "BadJson",
    "PageItem",
    "Recognize",
    "RecordPage",
    "TooManyValues",
    "each_value",
    "loads",
    "read_again",
    "read_page",
    "read_record",
    "recognize_none",
]

_TOO_MANY_RECORDS = f"more than {MOST_RECORDS:,} records"


@dataclass(frozen=True, slots=True)
class PageItem:
    """One element of a page. If `problem` says why it is refused, or if `known` is set, `value` is None."""

    value: RawRecord | None
    problem: str
    source: bytes | memoryview = field(repr=False)
    #: The wire hash of its bytes. "" if the caller gives it none, or if only the slow decoder could read it.
    wire_hash: str = ""
    #: The earlier answer of these bytes, if the caller recognizes them. Then they were not decoded again.
    known: KnownAnswer | None = None

    @property
    def body(self) -> bytes:
        """Return the element's exact bytes. Of one that is too long, only the beginning."""
        return bytes(self.source)


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of records."""

    #: The number of matching records, as the registry counts them.
    total: int | None
    #: The token that requests the next page.
    token: str | None
    items: list[PageItem]


def loads(data: bytes, most: int = MOST_VALUES) -> Any:
    """Return the value of a complete JSON text in UTF-8, with at most `most` values. Raise BadJson."""
    _bounded(data, most)
    reader = Reader(data)
    value, problem = reader.value()
    reader.end()
    if problem:
        raise BadJson(problem)
    return value


Recognize = Callable[[memoryview], tuple[str, KnownAnswer | None]]
"""Returns the wire hash of a record's bytes ("" if it has none), and the earlier answer with that hash, if known."""


def recognize_none(_: memoryview) -> tuple[str, None]:
    return "", None


def read_record(data: bytes) -> PageItem:
    """Read a text that is one record. Raise BadJson if it cannot be decoded. Forbidden content becomes the record's
    problem.
    """
    _bounded(data, MOST_VALUES)
    return _item(memoryview(data), _marks(data))


def read_again(item: PageItem) -> PageItem:
    """Decode a record that was recognized. Its bytes were bounded and proved when they first came."""
    return _item(memoryview(item.source), _marks(item.source))


def read_page(data: bytes, recognize: Recognize = recognize_none) -> RecordPage:
    """Read a page of records: an object with the list `studies`, and possibly `totalCount` and `nextPageToken`.

    Records that `recognize` knows are not decoded. Raise BadJson if the page cannot be read. A fault within one record
    becomes the problem of that PageItem.
    """
    try:
        split = split_page(data)
    except TooManyRecords as error:
        raise TooManyValues(_TOO_MANY_RECORDS) from error
    if split is None:
        return _page_of_another_form(data)
    items: list[PageItem] = []
    marks, is_bounded = 0, False
    for record in split.records:
        wire_hash, known = recognize(record)
        if known is not None:
            items.append(PageItem(None, "", record, wire_hash, known))
            continue
        here = _marks(record)
        marks += here
        # Before this one is decoded. Marks inside of texts count too, so then the values themselves are counted, once.
        if marks > MOST_ON_A_PAGE and not is_bounded:
            _bounded(data, MOST_ON_A_PAGE)
            is_bounded = True
        items.append(_item(record, here, wire_hash))
    return RecordPage(split.total, split.token, items)


def _page_of_another_form(data: bytes) -> RecordPage:
    _bounded(data, MOST_ON_A_PAGE)
    reader = Reader(data)
    seen: RawRecord = {}
    for key in reader.names():
        if key in seen:
            raise BadJson("a key is given twice")
        seen[key] = _items(reader) if key == "studies" else reader.sound_value()
    reader.end()
    if "studies" not in seen:
        raise BadJson("there is no list of studies")
    return RecordPage(_total(seen.get("totalCount")), _token(seen.get("nextPageToken")), seen["studies"])


def _item(record: memoryview, marks: int, wire_hash: str = "") -> PageItem:
    """Return one record, with its own problem. Raise BadJson if it cannot be decoded."""
    if len(record) > MOST_BYTES:
        return _too_long(record)
    value = _proved(record)
    if value is None:
        reader = Reader(bytes(record))
        item = _read_slowly(reader)
        reader.end()
        return item
    problem = _crowded(value, marks, record)
    return PageItem(None if problem else value, problem, record, wire_hash)


def _items(reader: Reader) -> list[PageItem]:
    items: list[PageItem] = []
    for _ in reader.elements():
        if len(items) == MOST_RECORDS:
            raise TooManyValues(_TOO_MANY_RECORDS)
        items.append(_read_slowly(reader))
    return items


def _read_slowly(reader: Reader) -> PageItem:
    value, problem, body = reader.value_and_body()
    if len(body) > MOST_BYTES:
        return _too_long(body)
    if not problem and not isinstance(value, dict):
        problem = "the record is not an object"
    problem = problem or _crowded(value, _marks(body), body)
    return PageItem(None if problem else value, problem, body)


def _proved(record: memoryview) -> RawRecord | None:
    """Return the object of which these bytes are exactly the JSON form. None if only the slow decoder can read them."""
    try:
        value = orjson.loads(record)
        # Strict: integers that not all readers hold exactly are left to the slow decoder, which has our bounds.
        is_proved = type(value) is dict and orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == record
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value if is_proved else None


def _marks(record: bytes | memoryview) -> int:
    return sum(map(bytes(record).count, MARKS))


def _crowded(value: object, marks: int, record: bytes | memoryview) -> str:
    # Few records have so many marks, even counted with those in their texts. A list that is too long has as many
    # commas. Only what may have one is counted value by value.
    may_be = marks > MOST_VALUES or (marks > MOST_ITEMS and bytes(record).count(b",") >= MOST_ITEMS)
    return crowded(value) if may_be else ""


def _too_long(record: bytes | memoryview) -> PageItem:
    problem = f"more than {MOST_BYTES:,} bytes; its first {KEPT_BYTES:,} bytes are kept"
    return PageItem(None, problem, bytes(record[:KEPT_BYTES]))


def each_value(data: bytes) -> Iterator[tuple[Any, str]]:
    """Yield the values of a long list, or of the list `studies` of a long page, each with its problem.

    Values are read one at a time, on demand. So the text may hold any number of them, while each has the size limits of
    a record. Raise BadJson if the text is neither, or at the point where it cannot be read further.
    """
    reader = Reader(data)
    if reader.begins("["):
        yield from reader.values()
    else:
        names = set()
        for key in reader.names():
            names.add(key)
            if len(names) > MOST_ITEMS:
                raise TooManyValues(f"more than {MOST_ITEMS:,} keys in one object")
            if key == "studies":
                yield from reader.values()
            else:
                reader.bounded_value()
        if "studies" not in names:
            raise TooManyValues(too_many(MOST_VALUES))
    reader.end()


def _bounded(data: bytes, most: int) -> None:
    if holds_more(data, most):
        raise TooManyValues(too_many(most))


def _total(value: object) -> int | None:
    if value is None or type(value) is int:
        return value
    raise BadJson("totalCount is not a number")


def _token(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise BadJson("nextPageToken is not text")
