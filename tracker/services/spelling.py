"""How a front end writes the names of what it takes: --as-of on the command line, as_of in an address."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Spelling", "as_option", "as_parameter"]

Spelling = Callable[[str], str]


def as_option(name: str) -> str:
    """`as_of` -> `--as-of`."""
    return f"--{name.replace('_', '-')}"


def as_parameter(name: str) -> str:
    """`as_of` -> `as_of`."""
    return name
