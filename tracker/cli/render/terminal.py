"""The terminal: its width, and colours if wanted. Imported only by code that prints tables."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["console", "hanging"]

_WIDTH_OF_A_PIPE = 140


def console() -> Console:
    """Return stdout. Markup and emoji codes in registry text have no effect. With NO_COLOR, no escapes are written."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_PIPE
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        markup=False, emoji=False, highlight=False, soft_wrap=False, width=width, color_system=None if plain else "auto"
    )


def hanging(out: Console, lead: Text | str, text: Text | str) -> None:
    """Print `text` after `lead`. Further lines are indented below the text, not below the lead."""
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(lead, text)
    out.print(grid)
