"""Natural keys for reported results: words of the thing itself, never its place and never a value.

Position codes such as ``OG000`` shift when a group is put in front, so they identify nothing. A key that held a value
would turn every edit of that value into a removal and an addition.

A plain slug would make one key of ``PSA < 0.1`` and ``PSA >= 0.1``. So signs become words here. Long texts are cut and
end in a hash of the whole text. Half of all titles of measures are longer than a readable key.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from tracker.records.text import compared

__all__ = ["NO_TITLE", "by_key", "key", "put"]

T = TypeVar("T", bound=msgspec.Struct)
V = TypeVar("V")

NO_TITLE = "-"
"""The key of a class or category without a title."""
_LONGEST = 64
_CUT = 56
_HASH = 7
_SIGN = re.compile(
    r"<=|>=|\+/-|[<>=+%±≤≥]"
    r"|(?<!\w)[-−](?=\.?\d)"  # a minus before a number; a hyphen between words or digits is none
    r"|(?<=\w)[-−](?!\w)"  # a minus that closes a word: CD56-
    r"|\.(?=\d)"
)
_WORDS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "=": "eq", "+": "plus", "+/-": "pm"}
_WORDS |= {"±": "pm", "%": "pct", "-": "minus", "−": "minus"}
_NOT_WORD = re.compile(r"[^\w]+|_+")


@lru_cache(maxsize=16384)
def key(text: str) -> str:
    """Return the key of a text: lower-case words and hyphens, at most 64 characters. Depends on nothing else."""
    plain = compared(text).casefold()
    slug = _NOT_WORD.sub("-", _SIGN.sub(_spelled, plain)).strip("-")
    if slug and len(slug) <= _LONGEST:
        return slug
    if not plain:
        return NO_TITLE
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{slug[:_CUT].rstrip('-')}-{digest}".lstrip("-")


def _spelled(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == ".":
        return "pt"
    return f" {_WORDS[sign]} "


def by_key(items: Sequence[T], *levels: Callable[[T], str]) -> dict[str, T]:
    """Return the items by key, in their own order.

    `levels` give the natural key, then what tells namesakes apart. Items that are alike in all of that are numbered,
    in the order of their content.
    """
    keys = [key(levels[0](item)) for item in items]
    for level in levels[1:]:
        taken = Counter(keys)
        if len(taken) == len(keys):
            break
        keys = [
            f"{mine}~{key(extra)}" if taken[mine] > 1 and (extra := level(item)) else mine
            for mine, item in zip(keys, items, strict=True)
        ]
    if len(set(keys)) != len(keys):
        keys = _numbered(keys, items)
    return dict(zip(keys, items, strict=True))


def _numbered(keys: Sequence[str], items: Sequence[T]) -> list[str]:
    taken = Counter(keys)
    order = sorted(
        (at for at, mine in enumerate(keys) if taken[mine] > 1),
        key=lambda at: (keys[at], msgspec.json.encode(items[at], order="sorted")),
    )
    found = list(keys)
    used: set[str] = {mine for mine in keys if taken[mine] == 1}
    numbers: Counter[str] = Counter()  # counted on for each key, because thousands may share one
    for at in order:
        name = keys[at]
        while name in used:
            numbers[keys[at]] += 1
            name = f"{keys[at]}~{numbers[keys[at]] + 1}"
        found[at] = name
        used.add(name)
    return found


def put(place: dict[str, V], wanted: str, value: V) -> str:
    """Put a value under a key, and return the key. A further value for the same key gets a numbered one."""
    number, name = len(place), wanted  # no lower number can be needed often: each value takes one
    while name in place:
        number += 1
        name = f"{wanted}~{number}"
    place[name] = value
    return name
