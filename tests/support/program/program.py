"""The real program, run as a person or a script runs it: a process with arguments, an environment and two streams.

`run` forks it from a process that has already imported it (see `fork_server`). `start` and `terminal` start a new one.
"""

from __future__ import annotations

import atexit
import csv
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.registry.embedded_registry import RegistryServer, Study, study
from tracker.api.schema.shapes import shape_errors

COMMAND = (sys.executable, "-m", "tracker")
NOBODY = "http://127.0.0.1:9"
"""An address where no server listens."""
WARNING = "Warning: the time comes from the test clock"
START = datetime(2026, 8, 14, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Return the elements of jsonl."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def cells(self) -> list[dict[str, str]]:
        """Return the rows of csv."""
        return list(csv.DictReader(io.StringIO(self.out)))


class Program:
    """The program in one home. `clock` is a file: time stands still until `day` moves it.

    `fork_server` is the module of the process that commands are forked from, and its arguments.
    """

    fork_server = "tests.support.program.fork_server"

    def __init__(self, home: Path, registry: RegistryServer | None = None) -> None:
        self.home = home
        self.registry = registry
        self.clock = home.with_name(f"{home.name}.clock")
        self.clock.write_text(START.isoformat())

    def environment(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        own = {
            "TRIALWATCH_HOME": str(self.home),
            "TRIALWATCH_CTGOV_URL": self.registry.url if self.registry else NOBODY,
            "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
            "TRIALWATCH_TEST_CLOCK": str(self.clock),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }
        return {name: value for name, value in {**own, **extra}.items() if value}

    def run(self, *words: str | Path, expect: int | None = 0, **extra: str) -> Run:
        """Run one command. `expect` is its exit code, None for any. `extra` is environment, "" removes a variable."""
        out, err = (self.home.with_name(f"{self.home.name}.{name}") for name in ("out", "err"))
        job = {"words": [str(word) for word in words], "env": self.environment(extra), "out": str(out), "err": str(err)}
        code = _told(job, self.fork_server)
        talk = err.read_text().splitlines(keepends=True)
        run = Run(code, out.read_text(), "".join(line for line in talk if not line.startswith(WARNING)))
        assert "Traceback" not in run.err, run.err
        assert expect in (None, run.code), run
        _has_its_shape([str(word) for word in words], run)
        return run

    def json(self, *words: str | Path, expect: int | None = 0) -> Any:
        """Return what the command answers with -o json."""
        return self.run(*words, "-o", "json", expect=expect).json

    def error(self, *words: str | Path, code: int, **extra: str) -> tuple[str, dict[str, str]]:
        """Run a command that fails, as text and as JSON: one sentence on stderr, the same in an object on stdout."""
        text = self.run(*words, expect=code, **extra)
        assert text.out == ""
        assert text.err.count("\n") == 1 and text.err.rstrip().endswith((".", "?", "--help")), text.err
        told = self.run(*words, "-o", "json", expect=code, **extra)
        assert told.err == ""
        assert told.json.keys() == {"error"} and told.json["error"].keys() == {"kind", "message", "subject"}
        assert told.json["error"]["message"] == text.err.rstrip()
        return text.err, told.json["error"]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command and do not wait for it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*COMMAND, *words], env=self.environment(), stdout=pipe, stderr=pipe, preexec_fn=_obey_interrupts
        )

    def terminal(self, *words: str, width: int = 100, **extra: str) -> str:
        """Return what a person sees in a terminal: both streams, with line ends as the terminal makes them."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        # A pager would wait for a key.
        environment = self.environment({"TERM": "xterm-256color", "TRIALWATCH_PAGER": "cat", **extra})
        with subprocess.Popen([*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
            os.close(theirs)
            seen = _all_of(ours)
        return seen.decode().replace("\r\n", "\n")

    def day(self, days: int = 1) -> None:
        """Move the clock on, and publish the registry's next data set."""
        now = datetime.fromisoformat(self.clock.read_text()) + timedelta(days=days)
        # In one step: a running program may look at any moment.
        beside = self.clock.with_suffix(".next")
        beside.write_text(now.isoformat())
        beside.replace(self.clock)
        if self.registry is not None:
            self.registry.data_timestamp = f"{now.date()}T09:00:05"
            for record in self.registry.studies.values():
                record["derivedSection"]["miscInfoModule"]["versionHolder"] = now.date().isoformat()


def _obey_interrupts() -> None:
    # A shell starts what runs in the background with SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _has_its_shape(words: Sequence[str], run: Run) -> None:
    """Check that output of `-o json` has the shape of the outside contract, key by key."""
    if ("-o", "json") not in pairwise(words) or not run.out or "--raw" in words:
        return
    command = " ".join(words[:2]) if words[0] in ("alerts", "config", "tokens") else words[0]
    assert shape_errors(command, json.loads(run.out)) == [], run


@cache
def fork_server(module: str = Program.fork_server) -> subprocess.Popen[str]:
    """Return the process that commands are forked from."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "LANG": "C.UTF-8"}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    words = (sys.executable, "-m", *module.split())
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=10)


def _told(job: Mapping[str, Any], module: str) -> int:
    """Return the exit code of a command run by the fork server."""
    mounts = f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/mnt"
    process = fork_server(module)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps({**job, "mounts": mounts}) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def _all_of(terminal: int) -> bytes:
    seen = b""
    with suppress(OSError):  # Linux reports it when the other end is closed
        while piece := os.read(terminal, 65536):
            seen += piece
    os.close(terminal)
    return seen


def record(trial: str) -> Study:
    """Return a small record with everything that a registry always gives."""
    made = study(trial)
    made["protocolSection"]["designModule"] = {"studyType": "INTERVENTIONAL"}
    made["protocolSection"]["sponsorCollaboratorsModule"] = {"leadSponsor": {"name": "A sponsor", "class": "OTHER"}}
    return made


def status_of(record: Study) -> dict[str, Any]:
    """Return a record's status module, to be changed in place."""
    found: dict[str, Any] = record["protocolSection"]["statusModule"]
    return found


def update(record: Study, day: str, **status: Any) -> None:
    """Submit a new version of a record, posted on the same day."""
    moved = {"lastUpdateSubmitDate": day, "lastUpdatePostDateStruct": {"date": day, "type": "ACTUAL"}}
    status_of(record).update(moved, **status)


def keys(rows: Sequence[Mapping[str, Any]]) -> set[frozenset[str]]:
    """Return the different sets of keys among rows: one, if all have the same shape."""
    return {frozenset(row) for row in rows}
