"""Mail over real SMTP: who is reached, what is tried again, what is never sent, and how long it may take."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.support.channels.mail_factories import KEY, alert, channel, send, spec, told
from tests.support.channels.smtp_script import ScriptedSmtpServer, Talk
from tests.support.channels.smtp_sink import Mailbox
from tracker.alerts.channels.email_sender import EmailChannel
from tracker.errors import NotDelivered, Undeliverable

THREE = ("a@example.org", "b@example.org", "c@example.org")


def raw_channel(server: ScriptedSmtpServer, seconds: float = 30.0) -> EmailChannel:
    return EmailChannel(spec(server.port), time.monotonic, seconds=seconds)


@pytest.mark.fault("E01")
@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_4xx_at_any_step_is_tried_again_under_the_same_message_id(step: str) -> None:
    with Mailbox(say={step: "451 4.3.0 later"}) as box:
        sender = channel(box)
        body = sender.render(alert(told()))
        if step == "RCPT":
            assert send(sender, body).deferred == {"me@example.org": "451 4.3.0 later"}
        else:
            with pytest.raises(NotDelivered, match=r"451 4\.3\.0 later"):
                send(sender, body)
        box.say.clear()
        send(sender, body)
        sender.close()
    assert {mail.parsed["Message-ID"] for mail in box.mails} == {f"<{KEY}@example.org>"}


@pytest.mark.fault("E01")
@pytest.mark.parametrize("greeting", ["421 too busy", "554 go away"])
def test_a_server_that_does_not_greet_is_tried_again(greeting: str) -> None:
    with ScriptedSmtpServer(lambda talk: talk.say(greeting)) as server:
        with pytest.raises(NotDelivered, match=greeting):
            send(raw_channel(server))


@pytest.mark.fault("E02")
def test_one_of_three_is_refused_and_the_others_get_one_mail() -> None:
    with Mailbox(say={"b@example.org": "550 5.1.1 nobody here"}) as box:
        sender = channel(box, to=THREE)
        receipt = send(sender)
        sender.close()
    assert receipt.reached == ("a@example.org", "c@example.org")
    assert receipt.refused == {"b@example.org": "550 5.1.1 nobody here"}
    assert [mail.to for mail in box.mails] == [("a@example.org", "c@example.org")]


@pytest.mark.fault("E02")
def test_all_refused_leaves_no_mail_and_the_connection_usable() -> None:
    with Mailbox(say={"RCPT": "550 5.1.1 nobody here"}) as box:
        sender = channel(box, to=THREE)
        assert set(send(sender).refused) == set(THREE)
        box.say.clear()
        assert send(sender).reached == THREE
        sender.close()
    assert len(box.mails) == 1 and box.connections == 1


def test_only_those_not_reached_yet_are_in_the_envelope() -> None:
    """Peer 18: a retry does not repeat to those who got it."""
    with Mailbox() as box:
        sender = channel(box, to=THREE)
        send(sender, sender.render(alert(told())), to=["b@example.org"])
        sender.close()
    [mail] = box.mails
    assert mail.to == ("b@example.org",)
    assert mail.parsed["To"] == "undisclosed-recipients:;"


def test_a_mail_that_is_refused_itself_is_not_tried_again() -> None:
    with Mailbox(say={"DATA": "552 5.3.4 too big"}) as box:
        with pytest.raises(Undeliverable, match=r"552 5\.3\.4 too big"):
            send(channel(box))


@pytest.mark.fault("E03")
def test_lost_after_the_final_dot_is_not_delivered_and_not_repeated_by_itself() -> None:
    with Mailbox(lose_after_data=1) as box:
        sender = channel(box)
        with pytest.raises(NotDelivered, match="broke the connection off"):
            send(sender, sender.render(alert(told())))
        assert len(box.mails) == 1
        send(sender, sender.render(alert(told())))
        sender.close()
    assert [mail.parsed["Message-ID"] for mail in box.mails] == [f"<{KEY}@example.org>"] * 2


@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_tls_and_a_login_carry_a_mail(security: str, serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    where = {"starttls": serving} if security == "starttls" else {"implicit": serving}
    with Mailbox(login=("me", "sésame"), **where) as box:
        sender = channel(box, context=trusting, security=security, user="me", password="sésame")
        send(sender)
        sender.close()
    assert [mail.tls for mail in box.mails] == [True]
    assert box.attempts_to_log_in == 1


@pytest.mark.fault("E04")
def test_nothing_is_sent_where_starttls_was_stripped(trusting: ssl.SSLContext) -> None:
    with Mailbox(login=("me", "planted-secret")) as box:
        sender = channel(box, context=trusting, security="starttls", user="me", password="planted-secret")
        with pytest.raises(NotDelivered, match="does not offer"):
            send(sender)
    assert (box.mails, box.attempts_to_log_in) == ([], 0)


@pytest.mark.fault("E04")
@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_nothing_is_sent_to_a_certificate_nobody_vouches_for(security: str, serving: ssl.SSLContext) -> None:
    where = {"starttls": serving} if security == "starttls" else {"implicit": serving}
    with Mailbox(login=("me", "planted-secret"), **where) as box:
        sender = channel(box, security=security, user="me", password="planted-secret")
        with pytest.raises(NotDelivered, match="certificate that cannot be trusted"):
            send(sender)
    assert (box.mails, box.attempts_to_log_in) == ([], 0)


@pytest.mark.fault("E04")
def test_what_is_said_before_tls_does_not_count_after_it(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Somebody in between slips an answer in that says: no login is needed here."""

    def inject(talk: Talk) -> None:
        talk.say("220 ready")
        talk.hear()
        talk.say("250-me", "250 STARTTLS")
        talk.hear()
        talk.connection.sendall(b"220 go on\r\n250 slipped in\r\n")
        talk.secure(serving)
        talk.serve(1, greeting="")

    with ScriptedSmtpServer(inject) as server:
        where = spec(server.port, security="starttls", user="me", password="planted-secret")
        sender = EmailChannel(where, time.monotonic, context=trusting)
        assert send(sender).reached
        sender.close()
    assert any(line.startswith(b"AUTH PLAIN ") for line in server.heard)


@pytest.mark.fault("E05")
@pytest.mark.parametrize("password", ["wrong-planted-secret", "wrong-sésame"])
def test_a_refused_login_is_tried_once_and_then_left_alone_and_the_password_is_not_shown(password: str) -> None:
    with Mailbox(login=("me", "right")) as box:
        with pytest.raises(NotDelivered, match="refuses the login") as caught:
            send(channel(box, user="me", password=password))
    assert box.attempts_to_log_in == 1
    assert caught.value.retry_after is not None and caught.value.retry_after >= timedelta(minutes=5)
    assert password not in repr(caught.value) and password not in repr(spec(1, password=password))


def drip(talk: Talk, over: Callable[[float], bool]) -> None:
    while not over(0.05):
        talk.connection.sendall(b"2")


def endless(talk: Talk, over: Callable[[float], bool]) -> None:
    talk.say("220 ready")
    while not over(0.0):
        talk.say("250-and more")


def silent(_: Talk, over: Callable[[float], bool]) -> None:
    over(60)


def silent_in_data(talk: Talk, over: Callable[[float], bool]) -> None:
    talk.say("220 ready")
    for answer in ("250 me", "250 fine", "250 fine", "354 go on"):
        talk.hear()
        talk.say(answer)
    over(60)


def deaf_in_data(talk: Talk, over: Callable[[float], bool]) -> None:
    """Takes the mail no faster than a few bytes at a time, so that sending it stalls."""
    talk.say("220 ready")
    for answer in ("250 me", "250 fine", "250 fine", "354 go on"):
        talk.hear()
        talk.say(answer)
    over(60)


@pytest.mark.fault("E06")
@pytest.mark.parametrize("stall", [drip, silent, silent_in_data])
def test_a_server_that_stalls_in_whatever_way_is_left_at_the_deadline(
    stall: Callable[[Talk, Callable[[float], bool]], None],
) -> None:
    with ScriptedSmtpServer(lambda talk: stall(talk, server.over.wait)) as server:
        with pytest.raises(NotDelivered, match="did not answer in time"):
            send(raw_channel(server, seconds=0.5))


@pytest.mark.fault("E06")
def test_a_server_that_does_not_read_is_left_at_the_deadline() -> None:
    with ScriptedSmtpServer(lambda talk: deaf_in_data(talk, server.over.wait)) as server:
        with pytest.raises(NotDelivered, match="did not answer in time"):
            send(raw_channel(server, seconds=0.5), b"x" * 70 + b"\r\n" + b"y" * 30_000_000)


def test_an_answer_without_an_end_is_cut_off() -> None:
    with ScriptedSmtpServer(lambda talk: endless(talk, server.over.wait)) as server:
        with pytest.raises(NotDelivered, match="broke the connection off"):
            send(raw_channel(server))


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port where nobody listens."""
    with ScriptedSmtpServer(lambda _: None) as server:
        port = server.port
    yield port


def test_nobody_there_is_tried_again(nobody: int) -> None:
    with pytest.raises(NotDelivered, match=f"cannot be reached: nothing answers on port {nobody}") as caught:
        send(EmailChannel(spec(nobody), time.monotonic))
    assert caught.value.subject == "me"


def test_one_connection_carries_many_mails() -> None:
    with Mailbox() as box:
        sender = channel(box)
        for _ in range(5):
            send(sender)
        sender.close()
    assert (len(box.mails), box.connections) == (5, 1)


def test_a_connection_that_went_stale_is_opened_again_and_the_mail_sent_once() -> None:
    with ScriptedSmtpServer(lambda talk: talk.serve(1)) as server:
        sender = raw_channel(server)
        assert send(sender).reached and send(sender).reached
        sender.close()
    assert server.connections == 2
    assert server.heard.count(b"data\r\n") == 2


def test_a_connection_lost_within_data_is_not_opened_again() -> None:
    def hang_up_in_the_second(talk: Talk) -> None:
        talk.serve(1)
        for answer in ("250 fine", "250 fine", "354 go on"):
            talk.hear()
            talk.say(answer)

    with ScriptedSmtpServer(hang_up_in_the_second) as server:
        sender = raw_channel(server)
        send(sender)
        with pytest.raises(NotDelivered):
            send(sender)
    assert server.connections == 1


def test_a_closed_channel_may_be_used_again() -> None:
    with Mailbox() as box:
        sender = channel(box)
        send(sender)
        sender.close()
        send(sender)
        sender.close()
    assert box.connections == 2


def test_the_fingerprint_is_of_the_place_and_not_of_the_password() -> None:
    def mark(**more: object) -> str:
        return EmailChannel(spec(25, **more), time.monotonic).fingerprint

    assert mark() == mark(password="another") == mark(user="me")
    assert mark(to=THREE) == mark(to=THREE[::-1])
    assert len({mark(), mark(host="mail.example.org"), mark(sender="x@example.org"), mark(to=THREE)}) == 4
