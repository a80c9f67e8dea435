"""Every instant of the schema is either planned, with a longest delay, or a fact about the past, with a reason."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest
from sqlalchemy import DateTime

from storage.engine.database import Database
from storage.outbox.clock_repair import DATED_BACK, DATED_BACK_OF_CHANNELS, put_right
from storage.polling import hosts, jobs, runs
from storage.tables.models import CohortRow, JobRow, MessageRow, QuarantineRow, RunRow, Table
from storage.versions import trials
from storage.watching import cohorts, watches
from tests.support.store.store_factories import NOW

MARK = pytest.mark.fault("R-G3")
FAR = timedelta(days=3653)
SKEW = timedelta(minutes=1)
ALERTS, DAEMON, HERE = (
    "tests.integration.alerts.test_set_back",
    "tests.system.daemon.test_set_back",
    "tests.integration.storage.test_instants",
)

PLANNED = {
    "message.next_attempt_at": (ALERTS, "test_an_alert_refused_in_the_future_is_tried_again"),
    "message.due_at": (ALERTS, "test_a_digest_of_the_future_goes_with_the_next_window"),
    "message.created_at": (ALERTS, "test_a_batch_held_in_the_future_is_let_go"),
    "message.lease_until": (ALERTS, "test_a_lease_of_the_future_ends_within_one"),
    "message.settled_at": (ALERTS, "test_a_letter_that_died_in_the_future_is_forgotten_in_time"),
    "channel.not_before": (ALERTS, "test_a_pause_asked_for_in_the_future_is_over"),
    "channel.failing_since": (ALERTS, "test_a_channel_failing_since_the_future_is_closed_in_time"),
    "channel.last_failure_at": (ALERTS, "test_a_channel_failing_since_the_future_is_closed_in_time"),
    "channel.disabled_at": (HERE, "test_what_counts_from_the_future_is_dated_back"),
    "host.next_request_at": (HERE, "test_a_host_of_the_future_may_be_asked_at_once"),
    "host.not_before": (HERE, "test_a_host_of_the_future_may_be_asked_at_once"),
    "host.busy_until": (HERE, "test_a_host_of_the_future_may_be_asked_at_once"),
    "cohort.next_search_at": (HERE, "test_a_search_of_the_future_is_due_at_once"),
    "trial.next_look_at": (HERE, "test_a_look_of_the_future_is_due_at_once"),
    "trial.full_read_at": (DAEMON, "test_what_was_read_in_full_in_the_future_is_read_again"),
    "watch.added_at": (DAEMON, "test_a_watch_of_the_future_is_told_what_is_due"),
    "job.succeeded_at": (HERE, "test_what_counts_from_the_future_is_dated_back"),
    "job.failing_since": (HERE, "test_a_job_fails_since_today_at_the_latest"),
    "quarantine.cleared_at": (HERE, "test_what_counts_from_the_future_is_dated_back"),
    "run.started_at": (HERE, "test_what_counts_from_the_future_is_dated_back"),
    "run.finished_at": (HERE, "test_what_counts_from_the_future_is_dated_back"),
}
"""From these something is counted, or for these something waits: each with the test that sets a clock back."""
FACTS = {
    "store.created_at": "when the store was made; only shown",
    "trial.last_checked_at": "only shown",
    "trial.gone_since": "when it was found gone; only shown",
    "watch.stopped_at": "when a person stopped it; only shown",
    "alias.noted_at": "when an id was found to be obsolete; only kept",
    "note.noted_at": "the day of a note; only shown",
    "merge_claim.noted_at": "when a merge was first claimed; only kept",
    "merge_claim.refused_at": "when a person undid a merge; only whether there is one counts",
    "staged.fetched_at": "becomes the version's observed_at; what is staged is forgotten by its run's started_at",
    "snapshot.observed_at": "in the chain of a version: never changed",
    "event.observed_at": "in the chain of events: never changed; what was told is compared with the clock, both ways",
    "quarantine.first_seen_at": "only shown",
    "quarantine.last_seen_at": "only shown",
    "ask.asked_at": "a wish is granted in the order of ids; only kept",
    "job.started_at": "who runs a job is asked of locks; only shown",
    "cohort.created_at": "orders cohorts that were never searched for",
    "cohort.stopped_at": "only shown",
    "cohort.filled_at": "only whether it is there counts",
    "cohort.searched_at": "only shown",
    "cohort_member.entered_at": "only kept",
    "cohort_rejected.at": "only kept",
    "attempt.started_at": "only shown; attempts are in the order of ids",
    "attempt.ended_at": "only shown",
    "muted.at": "a mute has no end; only shown",
}


def instants() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
        or (hasattr(column.type, "impl") and isinstance(column.type.impl, DateTime))
    }


@MARK
def test_every_instant_is_planned_or_a_fact() -> None:
    assert PLANNED.keys() & FACTS.keys() == set()
    assert instants() == PLANNED.keys() | FACTS.keys()
    assert len(instants()) > 40


@MARK
@pytest.mark.parametrize("column", sorted(PLANNED))
def test_a_planned_instant_has_a_test(column: str) -> None:
    module, name = PLANNED[column]
    assert callable(getattr(importlib.import_module(module), name))


@MARK
def test_all_that_is_dated_back_is_declared() -> None:
    dated = {f"{table.__tablename__}.{name}" for table, name in DATED_BACK}
    assert dated | {f"channel.{name}" for name in DATED_BACK_OF_CHANNELS} <= PLANNED.keys()


@MARK
def test_what_counts_from_the_future_is_dated_back(database: Database) -> None:
    ahead = NOW + FAR
    with database.write() as session:
        session.add(JobRow(name="due", succeeded_at=ahead, failing_since=ahead))
        session.add(RunRow(registry_name="ctgov", started_at=ahead, finished_at=ahead, outcome="complete"))
        hidden = {"path": "", "reason": "", "body": b"", "url": "", "normalizer": 1}
        more = {"first_seen_at": ahead, "last_seen_at": ahead, "cleared_at": ahead}
        session.add(QuarantineRow(trial="NCT00000001", raw_sha256="0", **hidden, **more))
        told = {"severity": "major", "created_at": ahead, "due_at": ahead, "next_attempt_at": ahead}
        session.add(MessageRow(key="msg_1", channel="me", kind="x", state="dead", settled_at=ahead, **told))
    with database.write() as session:
        assert put_right(session, NOW, NOW + SKEW) == len(DATED_BACK)
    with database.write() as session:
        assert put_right(session, NOW, NOW + SKEW) == 0
        job = jobs.find(session, "due")
        assert job is not None and (job.succeeded_at, job.failing_since) == (NOW, NOW)


@MARK
def test_a_job_fails_since_today_at_the_latest(database: Database) -> None:
    with database.write() as session:
        jobs.failed(session, "due", "no", NOW + FAR)
    with database.write() as session:
        jobs.failed(session, "due", "no", NOW)
        job = jobs.find(session, "due")
        assert job is not None and job.failing_since == NOW


@MARK
def test_a_host_of_the_future_may_be_asked_at_once(database: Database) -> None:
    with database.write() as session:
        assert hosts.take_turn(session, "example.org", NOW + FAR, "me", 1.0, 60.0).granted
        hosts.pause(session, "example.org", NOW + FAR + timedelta(hours=1))
    with database.write() as session:
        assert hosts.take_turn(session, "example.org", NOW, "else", 1.0, 60.0).granted


@MARK
def test_a_search_of_the_future_is_due_at_once(database: Database) -> None:
    with database.write() as session:
        cohorts.define(session, CohortRow(name="a", registry_name="ctgov", kind="query", size=3, created_at=NOW))
        cohorts.note(session, "a", next_search_at=NOW + FAR)
    with database.read() as session:
        assert cohorts.due(session, NOW, NOW + timedelta(days=11)) == "a"


@MARK
def test_a_look_of_the_future_is_due_at_once(database: Database) -> None:
    with database.write() as session:
        watches.watch(session, "NCT00000001", "ctgov", NOW)
        trials.set_next_checks(session, {"NCT00000001": (NOW + FAR, "")})
    with database.read() as session:
        assert trials.due(session, NOW, NOW + timedelta(days=9)) == ["NCT00000001"]
        assert runs.last(session) is None
