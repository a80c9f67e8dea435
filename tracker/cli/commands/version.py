"""version: show the version."""

from __future__ import annotations

import sys

from tracker import __version__

__all__ = ["command"]


def command() -> None:
    """Show the version of this program.

    \b
    Example:  trialwatch version
    """
    sys.stdout.write(f"trialwatch {__version__}\n")
