"""config path: print where the config file is."""

from __future__ import annotations

import os
import sys

from tracker.cli.render.output import note
from tracker.config.read_settings import config_file

__all__ = ["command"]


def command() -> None:
    """Print the path of the config file, whether it exists or not.

    \b
    Example:  trialwatch config path
    """
    file = config_file(os.environ)
    sys.stdout.write(f"{file}\n")
    if not file.exists():
        note("It does not exist yet, and need not. To make it: trialwatch init, or trialwatch config edit")
