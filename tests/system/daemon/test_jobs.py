"""The daemon's jobs: one that fails harms no other, floods no log and asks no registry in vain.

Also poll requests and housekeeping.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from schedules.clock import ManualClock
from storage.documents import documents
from storage.polling import poll_requests, runs
from storage.polling.runs import StagedRow
from storage.tables.models import DocumentRow, QuarantineRow
from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.harness import IDS, ONE, START, Harness
from tests.support.registry.embedded_registry import Reply
from tracker.daemon.daemon import HUNG_SECONDS
from tracker.daemon.housekeeping import clean_up
from tracker.daemon.log import Log
from tracker.errors import Busy, TrialwatchError
from tracker.processes.daemon_lock import the_only_daemon
from tracker.processes.systemd import SystemNotifier
from tracker.services.polling.poll_by_daemon import ask_the_daemon


def fail() -> bool:
    raise ZeroDivisionError("a test")


@pytest.mark.fault("F29")
def test_a_job_that_always_raises_is_shown_as_failing_and_rests_and_says_so_once_an_hour(harness: Harness) -> None:
    alive = beating_daemon(harness)
    tries: list[object] = []

    def job() -> bool:
        tries.append(harness.clock.now())
        return fail()

    for _ in range(24 * 60):
        alive.daemon.beat("odd", job)
        harness.clock.advance(timedelta(minutes=1))
    assert 20 <= len(alive.said("job failed")) <= 24
    assert 48 <= len(tries) <= 60
    assert alive.job("odd").failures == len(tries)
    found = harness.health()
    [shown] = found.jobs
    assert (shown.job, shown.failing_since) == ("odd", "2026-08-14T15:00:00Z")
    assert found.healthy is False
    assert "'odd' has been failing since 2026-08-14T15:00:00Z: ZeroDivisionError: a test" in found.warnings[0]


@pytest.mark.fault("F29")
def test_one_good_run_ends_it_and_others_never_noticed(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    alive.daemon.beat("odd", fail)
    alive.daemon.beat("odd", lambda: False)
    assert alive.job("odd").failing_since is not None  # it still rested
    harness.day(3)
    alive.beat()
    assert len(alive.said("poll")) == 1
    alive.daemon.beat("odd", lambda: False)
    assert alive.job("odd").failing_since is None
    assert harness.health().healthy is True


@pytest.mark.fault("F29")
def test_what_fails_after_it_asked_the_registry_does_not_ask_it_every_second(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    harness.day(3)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    with harness.context.database.write() as session:
        refuse = "BEGIN SELECT RAISE(ABORT, 'not now'); END"
        session.execute(text(f"CREATE TRIGGER refuse BEFORE INSERT ON snapshot {refuse}"))
    for _ in range(120):
        alive.beat()
        harness.clock.advance(timedelta(seconds=30))
    assert len(alive.said("job failed")) == 1
    assert harness.registry.paths().count("/api/v2/version") <= 1 + 7
    with harness.context.database.write() as session:
        session.execute(text("DROP TRIGGER refuse"))  # what is not ours is a fault of the store


@pytest.mark.fault("F10")
@pytest.mark.fault("F05")
def test_a_store_that_cannot_be_written_is_said_once_and_nothing_is_lost(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    harness.day(3)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    database = harness.context.database
    database.patience = 0.01
    with database.write():
        alive.beat()
    assert {line["event"] for line in alive.said("job failed")} == {"job failed"}
    assert len(alive.said("the store cannot be written")) == 1
    harness.clock.advance(timedelta(minutes=2))
    alive.beat()
    assert harness.kinds() == ["status.changed"]


def test_a_wish_is_granted_with_what_went_wrong_too(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    with harness.context.database.write() as session:
        poll_request = poll_requests.request(session, [ONE], harness.clock.now())
    harness.registry.faults = lambda _: Reply(500)
    alive.beat()
    with harness.context.database.read() as session:
        found = poll_requests.find(session, poll_request)
    assert found is not None and orjson.loads(found.answer)["poll"]["outcome"] == "failed"


def daemon_of(harness: Harness) -> Any:
    return the_only_daemon(harness.context.database, harness.clock, "process 1 on a test", standby=False, waiting=print)


def test_a_daemon_that_does_not_answer_is_named_and_the_wish_withdrawn(harness: Harness) -> None:
    with daemon_of(harness), pytest.raises(Busy, match="process 1 on a test"):
        ask_the_daemon(harness.context.database, harness.clock, None, patience=0.0)
    with harness.context.database.read() as session:
        assert poll_requests.open_requests(session) == []


def test_without_a_daemon_the_look_is_ours(harness: Harness) -> None:
    assert ask_the_daemon(harness.context.database, harness.clock, None) is None


def test_what_the_daemons_look_raised_is_raised_by_who_asked(harness: Harness) -> None:
    alive = beating_daemon(harness)
    asked = threading.Thread(target=_grant_when_asked, args=(alive,))
    with daemon_of(harness), harness.context.poll_turn():
        asked.start()
        with pytest.raises(TrialwatchError, match="Another poll is running") as caught:
            ask_the_daemon(harness.context.database, ManualClock(START), None)
        assert caught.value.kind == Busy.kind
    asked.join()


def _grant_when_asked(alive: BeatingDaemon) -> None:
    """As the daemon would; but without the patience it has for another's poll."""
    harness = alive.harness
    for _ in range(1000):
        with harness.context.database.read() as session:
            requested = poll_requests.open_requests(session)
        if requested:
            break
        threading.Event().wait(0.01)
    answer = {"error": {"kind": Busy.kind, "message": "Another poll is running (x)", "subject": "x"}}
    with harness.context.database.write() as session:
        poll_requests.answered(session, requested[0].id or 0, None, orjson.dumps(answer).decode())


# -- housekeeping


def stage(harness: Harness, raw: bytes, held_at: Any) -> int:
    sha = documents.digest(raw)
    with harness.context.database.write() as session:
        run = runs.start(session, "ctgov", "2026-08-14T09:00:05", held_at)
        runs.finish(session, run, held_at, "held")
        documents.keep(session, [(sha, raw)])
        runs.stage(session, run, [StagedRow(ONE, sha, "light", "", held_at)])
    return run


def test_housekeeping_once_a_day_drops_what_was_held_too_long_and_nothing_else(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    old = stage(harness, b'{"old":1}', START)
    fresh = stage(harness, b'{"fresh":1}', START + timedelta(days=10))
    harness.clock.advance(timedelta(days=31))
    for _ in range(3):
        alive.daemon.beat("housekeeping", alive.daemon.clean_up)
    assert [line["dropped"] for line in alive.said("housekeeping")] == [1]
    with harness.context.database.read() as session:
        assert [runs.staged_count(session, run) for run in (old, fresh)] == [0, 1]
        kept = set(session.exec(select(col(DocumentRow.sha256))))
    assert documents.digest(b'{"fresh":1}') in kept and len(kept) == 1 + len(IDS)
    harness.clock.advance(timedelta(days=1))
    alive.daemon.beat("housekeeping", alive.daemon.clean_up)
    assert len(alive.said("housekeeping")) == 2


@pytest.mark.parametrize(("keep_days", "left"), [(0, 1), (30, 0)])
def test_housekeeping_forgets_only_when_told_to(harness: Harness, keep_days: int, left: int) -> None:
    harness.settled()
    with harness.context.database.write() as session:
        runs.quarantine(session, ONE, b"{", documents.digest(b"{"), 1, "", "cut", "", START)
        runs.cleared(session, ONE, START)
    clean_up(replace(harness.context, keep_days=keep_days), START + timedelta(days=31))
    with harness.context.database.read() as session:
        assert len(session.exec(select(QuarantineRow)).all()) == left
    assert harness.faults() == []


def test_housekeeping_waits_for_a_poll(harness: Harness) -> None:
    alive = beating_daemon(harness)
    with harness.context.poll_turn():
        alive.daemon.beat("housekeeping", alive.daemon.clean_up)
    assert alive.said("housekeeping") == alive.said("job failed") == []


# -- the service manager


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_hears_that_we_are_ready_alive_and_ending(tmp_path: Path, abstract: bool) -> None:
    address = f"\0trialwatch-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(10)
        notifier = SystemNotifier({"NOTIFY_SOCKET": address.replace("\0", "@")})
        notifier.ready()
        notifier.watchdog()
        notifier.status("Reading the registry: 1 of 2")
        notifier.stopping()
        heard = [manager.recv(100).decode() for _ in range(4)]
    assert heard == ["READY=1", "WATCHDOG=1", "STATUS=Reading the registry: 1 of 2", "STOPPING=1"]
    notifier.ready()  # nobody listens any more


@pytest.mark.fault("R-D1")
def test_a_manager_that_reads_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Its queue holds a few words; more than it holds are said here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        notifier = SystemNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        speaking = threading.Thread(target=lambda: [notifier.watchdog() for _ in range(5000)], daemon=True)
        speaking.start()
        speaking.join(60)
        assert not speaking.is_alive()


class Stopwatch(ManualClock):
    """Its stopwatch is moved by hand, too."""

    seconds = 0.0

    def stopwatch(self) -> float:
        return self.seconds


class Manager(SystemNotifier):
    """Counts what it is told."""

    def __init__(self) -> None:
        super().__init__({})
        self.alive = 0

    def watchdog(self) -> None:
        self.alive += 1


def test_the_watchdog_is_fed_only_while_the_looking_job_moves(harness: Harness) -> None:
    clock, manager = Stopwatch(START), Manager()
    daemon = beating_daemon(harness).daemon
    daemon.context, daemon.system = replace(harness.context, clock=clock), manager
    daemon.alive()
    assert manager.alive == 0
    daemon.look()
    daemon.alive()
    clock.seconds = HUNG_SECONDS
    daemon.alive()
    assert manager.alive == 1


def test_a_log_line_carries_no_control_characters(harness: Harness) -> None:
    alive = beating_daemon(harness)
    Log(harness.clock, alive.out).say("odd", text="\x1b[2J\u202e\x9b")
    assert "\x1b" not in alive.out.getvalue() and "\x9b" not in alive.out.getvalue()
