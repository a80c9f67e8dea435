"""A daemon through the better part of a year: each due date is told of on its days, once, and silence otherwise."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from schedules.clock import ManualClock
from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.harness import IDS, ONE, QUICK, START, TWO, Harness, record, settings_for, with_rounds
from tests.support.registry.embedded_registry import RegistryServer, signed
from tracker.app import open_context
from tracker.config.settings import ResultsSettings

DUE_MOVED = (
    "Due date under the WHO joint statement of 2017 moved 59 days later, to 2027-03-14: "
    "the completion date changed from 2026-01-14 to 2026-03-14"
)


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """Two trials end on one day, their results due on 2027-01-14; the others give no date."""
    with RegistryServer([record(trial) for trial in IDS]) as server:
        for trial in (ONE, TWO):
            status = signed(server.studies[trial])["protocolSection"]["statusModule"]
            status["completionDateStruct"] = {"date": "2026-01-14", "type": "ACTUAL"}
        yield server


@pytest.fixture
def months(tmp_path: Path, registry: RegistryServer, _sqlite_template: Path) -> Iterator[Harness]:
    """Warned 60 and 10 days before, since the settings say so."""
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_template, path)
    settings = msgspec.structs.replace(
        settings_for(f"sqlite:///{path}", registry), results=ResultsSettings(due_soon_days=(60, 10))
    )
    with ExitStack() as stack:
        clock = ManualClock(START)
        context = stack.enter_context(open_context(settings, clock, QUICK))
        yield Harness(settings, registry, clock, context)


def lived(harness: Harness, alive: BeatingDaemon, until: date) -> list[tuple[str, str, str]]:
    """Day by day, the daemon's jobs beating several times; what was told, with the day it was told on."""
    found = []
    while harness.clock.now().date() < until:
        harness.clock.advance(timedelta(hours=8))
        alive.daemon.beat("due", alive.daemon.tell_what_is_due)
        told = [event for event in harness.news() if event.severity != "admin"]
        found += [(harness.clock.now().date().isoformat(), event.trial or "", event.kind) for event in told]
    return found


def look(harness: Harness, alive: BeatingDaemon) -> None:
    """The registry publishes what it has now, and the daemon looks."""
    harness.day(0)
    alive.beat()


def test_each_due_date_is_told_once_on_its_days_and_moves_with_its_reason(months: Harness) -> None:
    harness = months
    harness.settled()
    alive = beating_daemon(harness)
    assert lived(harness, alive, date(2026, 10, 5)) == [], "nothing is due for months, and nothing is said"

    harness.status(TWO)["completionDateStruct"]["date"] = "2026-03-14"
    look(harness, alive)
    [moved] = [event for event in harness.news() if event.kind == "results.due_moved"]
    assert (moved.trial, moved.severity, moved.summary) == (TWO, "minor", DUE_MOVED)

    assert lived(harness, alive, date(2026, 12, 1)) == [("2026-11-15", ONE, "results.due_soon")]
    alive = beating_daemon(harness)  # another daemon on the same store knows what was told
    assert lived(harness, alive, date(2027, 1, 20)) == [
        ("2027-01-04", ONE, "results.due_soon"),
        ("2027-01-13", TWO, "results.due_soon"),
    ]

    with_rounds(harness.registry.studies[TWO], {"releaseDate": "2027-01-19"})
    look(harness, alive)
    assert [event.kind for event in harness.news() if event.severity == "major"] == ["results.submitted"]
    # what was submitted in time is told of no more; of the other the grace ends 30 days after its day
    assert lived(harness, alive, date(2027, 6, 1)) == [("2027-02-14", ONE, "results.overdue")]

    with_rounds(harness.registry.studies[TWO], {"releaseDate": "2027-01-19", "unreleaseDate": "2027-06-01"})
    look(harness, alive)
    assert [event.kind for event in harness.news() if event.severity == "major"] == ["results.cancelled"]
    # nothing stands any more, and the grace of its day is over: that was not told yet
    assert lived(harness, alive, date(2027, 6, 10)) == [("2027-06-01", TWO, "results.overdue")]
    assert lived(harness, alive, date(2027, 8, 1)) == []
    assert harness.faults() == []


def test_the_words_name_the_rule_and_the_day(months: Harness) -> None:
    harness = months
    harness.settled()
    alive = beating_daemon(harness)
    harness.clock.move_to(harness.clock.now().replace(year=2027, month=1, day=4))
    alive.daemon.beat("due", alive.daemon.tell_what_is_due)
    [one, two] = harness.news()
    assert (
        one.summary == two.summary == ("Results due in 10 days, on 2027-01-14, under the WHO joint statement of 2017")
    )
    assert one.subject == "who-2017 2027-01-14 10" and (one.from_version, one.to_version) == (1, 1)


@pytest.mark.long
def test_a_daemon_process_tells_on_the_day_by_its_own_clock(tmp_path: Path, registry: RegistryServer) -> None:
    """Real processes, a clock in a file, thresholds from the config file; another daemon afterwards repeats nothing."""
    with DaemonProcess(tmp_path / "home", registry) as site:
        site.home.mkdir()
        (site.home / "trialwatch.toml").write_text("[results]\ndue_soon_days = [60]\n")
        site.settled()
        kinds = ("changes", "--kind", "results.*")
        with site.daemon() as daemon:
            assert daemon.hears("due dates")["told"] == 0
            site.move_to(datetime(2026, 11, 15, 15, tzinfo=UTC))
            assert daemon.hears("due dates")["told"] == 2
            assert [row["trial"] for row in site.run(*kinds).lines] == [ONE, TWO]
            assert daemon.ends(signal.SIGTERM) == 0
        site.move_to(datetime(2027, 2, 14, 15, tzinfo=UTC))
        with site.daemon() as daemon:
            assert daemon.hears("due dates")["told"] == 2
        assert [row["kind"] for row in site.run(*kinds).lines] == ["results.due_soon"] * 2 + ["results.overdue"] * 2
