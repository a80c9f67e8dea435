"""What the disk can do to a store in the middle of the work: it fills up, a limit is reached, it may not be written.

Always the same story. A trial changes, and the first attempt to tell of it fails. Then the disk is in trouble: another
trial changes, and the message about the first is due again. Then the trouble is over.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from storage.engine.database import Database
from storage.errors import Full, Unavailable
from tests.support.channels.alert_harness import AlertHarness, alert_world, another_process, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.daemon.mounts import fill, image, in_own_mounts, mount
from tests.support.harness import ONE, TWO
from tests.support.program.program import Program

BOTH = [(ONE, "status.changed"), (TWO, "status.changed")]
SMALL = ("-t", "tmpfs", "-o", "size=4m", "tmpfs")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder to mount something on."""
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A receiver that answers the first request with an error."""
    with Sink(answers=[500, 204]) as receiver:
        yield receiver


def config(sink: Sink) -> str:
    return webhook(sink) + rule("team", on='["status.*"]')


def begun(harness: AlertHarness, sink: Sink) -> BeatingDaemon:
    """A daemon; one message waits after an attempt that failed, and the registry has more to tell."""
    alive = beating_daemon(harness, delivery_worker=harness.delivery_worker)
    harness.change(ONE)
    harness.deliver()
    assert len(sink.keys) == 1
    harness.day(3)
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    return alive


def beats(alive: BeatingDaemon, times: int, minutes: int) -> None:
    for _ in range(times):
        alive.beat()
        alive.daemon.beat("deliver", alive.daemon.deliver)
        assert alive.daemon.delivery_worker is not None
        alive.daemon.delivery_worker.wait()
        alive.harness.clock.advance(timedelta(minutes=minutes))


def rests(alive: BeatingDaemon, words: str) -> None:
    """For most of an hour in trouble each job says once what is wrong, and nobody outside is spoken to."""
    before = len(alive.harness.registry.requests)
    beats(alive, 5, minutes=10)
    told = {it["job"]: it["error"] for it in alive.said("job failed")}
    assert set(told) == {"look", "deliver"} and all(words in error for error in told.values()), told
    assert len(alive.said("job failed")) == 2
    assert len(alive.harness.registry.requests) == before


def all_is_told(alive: BeatingDaemon, sink: Sink) -> None:
    """The trouble is over: what was missed is found, and told under the one key it has."""
    beats(alive, 2, minutes=60)
    harness = alive.harness
    assert isinstance(harness, AlertHarness)
    first, second = harness.messages()
    assert [first.state, second.state] == ["sent", "sent"]
    assert Counter(sink.keys) == {first.key: 2, second.key: 1}
    assert [(it.trial, it.kind) for it in harness.news()] == BOTH and harness.faults() == []
    harness.context.database.check()


@pytest.mark.fault("F05")
@in_own_mounts
def test_a_full_disk_is_said_once_and_nothing_is_lost_or_told_twice(home: Path, sink: Sink) -> None:
    mount(*SMALL, home)
    with alert_world(home, config(sink)) as harness:
        alive = begun(harness, sink)
        fill(home / "ballast")
        rests(alive, "its disk is full")
        (home / "ballast").unlink()
        all_is_told(alive, sink)


@pytest.mark.fault("F05")
@in_own_mounts
def test_a_store_that_was_closed_says_of_a_full_disk_that_it_is_full(home: Path) -> None:
    """SQLite speaks of an I/O error then."""
    mount(*SMALL, home)
    url = f"sqlite:///{home / 'store.db'}"
    Database.open(url).close()
    fill(home / "ballast")
    with pytest.raises(Full, match="its disk is full"):
        Database.open(url)
    (home / "ballast").unlink()
    Database.open(url).close()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """What this process writes beyond is refused; the write that meets the limit is cut short in its middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.fault("F06")
@pytest.mark.parametrize("more", [0, 1000])
def test_a_limit_to_the_size_of_a_file_is_said_once_and_nothing_is_lost_or_told_twice(
    home: Path, sink: Sink, more: int
) -> None:
    with alert_world(home, config(sink)) as harness:
        alive = begun(harness, sink)
        with no_file_beyond(harness.context.database.log_bytes + more):
            rests(alive, "disk")
        all_is_told(alive, sink)


@pytest.mark.fault("F07")
@in_own_mounts
def test_a_disk_that_is_taken_away_in_the_middle_of_the_work_is_read_on(home: Path, sink: Sink) -> None:
    """As Linux does with a damaged disk: what is open for writing cannot be written any more."""
    disk = image(home.with_name("disk"), 16)
    mount("-o", "loop", disk, home)
    with alert_world(home, config(sink)) as harness:
        alive = begun(harness, sink)
        subprocess.run(["sync", "-f", home], check=True)
        mount("-o", "remount,abort", home)
        rests(alive, "")
        assert any("cannot be written to" in it["error"] for it in alive.said("job failed"))
        assert harness.faults() == []
        assert "status.changed" in Program(home).run("changes").out
        harness.context.database.close()
        subprocess.run(["umount", home], check=True)
        mount("-o", "loop", disk, home)
        url = harness.settings.database_url
        with another_process(home, config(sink), harness.registry, url, harness.clock) as mended:
            mended.heard = harness.heard
            all_is_told(beating_daemon(mended, delivery_worker=mended.delivery_worker), sink)


READS = (
    ("list", TWO),
    (f"show {ONE}", ONE),
    (f"history {ONE} -o csv", "COMPLETED"),
    (f"diff {ONE}", "COMPLETED"),
    ("changes", "status.changed"),
    ("results", ONE),
    ("export changes", "status.changed"),
    ("status -o json", '"watched":6'),
    ("verify", ""),
    ("backup ../backup", ""),
)


@pytest.mark.fault("F07")
@in_own_mounts
def test_a_store_that_was_closed_is_read_where_nothing_can_be_written(site: DaemonProcess) -> None:
    """SQLite by itself does not open one: it wants to write beside it."""
    site.next_day()
    site.run("poll")
    kept = shutil.copytree(site.home, site.home.with_name("kept"))
    mount(*SMALL, site.home)
    shutil.copytree(kept, site.home, dirs_exist_ok=True)
    mount("-o", "remount,ro", site.home)
    for words, told in READS:
        assert told in site.run(*words.replace("..", str(site.home.parent)).split()).out, words
    assert "may not be written" in site.run("unwatch", ONE, expect=1).err
    assert "cannot be written to" in site.run("poll", expect=1).err
    mount("-o", "remount,rw", site.home)
    assert site.store.read_bytes() == (kept / site.store.name).read_bytes()
    assert site.run("unwatch", ONE)


@pytest.mark.fault("F07")
@in_own_mounts
def test_a_log_that_cannot_be_read_is_never_left_out_in_silence(tmp_path: Path, home: Path) -> None:
    mount(*SMALL, home)
    with closing(Database.open(f"sqlite:///{tmp_path / 'store.db'}")) as database:
        assert database.path is not None and database.log_bytes
        for end in ("", "-wal"):
            shutil.copy(f"{database.path}{end}", home)
    mount("-o", "remount,ro", home)
    with pytest.raises(Unavailable, match="copy both files to where they can be written"):
        Database.open(f"sqlite:///{home / database.path.name}")
