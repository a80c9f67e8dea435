"""Mail as the worker sends it: what is tried again and when, who is left alone, and whom a stall does not delay."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.channels.alert_harness import alert_world, mail, rule, webhook
from tests.support.channels.smtp_script import ScriptedSmtpServer
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO

THREE = ("a@example.org", "b@example.org", "c@example.org")


@pytest.mark.fault("E02")
def test_peer_17_a_refused_address_is_a_dead_letter_and_is_left_alone_from_then_on(tmp_path: Path) -> None:
    with Mailbox(say={"b@example.org": "550 5.1.1 nobody here"}) as box:
        with alert_world(tmp_path, mail(box, to=THREE) + rule("me")) as harness:
            harness.change(ONE)
            harness.deliver()
            [message] = harness.messages()
            assert message.state == "dead" and "b@example.org: 550 5.1.1 nobody here" in message.last_error
            box.say.clear()  # the server would take it now
            harness.change(TWO)
            harness.deliver()
            harness.later(hours=1)
    assert [mail.to for mail in box.mails] == [("a@example.org", "c@example.org")] * 2


def test_peer_18_a_retry_goes_only_to_those_who_were_put_off(tmp_path: Path) -> None:
    with Mailbox(say={"c@example.org": "451 4.7.1 later"}) as box:
        with alert_world(tmp_path, mail(box, to=THREE) + rule("me")) as harness:
            harness.change(ONE)
            harness.deliver()
            box.say.clear()
            harness.later(minutes=1)
            assert harness.states() == {"me": "sent"}
    assert [mail.to for mail in box.mails] == [("a@example.org", "b@example.org"), ("c@example.org",)]
    assert len({mail.parsed["Message-ID"] for mail in box.mails}) == 1


@pytest.mark.fault("E03")
def test_a_lost_confirmation_is_tried_again_under_the_same_message_id(tmp_path: Path) -> None:
    with Mailbox(lose_after_data=1) as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        assert harness.deliver().later == 1
        assert harness.later(minutes=1).sent == 1
    first, second = box.mails
    assert first.raw == second.raw


@pytest.mark.fault("E05")
def test_a_refused_login_is_not_tried_again_for_five_minutes(tmp_path: Path) -> None:
    with Mailbox(login=("me", "right")) as box:
        text = mail(box).replace("smtp://", "smtp://me@") + 'password_env = "MAIL_SECRET"\n' + rule("me")
        with alert_world(tmp_path, text, MAIL_SECRET="planted-and-wrong") as harness:
            harness.change(ONE)
            harness.change(TWO)
            harness.deliver()
            harness.later(minutes=4)
            assert box.attempts_to_log_in == 1
            harness.later(minutes=2)
            assert box.attempts_to_log_in == 2
            assert all("planted" not in it.last_error for it in harness.messages())
    assert box.mails == []


@pytest.mark.fault("E06")
def test_a_mail_server_that_stalls_delays_no_webhook(tmp_path: Path) -> None:
    with ScriptedSmtpServer(lambda talk: talk.hang(server.over)) as server, Sink() as sink:
        with alert_world(tmp_path, mail(server) + webhook(sink) + rule("me", "team")) as harness:
            harness.change(ONE)
            assert harness.delivery_worker is not None
            harness.delivery_worker.start()
            end = time.monotonic() + 30
            while not (sink.hooks and server.connections) and time.monotonic() < end:
                time.sleep(0.01)
            assert (len(sink.hooks), server.connections) == (1, 1)
            assert not harness.delivery_worker.wait(0.01)  # the mail is still on its way
            server.over.set()
            assert harness.delivery_worker.wait(30)


def test_a_recipient_that_is_put_off_holds_nothing_back_from_the_others(tmp_path: Path) -> None:
    """A full mailbox of one person would delay the next news of that trial for all others, by three days."""
    to = ("a@example.org", "full@example.org")
    with Mailbox(say={to[1]: "452 4.2.2 mailbox full"}) as box:
        with alert_world(tmp_path, mail(box, to=to) + rule("me")) as harness:
            harness.change(ONE, "COMPLETED")
            harness.deliver()
            assert [it.to for it in box.mails] == [(to[0],)]
            harness.change(ONE, "TERMINATED")  # a day later, and critical
            for _ in range(12):
                harness.later(hours=1)
            assert [it.to for it in box.mails] == [(to[0],)] * 2


def test_a_mail_that_reached_nobody_holds_back_the_next_of_its_trial(tmp_path: Path) -> None:
    with Mailbox(say={"RCPT": "451 4.7.1 later"}) as box, alert_world(tmp_path, mail(box, to=THREE) + rule("me")) as it:
        it.change(ONE, "COMPLETED")
        it.deliver()
        box.say.clear()
        it.registry.data_timestamp = f"{it.clock.now().date()}T14:00:00"
        it.status(ONE)["overallStatus"] = "TERMINATED"
        assert it.poll().changed == 1
        it.deliver()
        assert box.mails == []
        it.later(minutes=5)
        assert ["Terminated" in mail.parsed["Subject"] for mail in box.mails] == [False, True]
