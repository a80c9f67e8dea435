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
from tests.alerts.sink import Sink
from tests.alerts.world import AlertWorld, alert_world, another_process, rule, webhook
from tests.cli.program import Program
from tests.daemon.living import Living, living
from tests.daemon.mounts import fill, image, in_own_mounts, mount
from tests.daemon.site import Site
from tests.poll.world import ONE, TWO

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


def begun(world: AlertWorld, sink: Sink) -> Living:
    """A daemon; one message waits after an attempt that failed, and the registry has more to tell."""
    alive = living(world, delivery_worker=world.delivery_worker)
    world.change(ONE)
    world.deliver()
    assert len(sink.keys) == 1
    world.day(3)
    world.status(TWO)["overallStatus"] = "COMPLETED"
    return alive


def beats(alive: Living, times: int, minutes: int) -> None:
    for _ in range(times):
        alive.beat()
        alive.daemon.beat("deliver", alive.daemon.deliver)
        assert alive.daemon.delivery_worker is not None
        alive.daemon.delivery_worker.wait()
        alive.world.clock.advance(timedelta(minutes=minutes))


def rests(alive: Living, words: str) -> None:
    """For most of an hour in trouble each job says once what is wrong, and nobody outside is spoken to."""
    before = len(alive.world.registry.requests)
    beats(alive, 5, minutes=10)
    told = {it["job"]: it["error"] for it in alive.said("job failed")}
    assert set(told) == {"look", "deliver"} and all(words in error for error in told.values()), told
    assert len(alive.said("job failed")) == 2
    assert len(alive.world.registry.requests) == before


def all_is_told(alive: Living, sink: Sink) -> None:
    """The trouble is over: what was missed is found, and told under the one key it has."""
    beats(alive, 2, minutes=60)
    world = alive.world
    assert isinstance(world, AlertWorld)
    first, second = world.messages()
    assert [first.state, second.state] == ["sent", "sent"]
    assert Counter(sink.keys) == {first.key: 2, second.key: 1}
    assert [(it.trial, it.kind) for it in world.news()] == BOTH and world.faults() == []
    world.context.database.check()


@in_own_mounts
def test_f05_a_full_disk_is_said_once_and_nothing_is_lost_or_told_twice(home: Path, sink: Sink) -> None:
    mount(*SMALL, home)
    with alert_world(home, config(sink)) as world:
        alive = begun(world, sink)
        fill(home / "ballast")
        rests(alive, "its disk is full")
        (home / "ballast").unlink()
        all_is_told(alive, sink)


@in_own_mounts
def test_f05_a_store_that_was_closed_says_of_a_full_disk_that_it_is_full(home: Path) -> None:
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


@pytest.mark.parametrize("more", [0, 1000])
def test_f06_a_limit_to_the_size_of_a_file_is_said_once_and_nothing_is_lost_or_told_twice(
    home: Path, sink: Sink, more: int
) -> None:
    with alert_world(home, config(sink)) as world:
        alive = begun(world, sink)
        with no_file_beyond(world.context.database.log_bytes + more):
            rests(alive, "disk")
        all_is_told(alive, sink)


@in_own_mounts
def test_f07_a_disk_that_is_taken_away_in_the_middle_of_the_work_is_read_on(home: Path, sink: Sink) -> None:
    """As Linux does with a damaged disk: what is open for writing cannot be written any more."""
    disk = image(home.with_name("disk"), 16)
    mount("-o", "loop", disk, home)
    with alert_world(home, config(sink)) as world:
        alive = begun(world, sink)
        subprocess.run(["sync", "-f", home], check=True)
        mount("-o", "remount,abort", home)
        rests(alive, "")
        assert any("Read-only file system" in it["error"] for it in alive.said("job failed"))
        assert world.faults() == []
        assert "status.changed" in Program(home).run("changes").out
        world.context.database.close()
        subprocess.run(["umount", home], check=True)
        mount("-o", "loop", disk, home)
        url = world.settings.database_url
        with another_process(home, config(sink), world.registry, url, world.clock) as mended:
            mended.heard = world.heard
            all_is_told(living(mended, delivery_worker=mended.delivery_worker), sink)


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


@in_own_mounts
def test_f07_a_store_that_was_closed_is_read_where_nothing_can_be_written(site: Site) -> None:
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
    assert "Read-only file system" in site.run("poll", expect=1).err
    mount("-o", "remount,rw", site.home)
    assert site.store.read_bytes() == (kept / site.store.name).read_bytes()
    assert site.run("unwatch", ONE)


@in_own_mounts
def test_f07_a_log_that_cannot_be_read_is_never_left_out_in_silence(tmp_path: Path, home: Path) -> None:
    mount(*SMALL, home)
    with closing(Database.open(f"sqlite:///{tmp_path / 'store.db'}")) as database:
        assert database.path is not None and database.log_bytes
        for end in ("", "-wal"):
            shutil.copy(f"{database.path}{end}", home)
    mount("-o", "remount,ro", home)
    with pytest.raises(Unavailable, match="copy both files to where they can be written"):
        Database.open(f"sqlite:///{home / database.path.name}")
