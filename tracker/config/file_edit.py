"""Change one thing in the config file, and keep the comments, the order and the spaces of the rest. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from itertools import takewhile
from typing import Any

import tomlkit
from tomlkit.items import Array

from tracker.config.mistakes import KeyPath
from tracker.config.toml_lines import is_header, line_of

__all__ = ["with_table", "with_value"]


def with_value(text: str, path: KeyPath, value: Any) -> str:
    """Return the file with the key at `path` set to `value`, or without that key if `value` is None.

    A table that is not there is written at the end. Raise LookupError if a list has no such place.
    """
    first = path[0]
    if len(path) == 2 and isinstance(first, str) and first not in tomlkit.parse(text):
        if value is None:
            return text
        return _with_block(text, f"[{first}]", {str(path[-1]): value})
    whole = _edited(text, path, value)
    with suppress(ValueError, LookupError, TypeError):  # a line inside a text may look like the head of a table
        apart = _edited_apart(text, path, value)
        if tomllib.loads(apart) == tomllib.loads(whole):
            return apart
    return whole


def _edited_apart(text: str, path: KeyPath, value: Any) -> str:
    """Return the file with one table edited by itself.

    In a whole file, tomlkit moves each `[[channel]]` to the first one, and leaves the comment above it behind.
    """
    head = line_of(text, path[:-1]) if len(path) > 1 else 0
    if head is None:
        raise LookupError(path)
    lines = text.split("\n")
    end = head + len(list(takewhile(lambda line: not is_header(line), lines[head:])))
    while end > head and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1  # what stands above the next table belongs to that one
    begin = max(head - 1, 0)
    table = "".join(f"{line}\n" for line in lines[begin:end])
    edited = _edited(table, tuple(0 if isinstance(part, int) else part for part in path), value)
    return "\n".join([*lines[:begin], edited.removesuffix("\n"), *lines[end:]])


def _edited(text: str, path: KeyPath, value: Any) -> str:
    document = tomlkit.parse(text)
    holder: Any = document
    for part in path[:-1]:
        holder = holder[part]
    if value is None:
        holder.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(there := holder.get(path[-1]), Array):
        _fit(there, value)
    else:
        holder[path[-1]] = value
    return tomlkit.dumps(document)


def _fit(array: Array, value: list[Any]) -> None:
    """Change a list in place. A new one would lose the comments beside its entries."""
    for at in reversed(range(len(array))):
        if array[at] not in value:
            del array[at]
    for at, entry in enumerate(value):
        if at == len(array):
            array.append(entry)
        elif array[at] != entry:
            array.insert(at, entry)
    while len(array) > len(value):
        del array[-1]


def with_table(text: str, name: str, values: Mapping[str, Any]) -> str:
    """Return the file with one more table `[[name]]` at its end."""
    return _with_block(text, f"[[{name}]]", values)


def _with_block(text: str, head: str, values: Mapping[str, Any]) -> str:
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return f"{before}{head}\n{tomlkit.dumps(values)}"
