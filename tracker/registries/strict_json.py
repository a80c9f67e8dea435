"""JSON that nobody vouches for, read once and strictly. Pure.

The standard decoder lets a repeated key win, takes NaN, and makes floats of what is too large. Here hooks note each of
these while it decodes, at little cost, and the note refuses the value. On a page of records only the record that holds
it is refused: each element of the list has its own exact text.

Most records are spared the hooks: where a fast but lenient decoder, writing down again what it read, gives the very
text that came, nothing in it can have been twice, out of range or bent.

Depth is bounded by the interpreter's recursion limit only; what nests deeper than that refuses the whole text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

__all__ = ["BadJson", "Item", "Page", "loads", "read_page", "read_record"]

_SPACE = re.compile(r"[ \t\n\r]*")
_HIGHEST = 2**63 - 1
_INFINITE = (float("inf"), float("-inf"))


class BadJson(ValueError):
    """These bytes are not JSON we accept. The text is the reason, in a few words, without their content."""


@dataclass(frozen=True, slots=True)
class Item:
    """Characters `start` to `end` of a page: one element. `value` is None when `problem` says why it is refused."""

    value: dict[str, Any] | None
    problem: str
    page: str = field(repr=False)
    start: int
    end: int

    @property
    def body(self) -> bytes:
        """The element's exact bytes, cut out only when asked for: hardly ever."""
        return self.page[self.start : self.end].encode()


@dataclass(frozen=True, slots=True)
class Page:
    """`total`: how many records the registry says it has for the query; `token`: what asks for the next page."""

    total: int | None
    token: str | None
    items: list[Item]


def loads(data: bytes) -> Any:
    """The value of a whole JSON text in UTF-8. Raises BadJson."""
    reader = _Reader(data)
    value, problem = reader.value()
    reader.end()
    if problem:
        raise BadJson(problem)
    return value


def read_record(data: bytes) -> Item:
    """A text that is one record. Raises BadJson when it cannot be decoded; what it should not hold is its problem."""
    reader = _Reader(data)
    item = reader.item()
    reader.end()
    return item


def read_page(data: bytes) -> Page:
    """A page of records: an object with the list `studies`, perhaps `totalCount` and `nextPageToken`.

    Raises BadJson when the page cannot be read; what is wrong within one record is that Item's problem.
    """
    reader = _Reader(data)
    seen: dict[str, Any] = {}
    for key in reader.names():
        if key in seen:
            raise BadJson("a key is given twice")
        seen[key] = reader.items(_guesses(data)) if key == "studies" else reader.sound_value()
    reader.end()
    if "studies" not in seen:
        raise BadJson("there is no list of studies")
    return Page(_total(seen.get("totalCount")), _token(seen.get("nextPageToken")), seen["studies"])


def _guesses(data: bytes) -> Iterator[object]:
    """What the lenient decoder makes of the page's records; nothing when it cannot read the page."""
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
    """Walks one text from left to right. `at` is the place reached."""

    def __init__(self, data: bytes) -> None:
        self._text = _text(data)
        self._at = 0
        # Only an escape can bring half a pair in (UTF-8 cannot), so nearly every page is spared a second look.
        self._escaped_surrogates = b"\\ud" in data or b"\\uD" in data
        self._problems: list[str] = []
        self._decode = _decoder(self._problems.append).raw_decode

    def value(self) -> tuple[Any, str]:
        """The value here and what is wrong with it (empty: nothing). Raises BadJson if its end cannot be found."""
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
        """Each key of the object here; the caller reads the value before it asks for the next."""
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

    def item(self, guess: object = None) -> Item:
        """The record here, with its own problem. `guess`: what it may turn out to be, taken for nothing unproved."""
        start = self._skip()
        value, problem = self._proved(guess) or self.value()
        if not problem and not isinstance(value, dict):
            problem = "the record is not an object"
        return Item(None if problem else value, problem, self._text, start, self._at)

    def _proved(self, guess: object) -> tuple[Any, str] | None:
        """`guess` if the text here is just how it is written, else None: then only decoding can tell."""
        if type(guess) is not dict:
            return None
        try:
            # Strict: integers that not every reader holds exactly are left to the decoder, whose bounds are ours.
            written = orjson.dumps(guess, option=orjson.OPT_STRICT_INTEGER).decode()
        except orjson.JSONEncodeError:
            return None
        if not self._text.startswith(written, self._at):
            return None
        self._at += len(written)
        return guess, ""

    def items(self, guesses: Iterator[object]) -> list[Item]:
        """The list of records here."""
        items: list[Item] = []
        self._take("[")
        if self._passed("]"):
            return items
        while True:
            items.append(self.item(next(guesses, None)))
            if not self._passed(","):
                break
        self._take("]")
        return items

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
    """The standard decoder, telling `note` what it would let pass."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        if len(value) != len(found):
            note("a key is given twice")
        return value

    def integer(digits: str) -> int:
        # Twenty characters hold every 64-bit number; int() itself refuses thousands of digits, and slowly.
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
