"""Each row of the table of SMTP against a real server: who is refused, what waits, what is dead, and what is said."""

from __future__ import annotations

import time

import pytest

from tests.support.channels.mail_factories import send, spec
from tests.support.channels.smtp_steps import StepsServer
from tracker.alerts.channels.channel import Receipt
from tracker.alerts.channels.email_sender import EmailChannel
from tracker.alerts.replies import BASIC, ENHANCED, STEPS, smtp_verdict
from tracker.errors import DeliveryError, NotDelivered, Undeliverable

A, B = "a@example.org", "b@example.org"
MARK = pytest.mark.fault("R-C2")

REFUSED = [
    *("550 5.1.1 no such user", "553 5.1.3 bad address", "551 5.1.6 moved", "550 5.2.1 disabled", "556 5.1.10 null mx"),
    "556 no mail for that domain",
]
DOUBTED = [
    *("550 no such user", "550 5.1.2 no such domain", "550 5.1.0 odd", "550 5.1.4 several", "550 5.2.0 odd"),
    *("551 not here", "553 not a mailbox", "550 5.0.0 mailbox unavailable", "550 4.1.1 wrong class"),
]
WAITS = [
    *("450 greylisted", "450 4.2.0 wait", "451 4.3.0 later", "452 4.2.2 full", "552 5.2.2 over quota", "450 4.1.1 no"),
    *("452 too many", "450 4.7.1 come later", "451 4.4.1 no answer", "452 4.3.1 no room", "454 4.7.0 tls", "499 odd"),
]
STANDS = [
    *("554 5.7.1 Relay access denied", "550 5.7.1 not permitted", "550 5.7.26 no dmarc", "554 5.4.6 loop"),
    *(
        "550 5.4.1 access denied",
        "530 5.7.0 log in",
        "535 5.7.8 who",
        "550 relaying denied",
        "550 blocked by spam list",
    ),
    *("553 sorry, that domain isn't in my list of allowed rcpthosts", "554 no", "550 5.3.5 misconfigured", "503 first"),
    *(
        "550 5.5.1 what",
        "523 5.7.10 encrypt",
        "525 5.7.13 disabled",
        "538 encrypt",
        "534 stronger",
        "550 sender unknown",
    ),
]
DECLINED = ["552 5.3.4 too big", "552 5.2.3 too long", "554 5.6.1 no html"]


def receipt(answer: str) -> Receipt:
    with StepsServer(say={B: answer}) as server:
        channel = EmailChannel(spec(server.port, to=(A, B)), time.monotonic, seconds=30)
        found = send(channel)
        channel.close()
    assert server.mails == [(A,)] and found.reached == (A,)
    return found


@MARK
@pytest.mark.parametrize("answer", REFUSED)
def test_a_recipient_that_is_gone_is_refused(answer: str) -> None:
    assert receipt(answer).refused == {B: answer}


@MARK
@pytest.mark.parametrize("answer", DOUBTED)
def test_an_unclear_refusal_is_doubted(answer: str) -> None:
    assert receipt(answer).doubted == {B: answer}


@MARK
@pytest.mark.parametrize("answer", WAITS)
def test_what_passes_is_put_off(answer: str) -> None:
    found = receipt(answer)
    assert (found.deferred, found.lasting) == ({B: answer}, False)


@MARK
@pytest.mark.parametrize("answer", STANDS)
def test_policy_and_settings_refuse_no_address(answer: str) -> None:
    found = receipt(answer)
    assert (found.deferred, found.lasting) == ({B: answer}, True)


@MARK
@pytest.mark.parametrize("answer", DECLINED)
def test_what_is_not_wanted_is_lost_for_that_recipient(answer: str) -> None:
    assert receipt(answer).declined == {B: answer}


def failure(step: str, answer: str) -> DeliveryError:
    with StepsServer(say={step: answer}, login=True, starttls=step == "STARTTLS") as server:
        security = "starttls" if step == "STARTTLS" else "plain"
        where = spec(server.port, to=(A, B), user="me", password="planted", security=security)
        with pytest.raises(DeliveryError) as caught:
            send(EmailChannel(where, time.monotonic, seconds=30))
    assert server.mails == []
    return caught.value


PASSING = [
    *(("greeting", "421 4.3.2 busy"), ("greeting", "450 later"), ("EHLO", "421 closing"), ("EHLO", "451 4.3.0 later")),
    *(("STARTTLS", "454 4.7.0 no TLS now"), ("AUTH", "454 4.7.0 later"), ("AUTH", "421 bye"), ("MAIL FROM", "421 bye")),
    *(("MAIL FROM", "451 4.3.0 later"), ("MAIL FROM", "452 4.3.1 no room"), ("RCPT TO", "421 4.7.0 too many")),
    *(("DATA", "451 later"), ("DATA", "421 bye"), ("message", "451 4.7.1 greylisted"), ("message", "452 4.3.1 full")),
    *(("message", "421 bye"), ("message", "450 4.6.0 odd"), ("message", "xyz"), ("greeting", "SSH-2.0-x")),
]
LASTING = [
    *(("greeting", "554 5.7.1 go away"), ("greeting", "521 no mail here"), ("greeting", "554 no")),
    *(("EHLO", "550 5.7.1 bad name"), ("EHLO", "521 no"), ("STARTTLS", "502 no"), ("STARTTLS", "501 5.5.4 no")),
    *(("AUTH", "535 5.7.8 wrong"), ("AUTH", "432 4.7.12 change it"), ("AUTH", "534 5.7.9 weak"), ("AUTH", "538 tls")),
    *(("AUTH", "525 5.7.13 off"), ("AUTH", "500 long"), ("AUTH", "550 5.7.0 no"), ("AUTH", "504 5.5.4 no")),
    *(("MAIL FROM", "530 5.7.0 log in"), ("MAIL FROM", "550 5.1.8 your domain"), ("MAIL FROM", "553 5.1.7 your name")),
    *(("MAIL FROM", "550 5.7.1 not yours"), ("MAIL FROM", "550 no"), ("MAIL FROM", "550 5.1.1 no such sender")),
    *(("MAIL FROM", "555 what"), ("MAIL FROM", "523 tls"), ("DATA", "503 first"), ("DATA", "554 no valid recipients")),
    *(("message", "554 5.7.1 looks like spam"), ("message", "550 5.7.26 dmarc"), ("message", "554 failed")),
    *(("message", "550 5.4.6 loop"), ("message", "554 5.3.0 odd"), ("message", "550 5.1.1 nobody")),
]
REFUSED_MAIL = [
    *(("MAIL FROM", "552 5.3.4 too big"), ("MAIL FROM", "552 too big"), ("DATA", "552 5.3.4 too big")),
    *(("message", "552 5.3.4 too big"), ("message", "552 too big"), ("message", "554 5.6.0 bad mail")),
    *(("message", "550 5.6.7 no utf-8"), ("message", "554 5.6.2 conversion")),
]


@MARK
@pytest.mark.parametrize(("step", "answer"), PASSING)
def test_trouble_of_a_server_passes(step: str, answer: str) -> None:
    error = failure(step, answer)
    assert isinstance(error, NotDelivered) and not error.lasting, error
    assert error.message.endswith("trialwatch alerts test me")


@MARK
@pytest.mark.parametrize(("step", "answer"), LASTING)
def test_what_settings_must_mend_waits_and_is_told(step: str, answer: str) -> None:
    error = failure(step, answer)
    assert isinstance(error, NotDelivered) and error.lasting, error
    assert error.message.endswith("then: trialwatch alerts test me") and "planted" not in error.message
    assert answer[:3] in error.message


@MARK
@pytest.mark.parametrize(("step", "answer"), REFUSED_MAIL)
def test_a_mail_that_is_not_wanted_is_dead(step: str, answer: str) -> None:
    error = failure(step, answer)
    assert isinstance(error, Undeliverable) and answer in error.message, error
    assert error.message.endswith("trialwatch alerts outbox --state dead")


@MARK
def test_a_login_that_needs_a_new_password_is_told() -> None:
    assert smtp_verdict("AUTH", 432, "change it").lasting
    assert smtp_verdict("AUTH", 432, "4.7.12 change it").lasting


@MARK
@pytest.mark.parametrize("step", STEPS)
def test_every_code_at_every_step_has_a_verdict(step: str) -> None:
    """No answer is left to chance: whatever comes, nobody but a recipient is muted, and only for what is said of it."""
    for code in (*range(200, 600), -1, 0, 999):
        for text in (
            "",
            "odd",
            *(f"{str(code)[:1]}.{subject}.{detail}" for subject in range(9) for detail in range(12)),
        ):
            found = smtp_verdict(step, code, text)  # type: ignore[arg-type]
            assert found.why
            if found.fault == "address":
                assert step == "RCPT TO" and 400 <= code < 600
                assert not text.startswith(("5.7", "5.4", "5.3", "5.5", "4.7"))
            if found.fault == "content":
                assert step in ("MAIL FROM", "RCPT TO", "DATA", "message")
            if 400 <= code < 500 and code != 432:
                assert not found.lasting


@MARK
def test_every_row_can_be_reached() -> None:
    for row in ENHANCED:
        code = row.code.replace("x", "5", 1).replace("x", "9")
        assert smtp_verdict("RCPT TO", 550, f"{code} so").why == row.verdict.why
    for row in BASIC:
        text = "relaying denied" if row.policy else "so"
        found = {smtp_verdict(step, int(row.code.replace("x", "9")), text).why for step in row.steps or STEPS}
        assert row.verdict.why in found, row


@MARK
@pytest.mark.parametrize(
    "too_many", ["452 4.5.3 too many recipients", "452 enough", "552 too many", "552 5.5.3 enough"]
)
def test_more_recipients_than_fit_go_in_further_transactions(too_many: str) -> None:
    to = tuple(f"r{number}@example.org" for number in range(600))
    with StepsServer(most=50, too_many=too_many) as server:
        channel = EmailChannel(spec(server.port, to=to), time.monotonic, seconds=60)
        found = send(channel)
        channel.close()
    assert (found.reached, found.failed) == (to, {})
    assert [len(mail) for mail in server.mails] == [50] * 12 and server.connections == 1
    assert [it for mail in server.mails for it in mail] == list(to)


@MARK
def test_a_break_in_the_third_transaction_keeps_the_first_two() -> None:
    to = tuple(f"r{number}@example.org" for number in range(10))
    with StepsServer(most=3, say={to[7]: "421 4.3.2 closing"}) as server:
        channel = EmailChannel(spec(server.port, to=to), time.monotonic, seconds=60)
        found = send(channel)
    assert found.reached == to[:6] and set(found.deferred) == set(to[6:])
    assert server.mails == [to[:3], to[3:6]]


@MARK
def test_a_refusal_among_many_does_not_end_the_others() -> None:
    to = tuple(f"r{number}@example.org" for number in range(9))
    with StepsServer(most=3, say={to[1]: "550 5.1.1 gone", to[5]: "450 wait"}) as server:
        channel = EmailChannel(spec(server.port, to=to), time.monotonic, seconds=60)
        found = send(channel)
        channel.close()
    assert set(found.reached) == set(to) - {to[1], to[5]}
    assert (found.refused, found.deferred) == ({to[1]: "550 5.1.1 gone"}, {to[5]: "450 wait"})


@MARK
@pytest.mark.parametrize("taken", ["250 kept", "252 kept, but not looked at", "259 kept"])
def test_a_mail_is_taken_by_the_first_digit(taken: str) -> None:
    """To take one of these for a failure would be to send the mail again."""
    with StepsServer(say={"message": taken}) as server:
        channel = EmailChannel(spec(server.port), time.monotonic, seconds=30)
        found = send(channel)
        channel.close()
    assert (found.reached, found.failed, len(server.mails)) == (("me@example.org",), {}, 1)


@MARK
@pytest.mark.parametrize(("step", "said"), [("DATA", "(to DATA)"), ("message", "(to the mail)")])
def test_a_refusal_is_told_by_its_step(step: str, said: str) -> None:
    assert f"554 5.3.2 shut {said}: " in failure(step, "554 5.3.2 shut").message
