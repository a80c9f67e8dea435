"""A store that is taken away from under a running daemon, or swapped for another: it notices, says so, and ends."""

from __future__ import annotations

import shutil
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.engine.database import Database
from storage.errors import Replaced, Unavailable
from storage.watching import watches
from tests.support.daemon.daemon_process import DaemonProcess, Running, wait_for
from tests.support.harness import ONE, TWO

pytestmark = pytest.mark.fault("R-G10")
MONDAY = [(ONE, "status.changed")]


def _moved_over(store: Path) -> None:
    """As `mv` of a copy does."""
    shutil.copy(store, store.with_name("copy.db")).replace(store)


def _removed(store: Path) -> None:
    for path in store.parent.glob(f"{store.name}*"):
        if not path.name.endswith(".lock"):
            path.unlink()


def _moved_away(store: Path) -> None:
    store.rename(store.with_name("elsewhere.db"))


def _folder_swapped(store: Path) -> None:
    """The whole home is another one, as after a mount."""
    home = store.parent
    shutil.copytree(home, home.with_name("other"))
    home.rename(home.with_name("old"))
    home.with_name("other").rename(home)


WAYS = {way.__name__.strip("_"): way for way in (_moved_over, _removed, _moved_away, _folder_swapped)}
GONE = ("removed", "moved_away")


@pytest.mark.parametrize("way", WAYS)
def test_a_daemon_whose_store_is_swapped_ends_with_a_sentence(site: DaemonProcess, way: str) -> None:
    daemon = site.daemon()
    site.run("poll")
    WAYS[way](site.store)
    site.next_day()
    assert daemon.ends() == 1
    said = daemon.log.read_text()
    what = "it was removed" if way in GONE else "another file was put in its place"
    assert f"{site.store}: {what} while this process had it open" in said.splitlines()[-1]
    assert said.count("the daemon cannot go on") == 1 and "Traceback" not in said
    assert site.store.exists() == (way not in GONE)


@pytest.mark.parametrize("way", ["moved_over", "folder_swapped"])
def test_the_next_daemon_loses_nothing(site: DaemonProcess, way: str) -> None:
    first = site.daemon()
    site.run("poll")
    WAYS[way](site.store)
    assert first.ends() == 1
    site.next_day()
    assert site.daemon().hears("poll")["changed"] == 1
    assert site.changes() == MONDAY and site.is_whole()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_read_or_written_by_who_had_it_open(sqlite_url: str, way: str) -> None:
    database = Database.open(sqlite_url)
    assert database.path is not None
    with database.write():
        pass
    WAYS[way](database.path)
    with pytest.raises(Replaced), database.write():
        pass
    with pytest.raises(Replaced), database.read():
        pass
    database.close()


@pytest.mark.fault("R-G11")
def test_a_second_connection_does_not_begin_a_new_log_beside_a_removed_one(tmp_path: Path) -> None:
    """Or the commits in the old one would be lost, to the first connection too."""
    path = tmp_path / "store.db"
    database = Database.open(path, datetime.now(UTC))
    with database.write() as session:
        watches.watch(session, ONE, "ctgov", datetime.now(UTC))
    with database.read() as first:
        assert watches.watched(first) == [ONE]
        path.with_name("store.db-wal").unlink()
        with pytest.raises(Unavailable, match="log was removed"), database.read():
            pass
    with database.write() as session:
        watches.watch(session, TWO, "ctgov", datetime.now(UTC))
    database.close()
    again = Database.open(path)
    with again.read() as session:
        assert watches.watched(session) == [ONE, TWO]
    again.close()


def _polled(site: DaemonProcess, daemon: Running) -> dict[str, Any]:
    """The daemon's next complete poll.

    Of two jobs that begin at once, one may need a new connection. It is refused like any other process, rests, and is
    tried again when the clock goes on.
    """

    def complete() -> list[dict[str, Any]]:
        return [it for it in daemon.said() if (it["event"], it.get("outcome")) == ("poll", "complete")]

    for hour in range(1, 12):
        with suppress(AssertionError):
            return wait_for(complete, patience=10)[0]
        site.move_to(site.now() + timedelta(hours=hour))
    raise AssertionError(daemon.log.read_text())


@pytest.mark.fault("R-G11")
def test_a_removed_log_loses_nothing(site: DaemonProcess) -> None:
    """The daemon still has it open. Others are refused until the daemon has folded it into the store at its end."""
    daemon = site.daemon()
    site.run("poll")
    site.store.with_name(f"{site.store.name}-wal").unlink()
    site.next_day()
    assert _polled(site, daemon)["changed"] == 1
    assert site.error("changes", code=1)[1]["kind"] == "storage_unavailable"
    assert daemon.ends(signal.SIGTERM) == 0
    assert site.changes() == MONDAY and site.is_whole()
