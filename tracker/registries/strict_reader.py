"""Read one JSON text from left to right with the standard decoder, and note what it would accept and we do not. Pure.

The decoder lets the last of repeated keys win, accepts NaN, and turns numbers that are too large into floats. Hooks
record each of these while it decodes, at little cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tracker.records.json_objects import RawRecord
from tracker.registries.value_count import MOST_VALUES, crowded, holds_more, too_many

__all__ = ["BadJson", "Reader", "TooManyValues"]

_SPACE = re.compile(r"[ \t\n\r]*")
_HIGHEST = 2**63 - 1
_WINDOW = 1 << 12
"""Characters read at first for a value. Most values of a list of millions of small ones fit in."""
_INFINITE = (float("inf"), float("-inf"))


class BadJson(ValueError):
    """These bytes are not JSON that we accept. The text is the reason, in a few words, without their content."""


class TooManyValues(BadJson):
    """These bytes hold more values than we decode."""


def _text(data: bytes) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"not UTF-8 at byte {error.start}") from error


class Reader:
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

    def value_and_body(self) -> tuple[Any, str, bytes]:
        """As `value`, with the exact bytes of the value."""
        start = self._skip()
        value, problem = self.value()
        return value, problem, self._text[start : self._at].encode()

    def elements(self) -> Iterator[None]:
        """Step through the list here. The caller reads the element before it asks for the next one."""
        self._take("[")
        if self._passed("]"):
            return
        while True:
            yield
            if not self._passed(","):
                break
        self._take("]")

    def begins(self, mark: str) -> bool:
        return self._text.startswith(mark, self._skip())

    def values(self) -> Iterator[tuple[Any, str]]:
        """Yield the values of the list here. Each is read on demand."""
        for _ in self.elements():
            value, problem = self.bounded_value()
            yield value, problem or crowded(value)

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
