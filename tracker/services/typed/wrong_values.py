"""Sentences about a value that a form of pydantic refused, the same for the API and for assistants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tracker.changes.wording.nearest import did_you_mean

__all__ = ["WrongValue", "wrong_value"]

_SAID = {
    "missing": "{name} is missing; add it",
    "greater_than_equal": "{name} must be {ge:,} or more, not {input}",
    "less_than_equal": "{name} must be {le:,} or less, not {input}",
    "literal_error": "{name} is one of {expected}, not {input}",
    "int_type": "{name} must be a whole number, not {input}",
    "int_parsing": "{name} must be a whole number, not {input}",
    "int_parsing_size": "{name} must be a smaller number than {input}",
    "int_from_float": "{name} must be a whole number, not {input}",
    "bool_type": "{name} must be true or false, not {input}",
    "bool_parsing": "{name} must be true or false, not {input}",
    "string_type": "{name} must be a text, not {input}",
    "list_type": "{name} must be a list, not {input}",
    "string_pattern_mismatch": "{name} is `next` of a page, not {input}; begin with the first page",
    "string_too_long": "{name} may have at most {max_length:,} characters",
    "too_long": "{name} may come at most {max_length:,} times",
}
_LONGEST = 40


class WrongValue(NamedTuple):
    """What is wrong, in a sentence, and the name of the value."""

    sentence: str
    name: str


def wrong_value(error: Mapping[str, Any], name: str, known: Sequence[str], noun: str = "parameter") -> WrongValue:
    """Return what one error of pydantic's list means. `name`: of the value. `known`: the names that there are."""
    name = name[:_LONGEST]
    if error["type"] == "extra_forbidden":
        there = f"There are: {', '.join(known)}" if known else "This takes none"
        return WrongValue(f"There is no {noun} {name!r} here.{did_you_mean(name, known)} {there}", name)
    form = _SAID.get(error["type"])
    if form is None:
        return WrongValue(f"{name}: {error['msg'][:200]}", name)
    given = repr(str(error.get("input"))[:_LONGEST])
    return WrongValue(form.format(name=name, input=given, **error.get("ctx", {})), name)
