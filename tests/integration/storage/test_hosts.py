"""Politeness shared by processes."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.polling import hosts
from storage.polling.hosts import HostTurn
from tests.support.store.store_factories import NOW

HOST = "clinicaltrials.gov"


def ask(session: Session, seconds: float, by: str = "a", interval: float = 1, lease: float = 60) -> HostTurn:
    return hosts.take_turn(session, HOST, NOW + timedelta(seconds=seconds), by, interval, lease)


def done(session: Session, seconds: float, by: str = "a", failed: bool = False, pause: float | None = None) -> int:
    until = None if pause is None else NOW + timedelta(seconds=pause)
    return hosts.release(
        session, HOST, by, NOW + timedelta(seconds=seconds), failed, until, "no answer" if failed else ""
    )


def test_one_request_at_a_time_and_no_faster_than_the_pace(database: Database) -> None:
    with database.write() as session:
        assert ask(session, 0) == HostTurn(True, 0.0)
        assert ask(session, 0.5, "b") == HostTurn(False, 59.5, busy_by="a")
        done(session, 0.6)
        assert ask(session, 0.75, "b") == HostTurn(False, 0.25)
        assert ask(session, 1, "b").granted


def test_a_lease_runs_out_and_its_late_owner_ends_nobody_elses(database: Database) -> None:
    with database.write() as session:
        assert ask(session, 0).granted
        assert not ask(session, 59, "b").granted
        assert ask(session, 60, "b").granted
        done(session, 61, "a")
        assert not ask(session, 62, "c").granted


def test_a_pause_holds_for_all_and_is_never_shortened(database: Database) -> None:
    with database.write() as session:
        ask(session, 0)
        assert done(session, 1, failed=True, pause=3600) == 1
        paused = HostTurn(False, 3598, NOW + timedelta(hours=1), 1, cause="asked", error="no answer")
        assert ask(session, 2) == paused
        done(session, 3, failed=False, pause=10)
        assert ask(session, 100).not_before == NOW + timedelta(hours=1)
        assert ask(session, 3600).granted


def test_failures_are_counted_until_a_success(database: Database) -> None:
    with database.write() as session:
        assert [done(session, second, failed=True) for second in range(3)] == [1, 2, 3]
        assert ask(session, 5).failures == 3
        [row] = hosts.every(session)
        assert (row.host, row.failures, row.last_error) == (HOST, 3, "no answer")
        assert done(session, 6) == 0
        assert hosts.every(session)[0].last_error == ""


def test_a_clock_set_back_by_hours_blocks_for_no_hours(database: Database) -> None:
    with database.write() as session:
        assert ask(session, 0).granted
        assert ask(session, -7200, "b").granted
        assert ask(session, -7200, "c") == HostTurn(False, 60.0, busy_by="b")


def test_who_asks_while_another_is_being_granted_waits_for_the_answer(database: Database) -> None:
    """Each has opened the store for itself, as two processes would."""
    second: list[bool] = []

    def work() -> None:
        mine = Database.open(database.where)
        with mine.write() as session:
            second.append(ask(session, 0, "b").granted)
        mine.close()

    with database.write() as session:
        done(session, -10)
    thread = threading.Thread(target=work)
    with database.write() as session:
        assert ask(session, 0).granted
        thread.start()
        thread.join(0.5)
    thread.join()
    assert second == [False]


def refused(session: Session, seconds: float, pause: float) -> None:
    at = NOW + timedelta(seconds=seconds)
    hosts.release(session, HOST, "a", at, True, at + timedelta(seconds=pause), "a firewall", "refused")


@pytest.mark.fault("R-A2")
def test_the_reason_of_a_pause_is_kept_while_it_lasts(database: Database) -> None:
    with database.write() as session:
        refused(session, 0, 3600)
        assert (ask(session, 10).cause, ask(session, 3599).error) == ("refused", "a firewall")
        done(session, 20)  # a request that was under way before ends well
        assert ask(session, 30).error == "a firewall"
        assert ask(session, 3600).granted


@pytest.mark.fault("R-A2")
class Undone(Exception):
    """Ends a block of writes so that nothing of it is kept."""


def test_a_person_may_end_a_refusal_and_no_other_pause(database: Database) -> None:
    for cause, lifted in (("refused", True), ("asked", False), ("failing", False)):
        with suppress(Undone), database.write() as session:
            if cause == "refused":
                refused(session, 0, 3600)
            elif cause == "asked":
                done(session, 0, failed=True, pause=3600)
            else:
                hosts.pause(session, HOST, NOW + timedelta(hours=1))
            hosts.lift_refusals(session)
            assert ask(session, 10).granted is lifted
            raise Undone
