"""The command line: turns what a person types into calls, and the results into something to read.

No SQL and no HTTP here. Each command imports what it needs when it runs, so `--help` starts fast.
"""

from tracker.processes.relaxed_gc import imports_kept

with imports_kept():  # typer is half of what a command loads
    from tracker.cli.main import main

__all__ = ["main"]
