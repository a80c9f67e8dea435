"""A command as a process of its own that tells the most memory it had: `python -m bench.peak WORDS`.

The system's count of a child holds what it was forked from, so the process reads its own mark.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["MARK", "mark"]

MARK = re.compile(rb"peak (\d+) MB\s*\Z")
"""The last line of its standard error."""


def mark(process: str = "self") -> int:
    """The most megabytes a process ever had. 0 if it is not told."""
    try:
        status = Path("/proc", process, "status").read_text()
    except OSError:
        return 0
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) // 1024 if peak else 0


if __name__ == "__main__":
    from tracker.cli import main

    code = main(sys.argv[1:])
    print(f"peak {mark()} MB", file=sys.stderr)
    raise SystemExit(code)
