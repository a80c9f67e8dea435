"""Change one thing in the config file, and keep the comments, the order and the spaces of the rest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Array

from tracker.config.mistakes import KeyPath

__all__ = ["with_table", "with_value"]


def with_value(text: str, path: KeyPath, value: Any) -> str:
    """Return the file with the key at `path` set to `value`, or without that key if `value` is None.

    A table that is not there is written at the end. Raise LookupError if a list has no such place.
    """
    document = tomlkit.parse(text)
    first, *rest = path
    if len(path) == 2 and isinstance(first, str) and first not in document:
        if value is None:
            return text
        return _with_block(text, f"[{first}]", {str(path[-1]): value})
    holder: Any = document
    for part in [first, *rest][:-1]:
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
