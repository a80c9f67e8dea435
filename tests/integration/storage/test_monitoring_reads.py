"""What a monitor counts: the texts say on both databases what the models wrote, and counting goes on from a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from storage.engine.bulk import insert_rows
from storage.engine.database import Database
from storage.outbox import channel_states
from storage.polling import jobs, runs
from storage.reads.door import ReadDoor
from storage.reads.health import monitoring
from storage.tables.models import AttemptRow, MessageRow, StoreRow
from storage.values.states import RunOutcome
from storage.versions import trials
from storage.watching import watches
from tests.support.store.store_factories import BLANK_MESSAGE, NOW, add_event, add_version
from tracker.services.diagnostics.metrics import Meter, RegistryMetrics

HOUR = timedelta(hours=1)


def message(key: str, channel: str, state: str, hours: int, later: int = 0) -> dict[str, object]:
    due = NOW + hours * HOUR
    times = {"created_at": NOW, "due_at": due, "next_attempt_at": due + later * HOUR}
    return {"key": key, "channel": channel, "state": state, "attempts": 0, "last_error": "", **BLANK_MESSAGE, **times}


def attempt(key: str, outcome: str) -> dict[str, object]:
    return {"key": key, "started_at": NOW, "by": "me", "outcome": outcome, "detail": ""}


def run(session: Session, registry: str, outcome: RunOutcome, hours: int, data: str | None = None) -> None:
    number = runs.start(session, registry, data, NOW)
    if outcome is not RunOutcome.RUNNING:
        runs.finish(session, number, NOW + hours * HOUR, outcome)


@pytest.fixture
def door(database: Database) -> Iterator[ReadDoor]:
    with database.write() as session:
        trials.add(session, ["A", "B", "C"], "ctgov")
        trials.add(session, ["D"], "euctr")
        for number, (trial, registry) in enumerate((("A", "ctgov"), ("B", "ctgov"), ("C", "ctgov"), ("D", "euctr"))):
            watches.watch(session, trial, registry, NOW - number * HOUR)
        watches.unwatch(session, "C", NOW)
        run(session, "ctgov", RunOutcome.COMPLETE, 1, "2026-02-27T09:00:05")
        run(session, "ctgov", RunOutcome.UNCHANGED, 2, "2026-02-28T09:00:05")
        run(session, "ctgov", RunOutcome.FAILED, 3)
        run(session, "ctgov", RunOutcome.RUNNING, 4)
        run(session, "isrctn", RunOutcome.HELD, 5, "no day")
        messages = [
            message("a", "team", "pending", 2, later=5),
            message("b", "team", "pending", 1, later=9),
            message("c", "team", "dead", -9),
            message("d", "team", "grouped", -9),
            message("e", "me", "sent", -9),
            message("f", "me", "pending", 30),
        ]
        insert_rows(session, MessageRow, messages)
        outcomes = [("a", "retry"), ("a", "retry"), ("c", "dead"), ("c", "told"), ("c", "asked"), ("e", "sent")]
        insert_rows(session, AttemptRow, [attempt(*it) for it in outcomes])
        channel_states.channel_failed(session, "team", NOW, None)
        channel_states.disable(session, "me", "it wants no more", NOW)
        jobs.succeeded(session, "look", NOW)
        jobs.failed(session, "due", "why", NOW)
        runs.quarantine(session, "A", b"{}", "sha", 1, "", "why", "", NOW)
        runs.quarantine(session, "B", b"{}", "sha", 1, "", "why", "", NOW)
        runs.cleared(session, "B", NOW)
    with closing(ReadDoor.open(database.where)) as opened:
        yield opened


def test_the_texts_say_what_the_sessions_say(database: Database, door: ReadDoor) -> None:
    with database.read() as session, door.read() as reader:
        watched = {it.registry: (it.trials, it.since) for it in reader.rows(monitoring.WATCHED)}
        assert watched == {"ctgov": (2, NOW - HOUR), "euctr": (1, NOW - 3 * HOUR)}
        messages = {(it.channel, it.state): it.messages for it in reader.rows(monitoring.MESSAGES)}
        stored = Counter((it.channel, it.state) for it in session.exec(select(MessageRow)) if it.state != "grouped")
        assert messages == stored and list(messages) == sorted(stored) and len(stored) == 4
        last = {it.registry: it.finished_at for it in reader.rows(monitoring.LAST_GOOD)}
        assert last == {"ctgov": NOW + 2 * HOUR, "isrctn": NOW + 5 * HOUR}
        assert reader.one(monitoring.QUARANTINED).number == len(runs.active_quarantines(session)) == 1
        assert {it.job: it.failures for it in reader.rows(monitoring.JOBS)} == {"look": 0, "due": 1}
        states = {it.channel: (it.failures, it.is_disabled) for it in reader.rows(monitoring.CHANNELS)}
        assert states == {"team": (1, False), "me": (0, True)}
        assert {(it.channel, it.due_at) for it in reader.rows(monitoring.PENDING)} == {
            ("team", NOW + HOUR),
            ("me", NOW + 30 * HOUR),
        }
        assert sorted(reader.rows(monitoring.ATTEMPTS)) == [
            ("me", "sent", 1),
            ("team", "dead", 1),
            ("team", "retry", 2),
        ]
        assert reader.one(monitoring.STORE).seq == 0
        assert reader.one(monitoring.STORE_BYTES[door.dialect]).number > 100_000


def test_a_run_that_goes_on_is_not_the_last_one(door: ReadDoor) -> None:
    with door.read() as reader:
        assert {it.registry: it.outcome for it in reader.rows(monitoring.LAST_RUNS)} == {
            "ctgov": "failed",
            "isrctn": "held",
        }
        assert {(it.registry, it.outcome): it.runs for it in reader.rows(monitoring.RUNS)} == {
            ("ctgov", "complete"): 1,
            ("ctgov", "unchanged"): 1,
            ("ctgov", "failed"): 1,
            ("isrctn", "held"): 1,
        }


def test_the_numbers_of_a_registry(database: Database, door: ReadDoor) -> None:
    found = Meter(door).read(NOW + 10 * HOUR)
    zeros = dict.fromkeys(("complete", "partial", "unchanged", "held", "failed"), 0)
    ctgov, never, unwatched = (found.registries[name] for name in ("ctgov", "euctr", "isrctn"))
    assert (ctgov.watched, ctgov.last_good, ctgov.unread_for) == (2, NOW + 2 * HOUR, 8 * HOUR)
    assert ctgov.data is not None and ctgov.data.isoformat() == "2026-02-28T09:00:05+00:00"
    assert ctgov.polls == zeros | {"complete": 1, "unchanged": 1, "failed": 1}
    assert never == RegistryMetrics(1, zeros, None, 13 * HOUR, None, False)
    assert (unwatched.watched, unwatched.unread_for, unwatched.data, unwatched.held) == (0, None, None, True)
    assert found.overdue == {"team": 9 * HOUR, "me": 0 * HOUR}
    assert found.messages["me", "dead"] == 0
    with database.write() as session:
        trials.add(session, ["E"], "isrctn")
        watches.watch(session, "E", "isrctn", NOW + 8 * HOUR)
    again = Meter(door).read(NOW + 10 * HOUR).registries["isrctn"]
    assert (again.last_good, again.unread_for) == (NOW + 5 * HOUR, 2 * HOUR), "watched after the last good poll"
    assert Meter(door).read(NOW - 99 * HOUR).registries["ctgov"].unread_for == 0 * HOUR


def test_changes_are_counted_on_and_afresh_in_another_store(database: Database, door: ReadDoor) -> None:
    meter = Meter(door)
    assert sum(meter.read(NOW).changes.values()) == 0
    with database.write() as session:
        add_version(session, "one", head=None, trial="A", events=3)
    assert meter.read(NOW).changes == {"admin": 0, "minor": 0, "major": 3, "critical": 0}
    with database.write() as session:
        add_event(session, "A", head=1, severity="critical", to_content="other")
    for each in (meter, meter, Meter(door)):
        assert each.read(NOW).changes == {"admin": 0, "minor": 0, "major": 3, "critical": 1}
    with database.write() as session:
        # As after a restore: another store that has come as far.
        row = session.get(StoreRow, 1)
        assert row is not None
        row.store_id = "another"
        event = session.connection()
        event.exec_driver_sql("UPDATE event SET severity = 'admin' WHERE severity = 'critical'")
    assert meter.read(NOW).changes == {"admin": 1, "minor": 0, "major": 3, "critical": 0}
