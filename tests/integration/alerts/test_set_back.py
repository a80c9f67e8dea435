"""The clock is ten years ahead while something waits, and is then put right: everything goes on within its delay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from schedules.backoff import DELIVERY_RETRIES
from storage.outbox import channel_states, queue
from storage.tables.models import MessageEventRow, MessageRow
from tests.support.channels.alert_harness import AlertHarness, alert_world, mail, rule, webhook
from tests.support.channels.alert_setup import ONE as FIRST
from tests.support.channels.alert_setup import alerting
from tests.support.channels.smtp_steps import StepsServer
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tracker.daemon.housekeeping import clean_up
from tracker.delivery.replan import replan

MARK = pytest.mark.fault("R-G3")
FAR = timedelta(days=3653)
LEASE = timedelta(minutes=3)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@contextmanager
def ahead(harness: AlertHarness, by: timedelta = FAR) -> Iterator[None]:
    """A while by a clock that is ahead, then put right."""
    right = harness.clock.now()
    harness.clock.move_to(right + by)
    yield
    harness.clock.move_to(right)


def bodies(sink: Sink) -> int:
    return len(sink.hooks)


@MARK
@pytest.mark.parametrize("by", [FAR, timedelta(days=2), timedelta(hours=3)])
def test_an_alert_refused_in_the_future_is_tried_again(tmp_path: Path, url: str, by: timedelta) -> None:
    with Sink(answers=[503]) as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
        harness.change(ONE)
        with ahead(harness, by):
            harness.deliver()
        sink.answers = [204]
        assert harness.later(seconds=6).sent == 1


@MARK
def test_a_pause_asked_for_in_the_future_is_over(tmp_path: Path, url: str) -> None:
    with Sink(answers=[(429, {"Retry-After": "3600"})]) as sink:
        with alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
            harness.change(ONE)
            with ahead(harness):
                harness.deliver()
            sink.answers = [204]
            assert harness.later(seconds=6).sent == 1
            with harness.context.database.read() as session:
                row = channel_states.find(session, "team")
                assert (row.failing_since, row.last_failure_at, row.not_before) == (None, None, None)


@MARK
def test_an_honest_pause_and_plan_stay(tmp_path: Path) -> None:
    with Sink(answers=[(429, {"Retry-After": "36000"})]) as sink:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            [before] = harness.messages()
            harness.later(hours=1)
            [after] = harness.messages()
            assert before.next_attempt_at == after.next_attempt_at and bodies(sink) == 1


@MARK
def test_every_step_of_the_schedule_is_honest(tmp_path: Path) -> None:
    """Whatever chance draws, what the schedule itself planned is never planned again."""
    with Sink(answers=[500]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        for _ in range(12):
            harness.deliver()
            assert replan(harness.context, DELIVERY_RETRIES, LEASE) == 0
            [waiting] = harness.messages()
            if waiting.attempts >= 12:
                break
            harness.clock.move_to(waiting.next_attempt_at)


@MARK
@pytest.mark.parametrize("digest", ["daily@08:00", "weekly@mon08:00"])
def test_a_digest_of_the_future_goes_with_the_next_window(tmp_path: Path, url: str, digest: str) -> None:
    with Sink() as sink:
        text = webhook(sink) + rule("team", digest=f'"{digest}"')
        with alert_world(tmp_path, text, url=url) as harness:
            with ahead(harness):
                harness.day()
                harness.status(ONE)["overallStatus"] = "COMPLETED"
                harness.poll()
            [queued] = harness.messages()
            harness.deliver()
            harness.change(TWO)
            days = 8 if digest.startswith("weekly") else 1
            for _ in range(days * 8):
                harness.later(hours=3)
            sent = harness.messages()
            assert [it.state for it in sent] == ["sent", "sent"] and sent[0].key == queued.key
            with harness.context.database.read() as session:
                told = list(session.exec(select(MessageEventRow.seq)))
            assert len(told) == len(set(told)) == 2, "no event lost, none doubled"
            assert len(sink.hooks) == 2


@MARK
def test_a_message_held_by_quiet_hours_of_the_future_goes(tmp_path: Path, url: str) -> None:
    with Sink() as sink:
        text = webhook(sink) + rule("team", quiet='"20:00-10:00"')
        with alert_world(tmp_path, text, url=url) as harness:
            with ahead(harness, FAR + timedelta(hours=8)):
                harness.day()
                harness.status(ONE)["overallStatus"] = "COMPLETED"
                harness.poll()
            harness.deliver()
            for _ in range(9):
                harness.later(hours=3)
            assert [it.state for it in harness.messages()] == ["sent"] and len(sink.hooks) == 1


@MARK
def test_a_lease_of_the_future_ends_within_one(tmp_path: Path, url: str) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
        harness.change(ONE)
        with ahead(harness), harness.context.database.write() as session:
            now = harness.clock.now()
            [claimed] = queue.claim(session, "team", now, LEASE)
            assert queue.begin(session, claimed, b"{}", now, "one that died", LEASE) is not None
        assert harness.deliver().sent == 0
        assert harness.later(minutes=5).sent == 1


@MARK
def test_a_channel_failing_since_the_future_is_closed_in_time(tmp_path: Path, url: str) -> None:
    with Sink(answers=[500]) as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
        harness.change(ONE)
        with ahead(harness):
            harness.deliver()
        for _ in range(24 * 5 + 2):
            harness.later(hours=1)
        with harness.context.database.read() as session:
            assert channel_states.find(session, "team").disabled_at is not None


@MARK
def test_a_batch_held_in_the_future_is_let_go(tmp_path: Path, url: str) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
        harness.change(ONE)
        with harness.context.database.write() as session:
            row = session.exec(select(MessageRow)).one()
            row.batch, row.created_at = "due:2036-01-01", harness.clock.now() + timedelta(minutes=8)
            session.add(row)
        assert harness.deliver().sent == 1


@MARK
def test_a_doubt_of_the_future_is_a_doubt_of_today(tmp_path: Path, url: str) -> None:
    to = ("a@example.org", "b@example.org")
    with StepsServer(say={to[1]: "550 no such user"}) as server:
        with alert_world(tmp_path, mail(server, to=to) + rule("me"), url=url) as harness:  # type: ignore[arg-type]
            harness.change(ONE)
            with ahead(harness):
                harness.deliver()
            harness.later(minutes=1)
            server.say.clear()
            for _ in range(20):
                harness.later(hours=1)
            assert harness.states() == {"me": "sent"}


@MARK
def test_a_letter_that_died_in_the_future_is_forgotten_in_time(tmp_path: Path, url: str) -> None:
    with Sink(answers=[413]) as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=url) as harness:
        harness.change(ONE)
        with ahead(harness):
            harness.deliver()
        clean_up(harness.context, harness.clock.now())
        [dead] = harness.messages()
        assert dead.settled_at is not None and dead.settled_at <= harness.clock.now()
        harness.clock.advance(timedelta(days=91))
        clean_up(harness.context, harness.clock.now())
        assert harness.messages() == []


@MARK
def test_the_program_with_its_clock_put_right_delivers(tmp_path: Path) -> None:
    """The real program, its time in a file: refused in 2036, delivered in 2026."""
    with alerting(tmp_path) as harness:
        right = datetime.fromisoformat(harness.program.clock.read_text())
        harness.sink.answers = [503]
        harness.box.say = {"MAIL": "451 4.3.0 later"}
        harness.program.clock.write_text((right + FAR).isoformat())
        harness.change(FIRST)
        assert {it["state"] for it in harness.messages()} == {"pending"}
        harness.sink.answers, harness.box.say = [204], {}
        harness.program.clock.write_text((right + timedelta(minutes=1)).astimezone(UTC).isoformat())
        harness.run("poll")
        assert {it["state"] for it in harness.messages()} == {"sent"}
        told = [it.raw.decode().partition("Subject: ")[2].partition(":")[0] for it in harness.box.mails]
        assert told == ["Completed", "Trialwatch"], "the trial, and that the registry's data are dated ahead"
