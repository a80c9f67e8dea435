"""The command line: what a person types, turned into calls, and what comes back, turned into something to read.

No SQL and no HTTP here. Each command imports what it needs when it runs, so that `--help` costs next to nothing.
"""

from tracker.cli.main import main

__all__ = ["main"]
