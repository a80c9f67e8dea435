"""Start `child` and kill it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.paths import ROOT


@contextmanager
def child(url: str, what: str, lines: int = 1, extra: str = "") -> Iterator[subprocess.Popen[str]]:
    """Yield a process that has printed so many lines. Kill it (SIGKILL) at the end of the block if still alive."""
    command = [sys.executable, "-m", "tests.support.store.crashing_child", url, what, extra]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = [process.stdout.readline() for _ in range(lines)]
            assert all(said), f"{what} ended by itself"
            yield process
        finally:
            process.kill()
