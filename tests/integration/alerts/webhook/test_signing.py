"""Signatures by Standard Webhooks, verified as a receiver would, on the bytes that came out of a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.channels.webhook_factories import KEY, NOW, OLD, SECRET, alert, attempt, delivery, sending_to, told
from tests.support.channels.webhook_sink import Hook, Sink

BODIES = ['{"test": 2432232314}', "{}", '{"a": "é ✓ 𝄞 \\u2028"}', "x" * 20_000, " {\n}\r\n", '{"b":1,"a":2,  "b":1}']


def received(sink: Sink) -> Hook:
    [hook] = sink.hooks
    return hook


@pytest.mark.fault("D09")
def test_the_golden_vector() -> None:
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    with Sink(secrets=(secret,)) as sink:
        at = datetime.fromtimestamp(1614265330, UTC)
        attempt(sending_to(sink, secrets=[secret]), BODIES[0].encode(), now=at, key=key)
    assert received(sink).headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert received(sink).headers["webhook-timestamp"] == "1614265330"


@pytest.mark.fault("D09")
@pytest.mark.parametrize("body", BODIES)
def test_a_receiver_verifies_the_very_bytes_that_were_made(body: str) -> None:
    now = datetime.now(UTC)
    with Sink() as sink:
        attempt(sending_to(sink), body.encode(), now=now)
    hook = received(sink)
    assert hook.body == body.encode()
    assert hook.headers["webhook-timestamp"] == str(int(now.timestamp()))
    Webhook(SECRET).verify(hook.body, hook.headers, json_parse=False)
    for tampered in (hook.body + b" ", hook.body[:-1]):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(tampered, hook.headers, json_parse=False)


@pytest.mark.fault("D09")
def test_an_alert_is_verified_and_read() -> None:
    with Sink() as sink:
        sender = sending_to(sink)
        attempt(sender, sender.render(alert(told())), now=datetime.now(UTC))
    hook = received(sink)
    assert Webhook(SECRET).verify(hook.body, hook.headers)["data"]["trial"] == "NCT05349331"


def test_the_headers_are_those_of_the_standard_and_say_who_sends() -> None:
    with Sink() as sink:
        attempt(sending_to(sink))
    headers = received(sink).headers
    assert (headers["webhook-id"], headers["content-type"]) == (KEY, "application/json")
    assert (headers["user-agent"], headers["host"]) == ("trialwatch/test", sink.place)
    assert received(sink).path == "/hook?token=planted-in-the-query"


@pytest.mark.fault("D10")
def test_each_attempt_has_the_id_and_the_bytes_of_the_first_and_a_time_and_signature_of_its_own() -> None:
    with Sink(answers=[500, 204]) as sink:
        sender = sending_to(sink)
        with pytest.raises(Exception, match="500"):
            sender.send(delivery())
        sender.send(delivery(now=NOW + timedelta(seconds=5)))
        sender.close()
    first, second = sink.hooks
    assert (first.key, first.body) == (second.key, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.fault("D11")
def test_while_rotating_each_secret_verifies_and_then_only_the_new_one() -> None:
    with Sink() as sink:
        for secrets in ((SECRET, OLD), (SECRET,)):
            attempt(sending_to(sink, secrets=secrets), now=datetime.now(UTC))
    both, new = sink.hooks
    assert [it.partition(",")[0] for it in both.headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    assert both.headers["webhook-signature"].split(" ")[0] == signed(both, SECRET)
    for secret in (SECRET, OLD):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(SECRET).verify(new.body, new.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(new.body, new.headers)


def signed(hook: Hook, secret: str) -> str:
    at = datetime.fromtimestamp(int(hook.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(hook.key, at, hook.body.decode())
