"""How many values a JSON text holds, counted over its bytes before one of them becomes an object. Pure.

A byte cap bounds little: ``{},`` again and again is three bytes in a text and a hundred in memory, and 60 MB of it
come as 60 kB over the wire. What memory and time a text takes depends on how many values are in it. Each value but the
first of a list or object stands behind a comma, each list and object begins with its bracket, and each value of an
object stands behind a colon. So brackets, commas and colons outside of strings are what is counted and called values
here; of real records, a record has as many as it has values, within one in a hundred.

Counting reads the bytes alone: at most 0.1 seconds a megabyte, and 20 MB of memory whatever the text holds.
"""

from __future__ import annotations

__all__ = ["MOST_ITEMS", "MOST_ON_A_PAGE", "MOST_RECORDS", "MOST_VALUES", "crowded", "holds_more", "too_many"]

MOST_VALUES = 1_000_000
"""Values of one record, or of one answer that is no page. The largest of 1,434 real records has 123,837."""
MOST_ON_A_PAGE = 2_000_000
"""Values of a page of records. The 200 largest of these together have 1,074,173; a page beyond it is asked for in
halves."""
MOST_RECORDS = 1_000
"""Records of a page: the registry sends no more, and we ask for 200."""
MOST_ITEMS = 50_000
"""Items of one list, or keys of one object, in a record. The longest list of these records has 1,688."""

_MARKS = (b",", b":", b"{", b"[")
_SLICE = 1 << 18


def holds_more(data: bytes, most: int) -> bool:
    """Whether a JSON text holds more than `most` values. What is no JSON is counted up to where it stops being so."""
    # Marks inside of strings count here: hardly any honest text gets beyond the bound by them.
    if sum(map(data.count, _MARKS)) <= most:
        return False
    found = 0
    at, in_string = 0, False
    while at < len(data) and found <= most:
        end = _end_of_slice(data, at)
        # Without its escapes, every quotation mark of a slice begins or ends a string.
        parts = data[at:end].replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b" ".join(parts[in_string::2])
        found += sum(map(outside.count, _MARKS))
        in_string ^= len(parts) % 2 == 0
        at = end
    return found > most


def _end_of_slice(data: bytes, at: int) -> int:
    """Where the slice that begins at `at` ends: never inside of an escape."""
    end = min(at + _SLICE, len(data))
    while end < len(data) and data[end - 1 : end] == b"\\":
        end += 1
    return end


def crowded(value: object) -> str:
    """Why a decoded record holds too much, "" when it does not. Without recursion."""
    values, waiting = 0, [value]
    while waiting:
        here = waiting.pop()
        values += 1
        if isinstance(here, (dict, list)):
            if len(here) > MOST_ITEMS:
                where = "keys in one object" if isinstance(here, dict) else "items in one list"
                return f"more than {MOST_ITEMS:,} {where}"
            waiting.extend(here.values() if isinstance(here, dict) else here)
    return too_many(MOST_VALUES) if values > MOST_VALUES else ""


def too_many(most: int) -> str:
    """The reason, as a clause."""
    return f"more than {most:,} values"
