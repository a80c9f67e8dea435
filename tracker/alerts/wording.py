"""Days, instants and values of changes as mails and notes write them. Pure."""

from __future__ import annotations

import re
from typing import Any

import orjson

from tracker.changes.words import parted, phase_words, shortened, status_words
from tracker.records.clean import clean

__all__ = ["day_words", "is_detail", "label_words", "minute_words", "one_line", "values_apart"]

_MONTHS = "January February March April May June July August September October November December".split()
_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d\d))?")
_CODE = re.compile(r"[A-Z][A-Z_]+")
_NOTHING = "—"
_PARTS = "results.summary.modules."
_KEYED = {"sites": 0, "arms": 0, "interventions": 0, "references": 0, "identifiers": 0, "outcomes": 1}
"""Families of things with keys: how many names stand between the family's and the key."""
_CALLED = ("facility", "city", "state", "zip", "country", "measure", "time_frame", "label", "name", "title", "citation")
_HUMP = re.compile(r"(?=[A-Z])")


def one_line(text: str, length: int = 400) -> str:
    """Harmless, without line feeds, and not longer than that."""
    return shortened(clean(" ".join(str(text).split())), length)


def day_words(date: str | None) -> str:
    """`2026-04-30` -> `30 April 2026`, `2026-04` -> `April 2026`; what is no date stays."""
    found = _DAY.fullmatch(date or "")
    if found is None:
        return one_line(date or "", 40)
    year, month, day = found.groups()
    return f"{f'{int(day)} ' if day else ''}{_MONTHS[int(month) - 1]} {year}"


def minute_words(instant: str) -> str:
    """`2026-04-30T07:05:00Z` -> `30 April 2026, 07:05 UTC`."""
    return f"{day_words(instant[:10])}, {instant[11:16]} UTC"


def is_detail(field: str) -> bool:
    """Whether a field only goes with another one: the type of a date, a part of the results kept as a hash."""
    return field.endswith(".type") or field.startswith(_PARTS)


def label_words(field: str, label: str) -> str:
    """A field's label, with what it is a field of, where there may be several: `Site status: a hospital in a town`."""
    if field.startswith(_PARTS):
        name = _HUMP.sub(" ", field.removeprefix(_PARTS).removesuffix("Module")).lower()
    else:
        family, *rest = field.split(".")
        key = rest[_KEYED[family]] if len(rest) > _KEYED.get(family, len(rest)) + 1 else ""
        name = key.partition("~")[0].replace("-", " ")
    return one_line(f"{label}: {name}" if name else label, 80)


def values_apart(field: str, before: Any, after: Any, room: int) -> tuple[str, str]:
    """Two values in words, each at most `room` characters; long ones from shortly before where they part."""
    if field.startswith(_PARTS):
        return _part(before, "as posted"), _part(after, "posted" if before is None else "other content")
    return parted(_words(field, before), _words(field, after), room)


def _part(value: Any, said: str) -> str:
    return _NOTHING if value is None else said


def _rounds(value: list[Any]) -> str:
    """Rounds of a submission: `submitted 2026-11-17, returned 2026-12-14; submitted 2027-01-08`."""
    rounds = [
        ", ".join(f"{step} {it[step]}" for step in ("submitted", "returned", "cancelled") if it.get(step))
        for it in value
        if isinstance(it, dict)
    ]
    return _line("; ".join(it or "a round without dates" for it in rounds))


def _thing(value: dict[str, Any]) -> str:
    """One of several things, in words: what it is called first, then the rest of its texts."""
    names = [*(name for name in _CALLED if name in value), *(name for name in value if name not in _CALLED)]
    texts = [(name, value[name]) for name in names if isinstance(value[name], str) and value[name]]
    codes = {name: f"({_code(name, text)})" for name, text in texts if name in ("status", "type")}
    return _line(
        ", ".join(text for name, text in texts if name not in codes) + "".join(f" {it}" for it in codes.values())
    )


def _code(last: str, value: str) -> str:
    if not _CODE.fullmatch(value):
        return value
    return status_words(value) if last == "status" else value.replace("_", " ").capitalize()


def _words(field: str, value: Any) -> str:
    last = field.rpartition(".")[2]
    if field == "results.submissions" and isinstance(value, list) and value:
        return _rounds(value)
    if value is None or value == "" or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(it, str) for it in value):
        return _line(phase_words(value) if field == "phases" else ", ".join(value))
    if isinstance(value, str) and last in ("status", "type"):
        return _line(_code(last, value))
    if isinstance(value, dict) and (said := _thing(value)):
        return said
    return _line(value if isinstance(value, str) else orjson.dumps(value).decode())


def _line(text: str) -> str:
    return clean(" ".join(text.split()))
