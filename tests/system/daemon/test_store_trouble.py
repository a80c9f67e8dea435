"""What the machine can do to a store under a running daemon, and to one that wants to start."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage.engine.sqlite_driver import sqlite3
from tests.support.daemon.daemon_process import DaemonProcess, Running, wait_for
from tests.support.harness import ONE, record
from tests.support.program.program import START
from tracker.services.diagnostics.health import LARGE_LOG_BYTES

SIX = "NCT00000006"
MONDAY = [(ONE, "status.changed")]


def failed(running: Running) -> bool:
    return any(entry["event"] == "job failed" for entry in running.said())


def handles(running: Running) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


def allow_handles(running: Running, soft: int) -> None:
    _, hard = resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.fault("F09")
def test_without_a_free_handle_it_says_so_once_does_not_spin_and_recovers(site: DaemonProcess) -> None:
    daemon = site.daemon()
    site.run("poll")
    allow_handles(daemon, handles(daemon) + 1)
    site.next_day()
    # The clock of the tests is a file too, and may be the first that cannot be opened.
    wait_for(
        lambda: "failed" in daemon.polls() or failed(daemon) or "Too many open files" in daemon.log.read_text(),
        daemon.log.read_text,
    )
    allow_handles(daemon, 256)
    for minutes in (40, 80):
        site.move_to(START + timedelta(days=3, minutes=minutes))
    wait_for(lambda: site.changes() == MONDAY, daemon.log.read_text)
    assert len([it for it in daemon.said() if it["level"] == "error"]) <= 2


@pytest.mark.fault("F10")
def test_a_lock_that_another_keeps_delays_and_loses_nothing(site: DaemonProcess) -> None:
    daemon = site.daemon()
    with closing(sqlite3.connect(site.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        site.next_day()
        assert "locked" in daemon.hears("job failed")["error"]
        other.execute("ROLLBACK")
    site.move_to(START + timedelta(days=3, minutes=5))
    assert daemon.hears("poll")["changed"] == 1
    assert site.changes() == MONDAY and site.is_whole()


@pytest.mark.fault("F11")
def test_a_reader_without_end_is_seen_in_the_size_of_the_log(site: DaemonProcess) -> None:
    quiet = site.json("status")["status"]
    with closing(sqlite3.connect(site.store, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM trial").fetchone()
        with closing(sqlite3.connect(site.store, isolation_level=None)) as writer:
            writer.execute("CREATE TABLE ballast (body BLOB)")
            writer.execute("INSERT INTO ballast VALUES (zeroblob(?))", (LARGE_LOG_BYTES + 4096,))
            found = site.json("status")["status"]
            assert found["wal_bytes"] > LARGE_LOG_BYTES
            assert any("write-ahead log has grown to 32 MiB" in warning for warning in found["warnings"])
    assert site.json("status")["status"]["wal_bytes"] == quiet["wal_bytes"] == 0


def _bad_header(store: Path) -> None:
    with store.open("r+b") as file:
        file.write(b"not a database at all")


def _zeroed_pages(store: Path) -> None:
    with store.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(bytes(12 * 4096))


def _truncated(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 8192 * 4096)


def _emptied(store: Path) -> None:
    os.truncate(store, 0)


def _foreign_log(store: Path) -> None:
    """The write-ahead log of another database, left beside ours."""
    other = store.with_name("other.db")
    with closing(sqlite3.connect(other, isolation_level=None)) as foreign:
        foreign.execute("PRAGMA journal_mode=WAL")
        foreign.execute("CREATE TABLE foreigner (body TEXT)")
        foreign.execute("INSERT INTO foreigner VALUES ('x')")
        shutil.copy(f"{other}-wal", f"{store}-wal")


DAMAGE = {found.__name__: found for found in (_bad_header, _zeroed_pages, _truncated, _emptied, _foreign_log)}


@pytest.mark.fault("F12")
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_store_is_refused_with_a_next_step_and_never_begun_anew(
    site: DaemonProcess, damage: Callable[[Path], None]
) -> None:
    damage(site.store)
    for _ in range(2):
        refused = site.begin("daemon")
        assert refused.ends() == 1
        said = refused.log.read_text()
        assert f"{site.store}" in said and "Put a backup in its place" in said


@pytest.mark.fault("F28")
def test_a_record_too_large_for_the_memory_there_is_may_end_the_daemon_and_harms_nothing(
    site: DaemonProcess,
) -> None:
    """The JSON parser does not survive a failed allocation: then the service manager starts the daemon anew."""
    daemon = site.daemon()
    site.run("poll")
    size = int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    huge = record(SIX)
    huge["protocolSection"]["descriptionModule"] = {"detailedDescription": "x" * 40_000_000}
    site.registry.studies[SIX] = huge
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_AS)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, (size + 60 * 2**20, hard))
    site.next_day()
    wait_for(
        lambda: daemon.process.poll() is not None or len(daemon.polls()) > 1 or failed(daemon), daemon.log.read_text
    )
    assert site.is_whole() and site.changes() == []
    daemon.ends(signal.SIGKILL)
    site.registry.studies[SIX] = record(SIX)
    assert site.daemon().hears("poll")["changed"] == 1
    assert site.changes() == MONDAY and site.is_whole()
