"""A server, or our settings, at fault for an hour, a day, a week: nothing is lost, nobody is muted, the owner knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.outbox import channel_states
from tests.support.channels.alert_harness import AlertHarness, alert_world, data, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.smtp_steps import StepsServer
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO

MARK = pytest.mark.fault("R-C2")
OWNER = '[alerts]\nowner = "watch"\n'
THREE = ("a@example.org", "b@example.org", "c@example.org")
RELAY = "554 5.7.1 Relay access denied"
OPS = '["ops.*"]'


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as found:
        yield found


def muted(harness: AlertHarness) -> list[str]:
    with harness.context.database.read() as session:
        return [it.address for it in channel_states.muted(session)]


def hours(harness: AlertHarness, number: int) -> None:
    for _ in range(number):
        harness.later(hours=1)


@MARK
@pytest.mark.parametrize("outage", [1, 24, 7 * 24])
@pytest.mark.parametrize("step", ["RCPT TO", "AUTH", "MAIL FROM", "message", "greeting"])
def test_an_outage_of_mail_loses_nothing(tmp_path: Path, sink: Sink, step: str, outage: int) -> None:
    with StepsServer(say={step: "554 5.7.1 Relay access denied"}, login=True) as server:
        text = mail(server, to=THREE).replace("smtp://", "smtp://me@") + 'password_env = "MAIL_SECRET"\n'  # type: ignore[arg-type]
        with alert_world(tmp_path, OWNER + text + webhook(sink, "watch") + rule("me"), MAIL_SECRET="x") as harness:
            harness.change(ONE)
            harness.deliver()
            hours(harness, outage)
            harness.change(TWO)
            harness.deliver()
            assert muted(harness) == [] and {it.state for it in harness.messages() if it.channel == "me"} == {"pending"}
            assert "ops.channel_failing" in [data(hook)["kind"] for hook in sink.hooks], "its owner knows"
            server.say.clear()
            assert harness.delivery_worker is not None
            harness.delivery_worker.test("me")
            hours(harness, 2)
            assert {it.state for it in harness.messages() if it.channel == "me"} == {"sent"}
    test, *mails = server.mails
    assert test == THREE and mails == [THREE] * 2


@MARK
def test_relaying_denied_kills_neither_alert_nor_notice_nor_next(tmp_path: Path, url: str) -> None:
    """The owner's own address goes over the same server."""
    with StepsServer(say={"RCPT TO": RELAY}) as server:
        text = '[alerts]\nowner = "me"\n' + mail(server) + rule("me")  # type: ignore[arg-type]
        with alert_world(tmp_path, text, url=url) as harness:
            harness.change(ONE)
            hours(harness, 2)
            harness.change(TWO)
            assert muted(harness) == [] and {it.state for it in harness.messages()} == {"pending"}
            server.say.clear()
            hours(harness, 24)
            assert {it.state for it in harness.messages()} == {"sent"}


@MARK
@pytest.mark.parametrize("answer", ["550 5.1.1 user unknown", "550 user unknown", "553 5.1.3 bad"])
def test_a_lost_table_of_mailboxes_mutes_nobody(tmp_path: Path, answer: str) -> None:
    """All are refused at once with the same word: that says something of the server."""
    with Mailbox(say={"RCPT": answer}) as box:
        with alert_world(tmp_path, mail(box, to=THREE) + rule("me")) as harness:
            harness.change(ONE)
            hours(harness, 50)
            assert muted(harness) == [] and harness.states() == {"me": "pending"}
            box.say.clear()
            hours(harness, 30)
            assert harness.states() == {"me": "sent"} and len(box.mails) == 1


@MARK
def test_a_bare_refusal_counts_when_it_is_said_a_day_later(tmp_path: Path, url: str) -> None:
    with Mailbox(say={"b@example.org": "550 no such user"}) as box:
        with alert_world(tmp_path, mail(box, to=THREE) + rule("me"), url=url) as harness:
            harness.change(ONE)
            hours(harness, 22)
            assert muted(harness) == [] and harness.states() == {"me": "pending"}
            hours(harness, 20)
            assert muted(harness) == ["b@example.org"] and harness.states() == {"me": "dead"}
    assert [it.to for it in box.mails] == [("a@example.org", "c@example.org")]


@MARK
def test_a_bare_refusal_that_passes_mutes_nobody(tmp_path: Path, url: str) -> None:
    with Mailbox(say={"b@example.org": "550 no such user"}) as box:
        with alert_world(tmp_path, mail(box, to=THREE) + rule("me"), url=url) as harness:
            harness.change(ONE)
            hours(harness, 9)
            box.say.clear()
            hours(harness, 12)
            assert muted(harness) == [] and harness.states() == {"me": "sent"}
    assert [it.to for it in box.mails] == [("a@example.org", "c@example.org"), ("b@example.org",)]


@MARK
def test_one_message_that_always_fails_is_dead_while_others_pass(tmp_path: Path) -> None:
    """Then it is the message, not the server; and the owner hears of it by another way."""
    with Mailbox() as box, Sink() as sink:

        def by_trial(handler: object) -> None:
            body = handler.owner.hooks[-1].body  # type: ignore[attr-defined]
            answer = b"500 No" if ONE.encode() in body else b"204 Yes"
            handler.connection.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

        sink.answers = [by_trial]
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            for number in range(40):
                harness.change(TWO, f"S{number}")
                hours(harness, 3)
            dead = harness.messages("dead")
            assert [it.trial for it in dead] == [ONE] and dead[0].attempts == 10
        assert any(ONE in it.parsed.as_string() for it in box.mails)


@MARK
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 407, 415, 422, 301, 451, 500, 501, 503, 599, 429, 408])
def test_a_week_of_a_wrong_webhook_loses_nothing(tmp_path: Path, status: int) -> None:
    with Sink(answers=[status]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            for _ in range(28):
                harness.later(hours=6)
            assert [it.state for it in harness.messages() if it.channel == "team"] == ["pending"]
            assert box.mails, "its owner knows"
            sink.answers = [204]
            assert harness.delivery_worker is not None
            harness.delivery_worker.test("team")
            harness.deliver()
            assert [it.state for it in harness.messages() if it.channel == "team"] == ["sent"]


@MARK
def test_a_message_too_big_is_dead_and_the_channel_lives(tmp_path: Path) -> None:
    with Sink(answers=[413, 204]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            harness.change(TWO)
            assert harness.deliver().dead == 1
            assert sorted(it.state for it in harness.messages() if it.channel == "team") == ["dead", "sent"]
            harness.later(minutes=1)
            assert len(box.mails) == 1 and "413" in box.mails[0].parsed.as_string()


@MARK
def test_no_room_for_now_is_no_reason_to_give_up(tmp_path: Path) -> None:
    with Sink(answers=[(413, {"Retry-After": "600"}), 204]) as sink:
        with alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
            harness.change(ONE)
            harness.deliver()
            assert harness.later(minutes=11).sent == 1


@MARK
def test_a_channel_of_one_address_is_kept_when_it_is_refused(tmp_path: Path) -> None:
    with Mailbox(say={"RCPT": "550 5.1.1 no such user"}) as box, Sink() as sink:
        with alert_world(tmp_path, OWNER + mail(box) + webhook(sink, "watch") + rule("me")) as harness:
            harness.change(ONE)
            hours(harness, 24 * 6)
            assert muted(harness) == []
            with harness.context.database.read() as session:
                assert channel_states.find(session, "me").disabled_at is not None
            kinds = [data(hook)["kind"] for hook in sink.hooks]
            assert kinds == ["ops.channel_failing", "ops.channel_disabled"]
            box.say.clear()
            assert harness.delivery_worker is not None
            harness.delivery_worker.test("me")
            assert harness.deliver().sent == 1
