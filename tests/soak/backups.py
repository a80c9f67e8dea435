"""Goal G7: backups made while a store is written to, each restored and verified, and how long writers waited."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from storage.backup.backup import contents, write
from storage.backup.restore import Wanted, restore
from storage.canonical import digest
from storage.documents import documents
from storage.engine.database import Database
from storage.integrity.verify import verify
from tests.support.store.store_factories import NOW, add_version, small_store


@dataclass
class Backups:
    """`pauses`: milliseconds from the beginning of each write to its commit, while a backup was made."""

    good: int = 0
    wrong: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    store_bytes: int = 0

    def __str__(self) -> str:
        pauses = sorted(self.pauses)
        p99 = f"{pauses[int(len(pauses) * 0.99)]:.0f} ms" if pauses else "none"
        size = f"{self.store_bytes / 1e6:.0f} MB"
        return f"{self.good} good, {len(self.wrong)} wrong, of a store of {size}; writes during them: p99 {p99}"


class _Writer(threading.Thread):
    """Writes versions as fast as it can; what it has committed is counted."""

    def __init__(self, database: Database) -> None:
        super().__init__(daemon=True)
        self.database = database
        self.committed = 3
        self.timed: list[tuple[float, float]] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            began = time.monotonic()
            with self.database.write() as session:
                add_version(session, self.committed, head=self.committed, effective="2026-03-02")
            self.committed += 1
            self.timed.append((began, time.monotonic() - began))
            self.stopping.wait(0.005)


def backups(folder: Path, times: int, ballast: int = 0) -> Backups:
    """So many backups of one store under write, each restored. `ballast`: bytes of random documents."""
    folder.mkdir(parents=True, exist_ok=True)
    result = Backups()
    with closing(Database.open(f"sqlite:///{folder / 'store.db'}", NOW)) as database:
        with database.write() as session:
            small_store(session)
            for _ in range(ballast >> 20):
                body = secrets.token_bytes(1 << 20)
                documents.keep(session, [(digest(body), body)])
        assert database.path is not None
        result.store_bytes = database.path.stat().st_size + database.log_bytes
        writer = _Writer(database)
        writer.start()
        for number in range(times):
            _one(database, writer, folder, number, result)
        writer.stopping.set()
        writer.join()
    return result


def _one(database: Database, writer: _Writer, folder: Path, number: int, result: Backups) -> None:
    path = folder / f"{number}.backup"
    acknowledged, began = writer.committed, time.monotonic()
    write(database, path, force=False, unchecked=True, now=NOW)
    ended = time.monotonic()
    result.pauses += [took * 1000 for at, took in list(writer.timed) if began <= at <= ended]
    url = f"sqlite:///{folder / 'restored.db'}"
    restore(url, path, Wanted(replace=True), home=folder, now=NOW)
    with closing(Database.open(url)) as restored, restored.read() as session:
        held = contents(session).versions - 3  # of the other trial
        faults = len(list(verify(session)))
    if faults or held < acknowledged:
        result.wrong.append(f"backup {number}: {faults} faults, {held} of {acknowledged} versions")
    else:
        result.good += 1
    for used in folder.glob("*backup"):
        used.unlink()
    for used in folder.glob("restored.db.before*"):
        used.unlink()
