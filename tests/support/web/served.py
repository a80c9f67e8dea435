"""A server of pages in a process of its own, on a free port."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.daemon.daemon_process import wait_for
from tests.support.program.program import COMMAND, Program

__all__ = ["Served", "served"]

_OPEN = re.compile(r"Open (http://\S+/) in a browser")


@dataclass
class Served:
    """A running server. `client` asks it, without cookies of other tests and without a proxy."""

    process: subprocess.Popen[bytes]
    url: str
    client: httpx.Client
    log: Path

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port or 80

    def get(self, path: str, **options: object) -> httpx.Response:
        return self.client.get(path, **options)  # type: ignore[arg-type]

    def said(self) -> str:
        """Return what it has printed."""
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def served(program: Program, *words: str, environment: Mapping[str, str] = {}) -> Iterator[Served]:
    """Run `trialwatch serve` on a free port while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--port", "0", *words],
                env=program.environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        try:

            def address() -> str | None:
                said = log.read_text(errors="replace")
                assert process.poll() is None, said
                found = _OPEN.search(said)
                return found.group(1) if found else None

            url = wait_for(address, lambda: log.read_text(errors="replace"))
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                yield Served(process, url, client, log)
        finally:
            process.kill()
            process.wait()
