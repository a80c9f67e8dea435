"""A store that is taken away from under a running daemon, or swapped for another: it notices, says so, and ends."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from storage.engine.database import Database
from storage.errors import Replaced
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.harness import ONE

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
def test_a_removed_log_loses_nothing(site: DaemonProcess) -> None:
    """The daemon still has it open. Others are refused until the daemon has folded it into the store at its end."""
    daemon = site.daemon()
    site.run("poll")
    site.store.with_name(f"{site.store.name}-wal").unlink()
    site.next_day()
    assert daemon.hears("poll", outcome="complete")["changed"] == 1
    assert site.error("changes", code=1)[1]["kind"] == "storage_unavailable"
    assert daemon.ends(signal.SIGTERM) == 0
    assert site.changes() == MONDAY and site.is_whole()
