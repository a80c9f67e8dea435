"""The terminal: its width, and colours if wanted. Imported only by code that prints tables."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

__all__ = ["console", "hanging", "width"]

_WIDTH_OF_A_PIPE = 140
_WIDTH_OF_A_TERMINAL = 80
"""If the terminal does not say how wide it is."""
_NARROWEST, _WIDEST = 30, 10_000
"""A narrower terminal wraps the lines itself."""
_NARROWEST_TEXT = 10


def width() -> int:
    """Return how many columns to print: COLUMNS, if it is a number above 0, else those of the terminal."""
    given = os.environ.get("COLUMNS", "")
    wanted = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
    return min(max(wanted or _measured(), _NARROWEST), _WIDEST)


def _measured() -> int:
    if not sys.stdout.isatty():
        return _WIDTH_OF_A_PIPE
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH_OF_A_TERMINAL
    except (OSError, ValueError):
        return _WIDTH_OF_A_TERMINAL


def console() -> Console:
    """Return stdout. Markup and emoji codes in registry text have no effect. With NO_COLOR, no escapes are written."""
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        width=width(),
        color_system=None if plain else "auto",
    )


def hanging(out: Console, lead: Text | str, text: Text | str) -> None:
    """Print `text` after `lead`. Further lines are indented below the text, not below the lead."""
    first = Text(lead) if isinstance(lead, str) else lead
    whole = Text(text) if isinstance(text, str) else text
    below = Text(" " * first.cell_len)
    lines = whole.wrap(out, max(_NARROWEST_TEXT, out.width - first.cell_len), overflow="fold") or [Text()]
    for number, line in enumerate(lines):
        line.rstrip()
        out.print(Text.assemble(below if number else first, line))
