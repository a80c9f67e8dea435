"""What the health of the watch rests on: the texts say what is so on both databases, through a door or in a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from schedules.clock import SystemClock
from storage.engine.bulk import insert_rows
from storage.engine.database import Database
from storage.outbox import channel_states
from storage.polling import jobs, runs
from storage.reads.door import ReadDoor
from storage.reads.health import messages, monitoring, polls, sets, undelivered
from storage.reads.health.undelivered import GivenUp, Overdue
from storage.reads.in_session import SessionReader
from storage.reads.row_reader import RowReader
from storage.reads.trials import planned_checks
from storage.tables.models import (
    AttemptRow,
    CohortRow,
    MessageEventRow,
    MessageRow,
    QuarantineRow,
    RunRow,
)
from storage.values.severity import Severity
from storage.values.states import RunOutcome
from storage.versions import trials
from storage.watching import cohorts, watches
from tests.support.store.store_factories import BLANK_MESSAGE, NOW, add_event, add_version
from tracker.processes.daemon_lock import the_only_daemon
from tracker.processes.running_daemon import is_running, last_daemon, running_daemon

HOUR = timedelta(hours=1)
LIMITS = dict.fromkeys(Severity, HOUR) | {Severity.CRITICAL: HOUR / 4}
ODD = "Ü:%s 'chat'"
"""A name of a channel with what means something in a text of SQL, or to a driver."""


@contextmanager
def door_of(database: Database) -> Iterator[RowReader]:
    with closing(ReadDoor.open(database.where)) as door, door.read() as reader:
        yield reader


@contextmanager
def session_of(database: Database) -> Iterator[RowReader]:
    with database.read() as session:
        yield SessionReader(session)


WAYS = {"door": door_of, "session": session_of}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Any:
    return WAYS[request.param]


def message(key: str, channel: str, state: str, hours: float, **values: Any) -> dict[str, Any]:
    """`hours`: how long ago it was due, and settled if it is sent or dead."""
    then = NOW - hours * HOUR
    times = {"created_at": then, "due_at": then, "next_attempt_at": then}
    settled = {"settled_at": then if state in ("sent", "dead") else None, "attempts": 0, "last_error": ""}
    return {"key": key, "channel": channel, "state": state, **BLANK_MESSAGE, **times, **settled, **values}


def attempts(session: Session, *outcomes: tuple[str, str]) -> None:
    rows = [{"key": key, "started_at": NOW, "by": "me", "outcome": it, "detail": ""} for key, it in outcomes]
    insert_rows(session, AttemptRow, rows)


def run(session: Session, registry: str, outcome: RunOutcome, hours: int, **counted: Any) -> int:
    number = runs.start(session, registry, f"2026-02-{hours:02d}", NOW + hours * HOUR)
    if outcome is not RunOutcome.RUNNING:
        runs.finish(session, number, NOW + (hours + 1) * HOUR, outcome, **counted)
    return number


def test_polls_and_the_last_of_each_registry(database: Database, way: Any) -> None:
    with database.write() as session:
        run(session, "euctr", RunOutcome.HELD, 1, checked=7, detail={"held": "many"})
        run(session, "ctgov", RunOutcome.COMPLETE, 2, checked=1, new=2, changed=3, unchanged=4, requests=5)
        run(session, "ctgov", RunOutcome.FAILED, 3, detail={"reason": "no answer"})
        run(session, "isrctn", RunOutcome.RUNNING, 4)
    with way(database) as reader, database.read() as session:
        rows = list(session.exec(select(RunRow).order_by(col(RunRow.id))))
        told = [
            (
                *(it.id, it.registry_name, it.outcome, it.started_at, it.finished_at, it.data_timestamp),
                *(it.checked, it.new, it.changed, it.requests),
                it.detail if it.outcome == "failed" else "",
            )
            for it in rows
        ]
        assert reader.rows(polls.LATEST, limit=3) == told[:0:-1]
        assert reader.rows(polls.LAST_OF_EACH) == [told[0], told[2], told[3]]
        assert told[2][-1] == '{"reason":"no answer"}' and told[3][4] is None


def test_what_read_last_is_what_began_last(database: Database, way: Any) -> None:
    with database.write() as session:
        run(session, "ctgov", RunOutcome.COMPLETE, 9)
        run(session, "ctgov", RunOutcome.UNCHANGED, 1)  # the clock was set back
        run(session, "ctgov", RunOutcome.FAILED, 12)
        run(session, "euctr", RunOutcome.RUNNING, 1)
    with way(database) as reader:
        assert [(it.registry, it.finished_at) for it in reader.rows(monitoring.LAST_GOOD)] == [
            ("ctgov", NOW + 2 * HOUR)
        ]


def test_what_is_in_quarantine_by_trial_and_time(database: Database, way: Any) -> None:
    with database.write() as session:
        for number, trial in enumerate(("NCT2", "", "NCT1", "NCT2", "nct2")):
            later = NOW - number * HOUR
            runs.quarantine(session, trial, b"{}", f"sha{number}", 1, "", f"why {number}", "", later)
        runs.cleared(session, "NCT1", NOW)
    with way(database) as reader, database.read() as session:
        rows = [it for it in session.exec(select(QuarantineRow)) if it.cleared_at is None]
        expected = sorted((it.trial, it.first_seen_at, it.reason) for it in rows)
        found = reader.rows(polls.QUARANTINED)
        assert [(it.trial, it.since, it.reason) for it in found] == expected
        assert [it.reason for it in found] == ["why 1", "why 3", "why 0", "why 4"]


def test_only_watched_trials_that_were_never_read_are_never_found(database: Database, way: Any) -> None:
    names = ["NCT5", "NCT4", "NCT3", "NCT2", "NCT1"]
    with database.write() as session:
        trials.add(session, names, "ctgov")
        for name in names:
            watches.watch(session, name, "ctgov", NOW)
            if name != "NCT2":
                trials.missed(session, name, "2026-03-01", NOW)
        watches.unwatch(session, "NCT3", NOW)
        trials.refused(session, "NCT4", data_timestamp="2026-02-01", now=NOW)
        trials.missed(session, "NCT4", "2026-03-02", NOW)
    with way(database) as reader, database.read() as session:
        unknown = [head.trial for head in trials.heads(session, names).values() if head.is_unknown]
        assert planned_checks.never_found(reader) == ["NCT1", "NCT5"]
        assert sorted(unknown) == ["NCT1", "NCT3", "NCT5"]


def test_the_next_checks_are_in_order(database: Database, way: Any) -> None:
    names = ["NCT3", "nct2", "NCT1"]
    with way(database) as reader:
        assert (planned_checks.first_check(reader), planned_checks.upcoming(reader, 9)) == (None, [])
    with database.write() as session:
        for name in names:
            add_version(session, name, head=None, trial=name, title=f"Title of {name}")
            watches.watch(session, name, "ctgov", NOW)
        trials.set_next_checks(session, {"NCT3": (NOW + HOUR, ""), "nct2": (NOW, ""), "NCT1": (NOW, "")})
    with way(database) as reader:
        assert planned_checks.first_check(reader) == NOW
        assert planned_checks.upcoming(reader, 2) == [("NCT1", "Title of NCT1", NOW), ("nct2", "Title of nct2", NOW)]


def test_messages_are_overdue_by_their_severity(database: Database, way: Any) -> None:
    with database.write() as session:
        rows = [
            message("a", ODD, "pending", 3, last_error="first"),
            message("b", ODD, "pending", 2, last_error="second", attempts=4),
            message("c", "team", "pending", 0.5),
            message("d", "team", "pending", 0.5, severity="critical", batch="run:1"),
            message("e", "me", "pending", 0.1, severity="critical"),
            message("f", "me", "pending", 1),
            message("g", "me", "dead", 9),
            message("h", "me", "pending", -1),
        ]
        insert_rows(session, MessageRow, rows)
    with way(database) as reader:
        found = {it.channel: it for it in undelivered.overdue(reader, NOW, LIMITS)}
        assert list(found) == sorted(found)
        assert found[ODD] == Overdue(ODD, 2, NOW - 3 * HOUR, True, "first")
        assert found["team"] == Overdue("team", 1, NOW - 0.5 * HOUR, False, "")
        assert found["me"] == Overdue("me", 1, NOW - HOUR, False, "")
        assert undelivered.due_now(reader, NOW) == 5


def test_a_channel_has_given_up_if_its_last_settled_message_died(database: Database, way: Any) -> None:
    with database.write() as session:
        rows = [
            message("a", ODD, "dead", 3, last_error="no", trial="NCT1"),
            message("b", ODD, "dead", 2, last_error="no more", trial="NCT2"),
            message("c", ODD, "sent", 5),
            message("d", "later", "dead", 4),
            message("e", "later", "sent", 1),
            message("f", "muted", "dead", 1),
            message("g", "told", "dead", 1, last_error="told"),
        ]
        insert_rows(session, MessageRow, rows)
        attempts(session, ("a", "dead"), ("b", "retry"), ("b", "dead"), ("c", "sent"), ("d", "dead"), ("e", "sent"))
        attempts(session, ("f", "dead"), ("f", "retry"), ("g", "dead"), ("g", "told"))
    with way(database) as reader:
        found = {it.channel: it for it in undelivered.last_words_given_up(reader)}
        assert found == {
            ODD: GivenUp(ODD, "NCT2", "no more", NOW - 2 * HOUR),
            "told": GivenUp("told", "", "told", NOW - HOUR),
        }


def test_messages_are_counted_without_those_inside_a_group(database: Database, way: Any) -> None:
    with database.write() as session:
        states = [("team", "sent"), ("team", "grouped"), (ODD, "dead"), ("Team", "pending"), ("team", "dead")]
        rows = [message(str(number), name, state, 1) for number, (name, state) in enumerate([*states, *states[:1]])]
        insert_rows(session, MessageRow, rows)
    with way(database) as reader:
        found = messages.counts(reader)
        assert found == {("Team", "pending"): 1, ("team", "dead"): 1, ("team", "sent"): 2, (ODD, "dead"): 1}
        assert list(found) == sorted(found)


def told(session: Session, about: str, *, by: str, state: str) -> None:
    """Store that a channel was disabled, with a message about it."""
    seq = add_event(session, head=1, kind="ops.channel_disabled", subject=about, to_content=f"{about} {by} {state}")
    insert_rows(session, MessageRow, [message(f"m{seq}", by, state, 1)])
    insert_rows(session, MessageEventRow, [{"key": f"m{seq}", "seq": seq}])


def test_a_disabled_channel_is_unheard_unless_the_last_notice_goes_over_another(database: Database, way: Any) -> None:
    with database.write() as session:
        add_version(session, "one", head=None)
        notices = [("said", "me", "sent"), ("soon", "me", "pending"), ("lost", "me", "dead"), (ODD, "lost", "pending")]
        for about, by, state in (*notices, ("again", "me", "sent"), ("again", "me", "dead")):
            told(session, about, by=by, state=state)
        for name in ("said", "soon", "lost", ODD, "again", "silent"):
            channel_states.disable(session, name, f"{name} is closed", NOW)
        channel_states.channel_failed(session, "me", NOW, None)
    with way(database) as reader:
        unheard = ("lost", ODD, "again", "silent")
        assert messages.unheard(reader) == {name: f"{name} is closed" for name in unheard}


def test_channels_mutes_and_jobs(database: Database, way: Any) -> None:
    with database.write() as session:
        channel_states.channel_failed(session, "me", NOW, None)
        channel_states.disable(session, ODD, "gone. For good", NOW)
        channel_states.mute(session, ODD, "", NOW, "by hand")
        channel_states.mute(session, "me", "a@example.org", NOW, "by hand")
        jobs.started(session, "daemon", "process 7", NOW)
        jobs.succeeded(session, "look", NOW)
        jobs.failed(session, "due", "why", NOW - HOUR)
        jobs.failed(session, "due", "why now", NOW)
    with way(database) as reader:
        assert sorted(reader.rows(monitoring.CHANNELS)) == [("me", 1, False, ""), (ODD, 0, True, "gone. For good")]
        assert reader.rows(monitoring.MUTED) == [(ODD,)]
        assert reader.rows(monitoring.JOBS) == [("due", 2, None, NOW - HOUR, "why now"), ("look", 0, NOW, None, "")]


def test_searches_are_those_of_active_sets(database: Database, way: Any) -> None:
    with database.write() as session:
        for name in ("b", "a", "A", "over"):
            cohorts.define(session, CohortRow(name=name, registry_name="ctgov", kind="query", size=5, created_at=NOW))
        cohorts.note(session, "a", refused=True, failures=2, error="it refuses")
        cohorts.stop(session, "over", NOW)
    with way(database) as reader:
        assert reader.rows(sets.SEARCHES) == [("A", False, 0, ""), ("a", True, 2, "it refuses"), ("b", False, 0, "")]


def test_a_daemon_is_seen_while_it_runs(database: Database, way: Any) -> None:
    with way(database) as reader:
        assert (is_running(reader, database.path), last_daemon(reader)) == (False, "")
        assert running_daemon(reader, database.path) is None
    with (
        the_only_daemon(database, SystemClock(), "process 7 on here", standby=False, waiting=str),
        way(database) as reader,
    ):
        assert running_daemon(reader, database.path) == "process 7 on here"
    with way(database) as reader:
        assert running_daemon(reader, database.path) is None
        assert last_daemon(reader) == "process 7 on here"
