"""Peak memory of a process that polls many records over HTTP: once for the first time, once with nothing changed.

A first look has two helper processes. The larger of the two is given by itself.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peak import mark
from bench.polls import over_http, watch_all
from bench.registry import serving
from bench.table import Line
from tracker.polling.poll import poll

__all__ = ["peak_megabytes", "run"]

COPIES = (20_000, 120_000)
MOST = 300
"""Megabytes, whatever the number of records."""


def run() -> list[Line]:
    lines = []
    for copies in COPIES:
        with TemporaryDirectory() as folder, serving(copies) as url:
            for day, what in ((1, "first look"), (2, "unchanged")):
                command = [sys.executable, "-m", "bench.memory", folder, url, str(day), str(copies)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                peak, helper = map(int, done.stdout.split())
                what = f"peak memory, {what}, {copies:,} records"
                beside = f"and {helper} MB for each of two helpers" if helper else ""
                lines.append(Line(what, f"{peak} MB", beside, f"<= {MOST} MB", peak <= MOST))
    return lines


def _probe(home: Path, url: str, day: int, copies: int) -> None:
    if day == 1:
        watch_all(home, [f"NCT{number:08d}" for number in range(1, copies + 1)])
    largest = 0

    def note_helpers(*_: object) -> None:
        nonlocal largest
        largest = max([largest, *map(mark, _children())])

    with over_http(url)(home, day) as context:
        report = poll(context, progress=note_helpers)
    assert report.outcome == "complete" and report.checked == copies, report.outcome
    print(peak_megabytes(), largest)


def peak_megabytes() -> int:
    """Of this process alone: Linux counts what it was forked from into `ru_maxrss`, so there its own mark is read."""
    return mark() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def _children() -> list[str]:
    """The processes that this one has started, by any of its threads, where the system tells."""
    return [pid for told in Path("/proc/self/task").glob("*/children") for pid in told.read_text().split()]


if __name__ == "__main__":
    _probe(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
