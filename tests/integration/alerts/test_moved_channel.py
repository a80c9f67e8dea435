"""A channel begins, or leads elsewhere since its file was changed: what waits for it is written for the new place."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from storage.engine.database import Database
from storage.errors import Contradiction
from storage.outbox import channel_states, queries, queue
from tests.support.channels.alert_harness import alert_world, another_process, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO

pytestmark = pytest.mark.filterwarnings("ignore:.imghdr.:DeprecationWarning")

NOTE = '[[channel]]\nname = "team"\ntype = "notify"\nurl_env = "NOTE"\n\n'


def test_a_webhook_that_became_a_mail_sends_a_whole_mail(tmp_path: Path) -> None:
    with Sink(answers=[404]) as sink, Mailbox() as box:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            url, text = harness.settings.database_url, mail(box, "team") + rule("team")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                restarted.later(minutes=1)
        [received] = box.mails
        assert ONE in received.parsed["Subject"]


def test_a_webhook_that_became_a_note_sends_a_note_and_stops_no_other(tmp_path: Path) -> None:
    """The usual slip: Slack's address as a webhook, refused with 400, put right as a `notify` channel."""
    pytest.importorskip("apprise")
    with Sink(answers=[400]) as wrong, Sink(secrets=()) as chat, Sink() as other:
        before = webhook(wrong) + webhook(other, "other") + rule("team", "other")
        with alert_world(tmp_path, before) as harness:
            harness.change(ONE)
            harness.deliver()
            url, text = harness.settings.database_url, NOTE + webhook(other, "other") + rule("team", "other")
            place = f"json://{chat.place}/"
            with another_process(tmp_path, text, harness.registry, url, harness.clock, NOTE=place) as restarted:
                restarted.later(minutes=1)
                assert len(chat.hooks) == 1
                restarted.change(TWO)
                restarted.deliver()
                assert len(chat.hooks) == len(other.hooks) == 2


def test_the_same_address_as_a_note_is_another_place_than_as_a_webhook() -> None:
    pytest.importorskip("apprise")
    from tracker.alerts.channels.notify import NotifyChannel, NotifySpec  # noqa: PLC0415
    from tracker.alerts.channels.poster import Poster  # noqa: PLC0415

    url = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    poster = Poster("team", url, lambda: 0.0, user_agent="test")
    assert NotifyChannel(NotifySpec("team", (url,))).fingerprint != poster.fingerprint


def test_a_sender_that_was_put_right_stands_in_what_waits(tmp_path: Path) -> None:
    """The server refuses the sender. What waited was written with it, and would be refused for ever."""
    with Mailbox(say={"DATA": "550 5.7.60 SendAsDenied"}) as box:
        wrong = mail(box) + rule("me")
        with alert_world(tmp_path, wrong) as harness:
            harness.change(ONE)
            harness.deliver()
            box.say.clear()
            url, text = harness.settings.database_url, wrong.replace("trialwatch@example.org", "right@example.org")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                restarted.later(minutes=1)
            [received] = box.mails
            assert "right@example.org" in str(received.parsed["From"])


def test_a_new_recipient_is_not_shown_the_old_one(tmp_path: Path) -> None:
    with Mailbox(say={"RCPT": "451 4.3.0 later"}) as box:
        text = mail(box, to=("old@example.org",)) + rule("me")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            harness.deliver()
            box.say.clear()
            url, text = harness.settings.database_url, text.replace("old@example.org", "new@example.org")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                restarted.later(minutes=1)
            [received] = box.mails
            assert received.to == ("new@example.org",)
            assert "old@example.org" not in str(received.parsed["To"])


def test_what_was_given_up_and_is_wanted_again_is_written_for_the_new_place(tmp_path: Path) -> None:
    with Sink(answers=[413]) as sink, Mailbox() as box:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            [dead] = harness.messages("dead")
            url, text = harness.settings.database_url, mail(box, "team") + rule("team")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                restarted.change(TWO)
                restarted.deliver()
                with restarted.context.database.write() as session:
                    queries.again(session, [dead.key], restarted.clock.now(), "a person")
                restarted.deliver()
        assert [ONE in received.parsed["Subject"] for received in box.mails] == [False, True]


def test_a_digest_that_some_may_have_takes_nothing_new_though_its_bytes_are_gone(tmp_path: Path) -> None:
    """The channel leads elsewhere, and its schedule began again: nothing in the message shows the attempt."""
    text = rule("team", digest='"daily@16:00"')
    with Sink(answers=[500]) as sink, alert_world(tmp_path, webhook(sink) + text) as harness:
        harness.change(ONE)
        harness.later(hours=1, minutes=1)
        [begun] = harness.messages()
        assert begun.attempts == 1
        with harness.context.database.write() as session:
            channel_states.register_channel(session, "team", "elsewhere")
            assert not queue.look_up(session, [begun.key])[begun.key].is_open


def test_a_closed_channel_that_leads_elsewhere_now_is_open(tmp_path: Path) -> None:
    with Sink(answers=[410]) as gone, Sink() as new:
        with alert_world(tmp_path, webhook(gone) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            url = harness.settings.database_url
            text = webhook(new) + rule("team")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                for _ in range(30):
                    restarted.later(hours=1)
                assert len(new.hooks) == 1


def test_what_waits_for_its_next_attempt_is_tried_at_once_at_another_place(tmp_path: Path) -> None:
    with Sink(answers=[(503, {"Retry-After": "86400"})]) as slow, Sink() as new:
        with alert_world(tmp_path, webhook(slow) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            url, text = harness.settings.database_url, webhook(new) + rule("team")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                restarted.later(seconds=1)
                assert len(new.hooks) == 1


def test_two_processes_may_begin_a_channel_at_once(tmp_path: Path, postgres_url: str) -> None:
    """On PostgreSQL writers do not queue: both find no row of the channel, and both write one."""
    raised: list[BaseException] = []

    def second() -> None:
        database = Database.open(postgres_url)
        try:
            with database.write() as session:
                channel_states.register_channel(session, "team", "there")
        except Contradiction as error:
            raised.append(error)
        finally:
            database.close()

    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=postgres_url) as harness:
        with harness.context.database.write() as session:
            channel_states.register_channel(session, "team", "there")
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(1)
        thread.join(20)
    assert raised == []
