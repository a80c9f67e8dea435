"""A home with a daemon in it: real processes, a clock in a file, a registry on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Self

from storage.engine.database import Database
from storage.integrity.verify import verify
from storage.versions import history
from storage.versions.history import ChangeFilter
from tests.support.program.program import COMMAND, START, Program
from tests.support.registry.embedded_registry import RegistryServer

PATIENCE = 120.0
"""Real seconds until a test gives up. No test result depends on how long something took."""
Entry = dict[str, Any]


def wait_for(what: Callable[[], Any], why: Callable[[], object] = lambda: "", patience: float = PATIENCE) -> Any:
    """Return the first true answer of `what`."""
    pause = Event()
    for _ in range(int(patience / 0.05)):
        if found := what():
            return found
        pause.wait(0.05)
    raise AssertionError(f"waited in vain: {why()}")


class Running:
    """One process of the test, with its log in a file."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path, **options: Any) -> None:
        self.log = log
        with log.open("wb") as stream:
            streams = {"stdout": subprocess.DEVNULL, "stderr": stream, **options}
            self.process = subprocess.Popen(command, env=environment, **streams)
        self.heard = 0

    def said(self) -> list[Entry]:
        """Return its log lines so far."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def hears(self, event: str, **facts: Any) -> Entry:
        """Wait for the next unread log line with this event, and return it."""

        def find() -> Entry | None:
            for number, entry in enumerate(self.said()):
                if number >= self.heard and entry.items() >= {"event": event, **facts}.items():
                    self.heard = number + 1
                    return entry
            assert self.process.poll() is None, self.log.read_text()
            return None

        found: Entry = wait_for(find, self.log.read_text)
        return found

    def polls(self) -> list[str]:
        """Return the outcomes of its polls so far."""
        return [entry["outcome"] for entry in self.said() if entry["event"] == "poll"]

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def ends(self, number: int | None = None) -> int:
        """Return its exit code. `number` is the signal that is to end it."""
        if number is not None:
            self.send(number)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


class DaemonProcess(Program):
    """See the module. All processes started here end with it."""

    registry: RegistryServer

    def __init__(self, home: Path, registry: RegistryServer) -> None:
        super().__init__(home, registry)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def settled(self) -> Self:
        """Watch everything the registry has, and poll for the first time."""
        self.run("watch", *self.registry.studies)
        return self

    @property
    def store(self) -> Path:
        return self.home / "trialwatch.db"

    def now(self) -> datetime:
        return datetime.fromisoformat(self.clock.read_text())

    def move_to(self, instant: datetime) -> None:
        """Move the clock. Its file is never seen half written."""
        fresh = self.clock.with_suffix(".fresh")
        fresh.write_text(instant.isoformat())
        fresh.replace(self.clock)

    def publish(self, day: str) -> None:
        """Publish the registry's data set of that day."""
        self.registry.data_timestamp = f"{day}T09:00:05"
        for record in self.registry.studies.values():
            record["derivedSection"]["miscInfoModule"]["versionHolder"] = day

    def next_day(self) -> None:
        """Go three days on: the Monday after `START`, with its data set published and one trial completed."""
        self.complete(next(iter(self.registry.studies)))
        self.publish("2026-08-17")
        self.move_to(START + timedelta(days=3))

    def complete(self, trial: str) -> None:
        self.registry.studies[trial]["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"

    def begin(
        self, *words: str, extra: dict[str, str] | None = None, prefix: Sequence[str] = (), **options: Any
    ) -> Running:
        """Start a command and leave it running until this home closes."""
        number = len(list(self.home.parent.glob("log.*")))
        command = [*prefix, *COMMAND, *words]
        log = self.home.parent / f"log.{number}"
        running = Running(command, {**self.environment(), **(extra or {})}, log, **options)
        return self._running.enter_context(running)

    def daemon(self, *words: str, pipe: int | None = None, **options: Any) -> Running:
        """Start a daemon and wait until it is ready. With `pipe`, its log goes there instead of to a file."""
        running = self.begin("daemon", *words, **options, **({"stderr": pipe} if pipe is not None else {}))
        if pipe is None:
            running.hears("daemon started")
        else:
            wait_for(lambda: self.json("status", expect=None)["status"]["daemon"])
        return running

    def changes(self) -> list[tuple[str, str]]:
        """Return what has happened so far, without first polls and purely administrative changes."""
        with self.opened() as database, database.read() as session:
            found = [event for event, _ in history.changes(session, ChangeFilter())]
        return [(it.trial, it.kind) for it in found if it.severity != "admin" and it.kind != "trial.first_seen"]

    def is_whole(self) -> bool:
        with self.opened() as database, database.read() as session:
            return list(verify(session)) == []

    def opened(self) -> Any:
        return _opened(f"sqlite:///{self.store}")


class _opened:
    """A short read of a store."""

    def __init__(self, url: str) -> None:
        self.database = Database.open(url)

    def __enter__(self) -> Database:
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()
