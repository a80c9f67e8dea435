"""The terminal: its width, and colours where they are wanted. Imported only by what prints tables."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["console", "hanging"]

_WIDTH_OF_A_PIPE = 140


def console() -> Console:
    """Stdout. Markup and emoji codes in registry text mean nothing. With NO_COLOR no escape sequence is written."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_PIPE
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        markup=False, emoji=False, highlight=False, soft_wrap=False, width=width, color_system=None if plain else "auto"
    )


def hanging(out: Console, lead: Text | str, text: Text | str) -> None:
    """Print `text` after `lead`; what does not fit goes on below itself, not below the lead."""
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(lead, text)
    out.print(grid)
