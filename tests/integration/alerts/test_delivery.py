"""Changes reach their channels over real sockets: once, in order, under one key, or as dead messages with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from storage.outbox import channel_states, queries, queue
from tests.support.channels.alert_harness import (
    OTHER_SECRET,
    SECRET,
    alert_world,
    another_process,
    data,
    mail,
    rule,
    webhook,
)
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Hook, Sink
from tests.support.harness import ONE, TWO

SCHEDULE = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


def signed(hook: Hook, secret: str = SECRET) -> str:
    at = datetime.fromtimestamp(int(hook.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(hook.key, at, hook.body.decode())


def test_a_change_reaches_its_channels_signed_and_readable(tmp_path: Path) -> None:
    with (
        Sink() as sink,
        Mailbox() as box,
        alert_world(tmp_path, webhook(sink) + mail(box) + rule("team", "me")) as harness,
    ):
        harness.change(ONE)
        assert harness.deliver().sent == 2
        [hook], [received] = sink.hooks, box.mails
        [event] = [event for event in harness.news() if event.kind == "status.changed"]
        assert (data(hook)["id"], data(hook)["trial"], data(hook)["rules"]) == (event.id, ONE, ["all"])
        assert data(hook)["url"] == f"https://clinicaltrials.gov/study/{ONE}"
        assert hook.headers["webhook-signature"] == signed(hook)
        assert received.parsed["Subject"] == f"Completed: A study called {ONE} ({ONE})"
        keys = {it.channel: it.key for it in harness.messages()}
        assert hook.key == keys["team"]
        assert received.parsed["Message-ID"] == f"<{keys['me']}@example.org>"
        assert harness.deliver().sent == 0


def test_silent_when_nothing_happened_and_at_the_first_look(tmp_path: Path) -> None:
    """b33 and peer 15: six, or three thousand, new trials are no news."""
    with (
        Sink() as sink,
        alert_world(tmp_path, webhook(sink) + rule("team", on='["*"]', min_severity='"admin"')) as harness,
    ):
        harness.deliver()
        harness.day()
        harness.poll()
        harness.deliver()
        assert sink.hooks == [] and harness.messages() == []


def test_messages_are_written_with_their_changes_or_not_at_all(tmp_path: Path) -> None:
    """Peer 14: whatever ends a poll between the two, neither is there without the other."""
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.day()
        harness.status(ONE)["overallStatus"] = "COMPLETED"
        with harness.context.database.write() as session:
            session.connection().exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        with pytest.raises(Exception, match="no room"):
            harness.poll()
        assert harness.news() == []
        with harness.context.database.write() as session:
            session.connection().exec_driver_sql("DROP TRIGGER full")
        harness.poll()
        assert [event.kind for event in harness.news()] == ["status.changed"]
        assert harness.deliver().sent == 1


def test_peer_12_a_channel_down_for_two_days_gets_all_of_it_once_in_order_after_a_restart(tmp_path: Path) -> None:
    with Sink(answers=[503]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        statuses = ["COMPLETED", "TERMINATED", "WITHDRAWN"]
        for status in statuses:
            harness.change(ONE, status)
            harness.deliver()
        url, failed = harness.settings.database_url, len(sink.hooks)
        sink.answers = [200]
        with another_process(tmp_path, webhook(sink) + rule("team"), harness.registry, url, harness.clock) as restarted:
            for _ in range(60):
                restarted.later(hours=1)
        told = [data(hook)["fields"][0]["after"] for hook in sink.hooks[failed:]]
        assert told == statuses
        assert len({hook.key for hook in sink.hooks}) == 3


def test_peer_13_one_failing_channel_neither_blocks_another_nor_repeats_to_it(tmp_path: Path) -> None:
    with Sink(answers=[500]) as bad, Sink() as good:
        with alert_world(tmp_path, webhook(bad, "bad") + webhook(good, "good") + rule("bad", "good")) as harness:
            harness.change(ONE)
            harness.deliver()
            harness.later(minutes=1)
            harness.later(minutes=20)
            assert len(bad.hooks) > 1
            assert len(good.hooks) == 1
            assert harness.states() == {"bad": "pending", "good": "sent"}


@pytest.mark.fault("D10")
def test_every_attempt_has_the_same_id_and_bytes_and_its_own_time_and_signature(tmp_path: Path) -> None:
    with Sink(answers=[500, 500, 200]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        harness.deliver()
        harness.later(seconds=10)
        harness.later(minutes=10)
        first, second, third = sink.hooks
        assert first.key == second.key == third.key
        assert first.body == second.body == third.body
        assert len({hook.headers["webhook-timestamp"] for hook in sink.hooks}) == 3
        assert [hook.headers["webhook-signature"] for hook in sink.hooks] == [signed(hook) for hook in sink.hooks]
        assert [it.outcome for it in harness.attempts(first.key)] == ["retry", "retry", "sent"]


@pytest.mark.fault("D11")
def test_two_secrets_sign_twice_and_then_only_the_new_one(tmp_path: Path) -> None:
    text = f"{{}}{rule('team')}"
    with (
        Sink() as sink,
        alert_world(tmp_path, text.format(webhook(sink)), HOOK_SECRET=f"{OTHER_SECRET} {SECRET}") as harness,
    ):
        harness.change(ONE)
        harness.deliver()
        [hook] = sink.hooks
        assert hook.headers["webhook-signature"].split(" ") == [signed(hook, OTHER_SECRET), signed(hook)]


@pytest.mark.fault("D12")
@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_every_2xx_is_success(tmp_path: Path, status: int) -> None:
    with Sink(answers=[status]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        assert harness.deliver().sent == 1
        assert harness.states() == {"team": "sent"}


@pytest.mark.fault("D04")
@pytest.mark.fault("D13")
@pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 400, 401, 404, 500])
def test_all_else_is_failure_and_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    with Sink() as elsewhere, Sink(answers=[(status, {"Location": elsewhere.url}), 200]) as sink:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            assert harness.deliver().later == 1
            [waiting] = harness.messages()
            assert (waiting.state, waiting.last_status) == ("pending", status)
            assert str(status) in waiting.last_error
            assert harness.later(seconds=10).sent == 1
            assert elsewhere.hooks == []


@pytest.mark.fault("D14")
def test_410_closes_the_channel_keeps_what_waits_and_tells_the_owner(tmp_path: Path) -> None:
    owner = '[alerts]\nowner = "me"\n'
    with Sink(answers=[410, 200]) as sink, Mailbox() as box:
        with alert_world(tmp_path, owner + webhook(sink) + mail(box) + rule("team")) as harness:
            harness.change(ONE)
            harness.change(TWO)
            harness.deliver()
            harness.deliver()
            assert len(sink.hooks) == 1
            assert [it.state for it in harness.messages() if it.channel == "team"] == ["pending", "pending"]
            [received] = box.mails
            assert "team is disabled" in received.parsed["Subject"]
            harness.later(days=2)
            assert len(sink.hooks) == 1
            assert harness.delivery_worker is not None
            harness.delivery_worker.test("team")
            assert harness.deliver().sent == 2


@pytest.mark.fault("D15")
def test_retry_after_slows_the_whole_channel_and_no_other(tmp_path: Path) -> None:
    with Sink(answers=[(429, {"Retry-After": "3600"}), 200]) as slow, Sink() as quick:
        with alert_world(tmp_path, webhook(slow, "slow") + webhook(quick, "quick") + rule("slow", "quick")) as harness:
            harness.change(ONE)
            harness.change(TWO)
            harness.deliver()
            assert (len(slow.hooks), len(quick.hooks)) == (1, 2)
            harness.later(minutes=59)
            assert len(slow.hooks) == 1
            harness.later(minutes=2)
            assert len(slow.hooks) == 3


@pytest.mark.fault("D19")
@pytest.mark.parametrize("chance", [0, 1])
def test_a_dead_endpoint_is_tried_by_the_schedule_then_disabled_and_its_owner_told_once(
    tmp_path: Path, chance: int
) -> None:
    owner = '[alerts]\nowner = "me"\n'
    with Sink(answers=[500]) as sink, Mailbox() as box:
        with alert_world(tmp_path, owner + webhook(sink) + mail(box) + rule("team")) as harness:
            harness.change(ONE)
            times = [harness.clock.now()]
            harness.deliver()
            [waiting] = [it for it in harness.messages() if it.channel == "team"]
            while len(times) <= len(SCHEDULE):
                harness.clock.move_to(waiting.next_attempt_at - timedelta(seconds=1))
                assert harness.deliver().later == 0
                harness.later(seconds=2)
                times.append(harness.clock.now())
                [waiting] = [it for it in harness.messages() if it.channel == "team"]
            pauses = [(after - before).total_seconds() for before, after in pairwise(times)]
            assert len(sink.hooks) == 10 == waiting.attempts
            assert all(0.8 * due <= pause <= 1.2 * due + 2 for due, pause in zip(SCHEDULE, pauses, strict=True))
            assert waiting.state == "pending" and "500" in waiting.last_error, "nothing else got through either"
            assert box.mails == []
            harness.clock.move_to(times[0] + timedelta(days=5, minutes=1))
            harness.deliver()
            harness.deliver()
            assert len(box.mails) == 1 and "disabled" in box.mails[0].parsed["Subject"]
            [waiting] = [it for it in harness.messages() if it.channel == "team"]
            assert waiting.state == "pending"
            with harness.context.database.read() as session:
                assert channel_states.find(session, "team").disabled_at is not None


def test_one_bad_hour_closes_no_channel(tmp_path: Path) -> None:
    with Sink(answers=[500]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        harness.deliver()
        harness.later(seconds=10)
        sink.answers = [200]
        harness.clock.advance(timedelta(days=6))
        harness.deliver()
        with harness.context.database.read() as session:
            assert channel_states.find(session, "team").disabled_at is None
        assert harness.states() == {"team": "sent"}


@pytest.mark.fault("D16")
def test_a_lost_reply_is_sent_again_under_the_same_id(tmp_path: Path) -> None:
    with Sink(answers=[lambda handler: handler.cut(), 200]) as sink:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            assert harness.deliver().later == 1
            assert harness.later(seconds=10).sent == 1
            assert len(sink.hooks) == 2 and len(set(sink.keys)) == 1


@pytest.mark.fault("D20")
def test_sent_again_while_sending_under_its_own_id(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        harness.deliver()
        with harness.context.database.write() as session:
            queries.again(session, [sink.keys[0]], harness.clock.now(), "a person")
        assert harness.deliver().sent == 1
        assert len(sink.keys) == 2 and len(set(sink.keys)) == 1
        assert [it.outcome for it in harness.attempts(sink.keys[0])] == ["sent", "asked", "sent"]


@pytest.mark.fault("D22")
def test_the_changes_of_one_trial_arrive_in_their_order_while_others_pass(tmp_path: Path) -> None:
    with Sink(answers=[500, 200]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE, "COMPLETED")
        harness.change(ONE, "TERMINATED")
        harness.change(TWO, "COMPLETED")
        harness.deliver()
        assert [(data(hook)["trial"]) for hook in sink.hooks] == [ONE, TWO]
        harness.later(seconds=10)
        after = [data(hook)["fields"][0]["after"] for hook in sink.hooks if data(hook)["trial"] == ONE]
        assert after == ["COMPLETED", "COMPLETED", "TERMINATED"]


def test_a_crash_between_attempt_and_reply_costs_the_lease_and_nothing_else(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        with harness.context.database.write() as session:
            now, lease = harness.clock.now(), timedelta(minutes=3)
            [claimed] = queue.claim(session, "team", now, lease)
            assert queue.begin(session, claimed, b"{}", now, "one that died", lease) is not None
        assert harness.deliver().sent == 0
        assert harness.later(minutes=4).sent == 1
        assert [it.outcome for it in harness.attempts(sink.keys[0])] == ["running", "sent"]


def test_a_poll_that_was_cut_off_still_tells_what_it_wrote(tmp_path: Path) -> None:
    """Its messages are held back for the end of a run that never came."""
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.day()
        harness.status(ONE)["overallStatus"] = "COMPLETED"
        with harness.context.database.write() as session:
            session.connection().exec_driver_sql(
                "CREATE TRIGGER cut BEFORE UPDATE OF finished_at ON run BEGIN SELECT RAISE(ABORT, 'cut off'); END"
            )
        with pytest.raises(Exception, match="cut off"):
            harness.poll()
        assert [event.kind for event in harness.news()] == ["status.changed"]
        assert harness.deliver().sent == 1
        with harness.context.database.write() as session:
            session.connection().exec_driver_sql("DROP TRIGGER cut")
        harness.poll()
        assert harness.deliver().sent == 0
        assert len(sink.hooks) == 1


def test_a_message_that_cannot_be_written_is_dead_and_says_so_and_others_go_on(tmp_path: Path) -> None:
    """Peer 16: never an empty digest, never marked as sent."""
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        with harness.context.database.write() as session:
            session.connection().exec_driver_sql("DELETE FROM message_event")
        harness.change(TWO)
        delivered = harness.deliver()
        assert (delivered.sent, delivered.dead) == (1, 1)
        [dead] = harness.messages("dead")
        assert "could not be written" in dead.last_error
        assert [data(hook)["trial"] for hook in sink.hooks] == [TWO]


def test_quiet_hours_hold_delivery_and_never_checking(tmp_path: Path) -> None:
    quiet = {"quiet": '"14:00-18:00"', "quiet_critical": "true"}
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team", on='["status.*"]', **quiet)) as harness:
        harness.day()
        harness.status(ONE)["overallStatus"] = "COMPLETED"  # major
        harness.status(TWO)["overallStatus"] = "TERMINATED"  # critical passes
        harness.poll()
        assert [event.kind for event in harness.news()] == ["status.changed"] * 2
        harness.deliver()
        assert [data(hook)["trial"] for hook in sink.hooks] == [TWO]
        harness.later(days=1)  # nobody was there at 18:00, and now it is quiet again
        assert len(sink.hooks) == 1
        harness.later(hours=3)
        assert [data(hook)["trial"] for hook in sink.hooks] == [TWO, ONE]
        assert [it.outcome for it in harness.attempts(sink.keys[1])] == ["sent"]


def test_a_digest_brings_the_day_in_one_message_and_critical_ones_at_once(tmp_path: Path) -> None:
    daily = {"digest": '"daily@16:00"'}
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", **daily)) as harness:
        harness.day()
        harness.status(ONE)["overallStatus"] = "COMPLETED"
        harness.status(TWO)["overallStatus"] = "TERMINATED"
        harness.module(ONE, "identificationModule")["briefTitle"] = "Another title"
        harness.poll()
        harness.deliver()
        assert [it.parsed["Subject"].partition(":")[0] for it in box.mails] == ["Terminated"]
        assert box.mails[0].parsed["Subject"].endswith(f" ({TWO})")
        harness.later(hours=1, minutes=1)
        assert len(box.mails) == 2
        assert box.mails[1].parsed["Subject"] == f"2 changes: Completed, Another title ({ONE})"
        harness.later(days=1)
        assert len(box.mails) == 2  # never an empty one
