"""Servers of a store in processes of their own: ours, and Datasette over the same file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import httpx

from tests.support.channels.smtp_sink import free_port

__all__ = ["Server", "datasette", "ours", "worked_by"]

_URL = re.compile(r"http://[0-9.:]+")


class Server(NamedTuple):
    """A running server. `began`: when its process was started, by the clock that only grows."""

    pid: int
    client: httpx.Client
    began: float

    def memory(self) -> int:
        """Resident bytes now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def worked(self) -> float:
        """Seconds of the processor since it was started."""
        return worked_by(self.pid)


def worked_by(pid: int) -> float:
    """Seconds of the processor that all threads of a process took. To the nanosecond, unlike its `stat`."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(it.read_text().split()[0]) for it in tasks) / 1e9


@contextmanager
def ours(home: Path, clock: Path) -> Iterator[Server]:
    """`trialwatch serve` on the store of a home. `clock`: a file with the time of the store."""
    environment = {**os.environ, "TRIALWATCH_HOME": str(home), "TRIALWATCH_TEST_CLOCK": str(clock)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with _running([sys.executable, "-m", "tracker", "serve", "--port", "0"], environment) as found:
        yield found


@contextmanager
def datasette(store: Path) -> Iterator[Server | None]:
    """Datasette on the same file. None where it is not installed: BENCH_DATASETTE names its program."""
    program = shutil.which(os.environ.get("BENCH_DATASETTE", "datasette"))
    if program is None:
        yield None
        return
    words = [program, str(store), "--port", str(free_port()), "--setting", "sql_time_limit_ms", "20000"]
    with _running(words, dict(os.environ)) as found:
        yield found


@contextmanager
def _running(words: Sequence[str], environment: dict[str, str]) -> Iterator[Server]:
    began = perf_counter()
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        try:
            url = next(found.group() for line in process.stderr if (found := _URL.search(line)))
            with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
                yield Server(process.pid, client, began)
        finally:
            process.kill()
