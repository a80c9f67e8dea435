"""Strict reading of JSON from untrusted sources, in one pass. Pure.

The standard decoder lets the last of repeated keys win, accepts NaN, and turns numbers that are too large into floats.
Here hooks record each of these while it decodes, at little cost, and the value is refused. On a page of records, only
the record that contains the fault is refused, because each element of the list has its own exact text.

Most records need no hooks. A fast but lenient decoder reads them, and its output is written as JSON again. If that
gives exactly the received text, the text contains no repeated key, no number out of range and no altered value.

Only the interpreter's recursion limit bounds the depth. A text with deeper nesting is refused as a whole. The number of
values is bounded before decoding: see `tracker.registries.value_count`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from tracker.records.json_objects import RawRecord
from tracker.registries.value_count import (
    MOST_ITEMS,
    MOST_ON_A_PAGE,
    MOST_RECORDS,
    MOST_VALUES,
    crowded,
    holds_more,
    too_many,
)

__all__ = ["BadJson", "PageItem", "RecordPage", "TooManyValues", "each_value", "loads", "read_page", "read_record"]

_SPACE = re.compile(r"[ \t\n\r]*")
_HIGHEST = 2**63 - 1
_WINDOW = 1 << 12
"""Characters read at first for a value. Most values of a list of millions of small ones fit in."""
_INFINITE = (float("inf"), float("-inf"))


class BadJson(ValueError):
    """These bytes are not JSON that we accept. The text is the reason, in a few words, without their content."""


class TooManyValues(BadJson):
    """These bytes hold more values than we decode."""


@dataclass(frozen=True, slots=True)
class PageItem:
    """One element of a page: its characters `start` to `end`. If `problem` says why it is refused, `value` is None."""

    value: RawRecord | None
    problem: str
    page: str = field(repr=False)
    start: int
    end: int

    @property
    def body(self) -> bytes:
        """Return the element's exact bytes. Cut out only on request, which is rare."""
        return self.page[self.start : self.end].encode()


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
    reader = _Reader(data)
    value, problem = reader.value()
    reader.end()
    if problem:
        raise BadJson(problem)
    return value


def read_record(data: bytes) -> PageItem:
    """Read a text that is one record. Raise BadJson if it cannot be decoded. Forbidden content becomes the record's
    problem.
    """
    _bounded(data, MOST_VALUES)
    reader = _Reader(data)
    item = reader.item()
    reader.end()
    return item


def read_page(data: bytes) -> RecordPage:
    """Read a page of records: an object with the list `studies`, and possibly `totalCount` and `nextPageToken`.

    Raise BadJson if the page cannot be read. A fault within one record becomes the problem of that PageItem.
    """
    _bounded(data, MOST_ON_A_PAGE)
    reader = _Reader(data)
    seen: RawRecord = {}
    for key in reader.names():
        if key in seen:
            raise BadJson("a key is given twice")
        seen[key] = reader.items(_guesses(data)) if key == "studies" else reader.sound_value()
    reader.end()
    if "studies" not in seen:
        raise BadJson("there is no list of studies")
    return RecordPage(_total(seen.get("totalCount")), _token(seen.get("nextPageToken")), seen["studies"])


def each_value(data: bytes) -> Iterator[tuple[Any, str]]:
    """Yield the values of a long list, or of the list `studies` of a long page, each with its problem.

    Values are read one at a time, on demand. So the text may hold any number of them, while each has the size limits of
    a record. Raise BadJson if the text is neither, or at the point where it cannot be read further.
    """
    reader = _Reader(data)
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


def _guesses(data: bytes) -> Iterator[object]:
    """Yield the lenient decoder's values of the page's records. Yield nothing if it cannot read the page."""
    try:
        page = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    studies = page.get("studies") if isinstance(page, dict) else None
    if isinstance(studies, list):
        yield from studies


def _total(value: object) -> int | None:
    if value is None or type(value) is int:
        return value
    raise BadJson("totalCount is not a number")


def _token(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise BadJson("nextPageToken is not text")


def _text(data: bytes) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"not UTF-8 at byte {error.start}") from error


class _Reader:
    """Reads one text from left to right. `at` is the current position."""

    def __init__(self, data: bytes) -> None:
        self._text = _text(data)
        self._at = 0
        # Only an escape can produce half a surrogate pair (UTF-8 cannot), so nearly all pages skip a second check.
        self._escaped_surrogates = b"\\ud" in data or b"\\uD" in data
        self._problems: list[str] = []
        self._decode = _decoder(self._problems.append).raw_decode

    def value(self) -> tuple[Any, str]:
        """Return the value here and its problem (empty if none). Raise BadJson if its end cannot be found."""
        start = self._skip()
        self._problems.clear()
        try:
            value, self._at = self._decode(self._text, start)
        except RecursionError as error:
            raise BadJson("nested too deep") from error
        except ValueError as error:
            raise BadJson(f"not JSON at character {getattr(error, 'pos', start)}") from error
        if self._escaped_surrogates and not _encodable(value):
            self._problems.append("half of a surrogate pair")
        return value, self._problems[0] if self._problems else ""

    def sound_value(self) -> Any:
        value, problem = self.value()
        if problem:
            raise BadJson(problem)
        return value

    def names(self) -> Iterator[str]:
        """Yield each key of the object here. The caller reads the value before it asks for the next key."""
        self._take("{")
        if self._passed("}"):
            return
        while True:
            key = self.sound_value()
            if not isinstance(key, str):
                raise BadJson("a key is not text")
            self._take(":")
            yield key
            if not self._passed(","):
                break
        self._take("}")

    def item(self, guess: object = None) -> PageItem:
        """Return the record here, with its own problem. `guess`: its possible value, not trusted without proof."""
        start = self._skip()
        value, problem = self._proved(guess) or self.value()
        if not problem and not isinstance(value, dict):
            problem = "the record is not an object"
        # Few records have so many marks, even counted with those in their texts. Only those are counted value by value.
        if not problem and self._marks(start, self._at) > MOST_ITEMS:
            problem = crowded(value)
        return PageItem(None if problem else value, problem, self._text, start, self._at)

    def _proved(self, guess: object) -> tuple[Any, str] | None:
        """Return `guess` if the text here is exactly its JSON form, or None. Then the text must be decoded."""
        if type(guess) is not dict:
            return None
        try:
            # Strict: integers that not all readers hold exactly are left to the decoder, which has our bounds.
            written = orjson.dumps(guess, option=orjson.OPT_STRICT_INTEGER).decode()
        except orjson.JSONEncodeError:
            return None
        if not self._text.startswith(written, self._at):
            return None
        self._at += len(written)
        return guess, ""

    def items(self, guesses: Iterator[object]) -> list[PageItem]:
        """Return the list of records here."""
        items: list[PageItem] = []
        self._take("[")
        if self._passed("]"):
            return items
        while True:
            if len(items) == MOST_RECORDS:
                raise TooManyValues(f"more than {MOST_RECORDS:,} records")
            items.append(self.item(next(guesses, None)))
            if not self._passed(","):
                break
        self._take("]")
        return items

    def begins(self, mark: str) -> bool:
        return self._text.startswith(mark, self._skip())

    def values(self) -> Iterator[tuple[Any, str]]:
        """Yield the values of the list here. Each is read on demand."""
        self._take("[")
        if self._passed("]"):
            return
        while True:
            value, problem = self.bounded_value()
            yield value, problem or crowded(value)
            if not self._passed(","):
                break
        self._take("]")

    def bounded_value(self) -> tuple[Any, str]:
        """As `value`, in a text too long to count as a whole. Raise TooManyValues.

        The end of the value is known only after decoding. So it is decoded from windows of growing size, and each
        window is counted first.
        """
        start, size = self._skip(), _WINDOW
        self._problems.clear()
        while True:
            window, whole = self._window(start, size)
            try:
                value, end = self._decode(window, 0)
            except RecursionError as error:
                raise BadJson("nested too deep") from error
            except ValueError as error:
                if whole:
                    raise BadJson(f"not JSON at character {start + getattr(error, 'pos', 0)}") from error
                end = len(window)
            # A number at the very end of a window may go on behind it, so its value counts only if more text follows.
            if end < len(window) or whole:
                break
            if len(window) < size:
                raise TooManyValues(too_many(MOST_VALUES))
            size *= 2
            self._problems.clear()
        self._at = start + end
        if self._escaped_surrogates and not _encodable(value):
            self._problems.append("half of a surrogate pair")
        return value, self._problems[0] if self._problems else ""

    def _window(self, start: int, size: int) -> tuple[str, bool]:
        """Return up to `size` characters from `start`, with at most as many values as one record may have. Also return
        True if they reach the end of the text.
        """
        window = self._text[start : start + size]
        if holds_more(window.encode(), MOST_VALUES):
            fits, over = 0, len(window)
            while over - fits > 1:
                middle = (fits + over) // 2
                fits, over = (fits, middle) if holds_more(window[:middle].encode(), MOST_VALUES) else (middle, over)
            window = window[:fits]
        return window, start + len(window) >= len(self._text)

    def _marks(self, start: int, end: int) -> int:
        return sum(self._text.count(mark, start, end) for mark in ",:{[")

    def end(self) -> None:
        if self._skip() != len(self._text):
            raise BadJson("something follows after the end")

    def _skip(self) -> int:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _passed(self, mark: str) -> bool:
        here = self._skip()
        if self._text[here : here + 1] != mark:
            return False
        self._at = here + 1
        return True

    def _take(self, mark: str) -> None:
        if not self._passed(mark):
            raise BadJson(f"no {mark} at character {self._at}")


def _decoder(note: Callable[[str], None]) -> json.JSONDecoder:
    """Return the standard decoder, with hooks that report to `note` what it would accept."""

    def pairs(found: list[tuple[str, Any]]) -> RawRecord:
        value = dict(found)
        if len(value) != len(found):
            note("a key is given twice")
        return value

    def integer(digits: str) -> int:
        # All 64-bit numbers fit into twenty characters. int() is slow with thousands of digits, and then refuses them.
        if len(digits) <= 20 and -_HIGHEST - 1 <= (number := int(digits)) <= _HIGHEST:
            return number
        note("a whole number beyond 64 bits")
        return 0

    def real(digits: str) -> float:
        number = float(digits)
        if number in _INFINITE:
            note("a number too large for a float")
        return number

    def constant(name: str) -> None:
        note(f"{name} is not JSON")

    return json.JSONDecoder(object_pairs_hook=pairs, parse_int=integer, parse_float=real, parse_constant=constant)


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except RecursionError as error:
        raise BadJson("nested too deep") from error
    return True
