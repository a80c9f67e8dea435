"""While an answer is awaited the next message is rendered. Nothing of it is stored, so it can still be held back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import orjson
import pytest

from storage.outbox import channel_states
from storage.tables.models import MessageRow
from tests.support.channels import mail_factories, webhook_factories
from tests.support.channels.alert_harness import AlertHarness, alert_world, rule, webhook
from tests.support.channels.mail_factories import KEY, NOW
from tests.support.channels.scripted_channel import Scripted
from tests.support.channels.smtp_script import ScriptedSmtpServer, Talk
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tracker.alerts.channels.channel import Delivery, Receipt, do_nothing
from tracker.alerts.channels.email_sender import EmailChannel
from tracker.alerts.channels.whole_requests import WholeRequests
from tracker.alerts.message import Alert
from tracker.delivery.worker import DeliveryWorker

PATIENCE_SECONDS = 20


def two_changes(harness: AlertHarness) -> None:
    """Change two trials on one day: two messages of a channel, claimed together."""
    harness.day()
    for trial in (ONE, TWO):
        harness.status(trial)["overallStatus"] = "COMPLETED"
    assert harness.poll().changed == 2


def the_other(harness: AlertHarness, key: str) -> MessageRow:
    [other] = [it for it in harness.messages() if it.key != key]
    return other


def is_untouched(harness: AlertHarness, message: MessageRow) -> bool:
    return (message.state, message.attempts, message.body) == ("pending", 0, None) and not harness.attempts(message.key)


def no_content(handler: Any) -> None:
    handler.send_response(204)
    handler.end_headers()


def test_a_mail_server_has_the_whole_mail_when_other_work_is_done() -> None:
    done, in_time = threading.Event(), []

    def script(talk: Talk) -> None:
        talk.say("220 ready")
        while (word := talk.hear()[:4].upper()) != b"DATA":
            talk.say("250 fine" if word != b"EHLO" else "250 me")
        talk.say("354 go on")
        while talk.hear() != b".\r\n":
            pass
        in_time.append(done.wait(PATIENCE_SECONDS))
        talk.say("250 kept")

    with ScriptedSmtpServer(script) as server:
        sender = EmailChannel(mail_factories.spec(server.port), lambda: 0.0)
        mail = b"Subject: one\r\n\r\n.\r\n..two\r\nno end"
        assert sender.send(Delivery("msg_1", mail, NOW, ("me@example.org",), done.set)).reached
        sender.close()
    assert in_time == [True]
    assert b"Subject: one\r\n\r\n..\r\n...two\r\nno end\r\n.\r\n" in b"".join(server.heard)


def test_a_receiver_has_the_whole_request_when_other_work_is_done() -> None:
    done, in_time = threading.Event(), []

    def answer(handler: Any) -> None:
        in_time.append(done.wait(PATIENCE_SECONDS))
        no_content(handler)

    with Sink(answers=[answer]) as sink:
        sender = webhook_factories.sending_to(sink)
        body = webhook_factories.delivery().body
        assert sender.send(Delivery("msg_1", body, webhook_factories.NOW, meanwhile=done.set)).status == 204
        sender.close()
    assert in_time == [True]


class _Noted(httpcore.NetworkStream):
    """A stream that notes what is written at once."""

    def __init__(self, stream: httpcore.NetworkStream, written: list[bytes]) -> None:
        self._stream, self._written = stream, written
        self.read, self.close, self.get_extra_info = stream.read, stream.close, stream.get_extra_info  # type: ignore[method-assign]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._written.append(buffer)
        self._stream.write(buffer, timeout)


class _Noting(httpcore.SyncBackend):
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def connect_tcp(self, *arguments: Any, **more: Any) -> httpcore.NetworkStream:
        return _Noted(super().connect_tcp(*arguments, **more), self.written)


def test_a_request_goes_out_in_one_piece() -> None:
    sockets, body = _Noting(), b'{"text":"' + b"x" * 19_000 + b'"}'
    with Sink(secrets=()) as sink, httpcore.ConnectionPool(network_backend=WholeRequests(sockets, do_nothing)) as pool:
        headers = {"Host": sink.place, "webhook-id": KEY, "Content-Length": str(len(body))}
        for _ in range(2):
            assert pool.request("POST", sink.url, headers=headers, content=body).status == 204
        assert sink.connections == 1 and [it.body for it in sink.hooks] == [body, body]
    assert len(sockets.written) == 2
    assert all(it.startswith(b"POST /hook") and it.endswith(body) for it in sockets.written)


def test_nothing_of_the_next_message_is_stored_before_the_answer(tmp_path: Path, empty_url: str) -> None:
    seen: list[tuple[int, bool]] = []

    def answer(handler: Any) -> None:
        key = handler.headers["webhook-id"]
        [attempt] = harness.attempts(key)
        other = the_other(harness, key)
        seen.append((len(sink.hooks), attempt.outcome == "running" and is_untouched(harness, other)))
        no_content(handler)

    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=empty_url) as harness:
        two_changes(harness)
        sink.answers = [answer, 204]
        assert harness.deliver().sent == 2
        assert seen == [(1, True)]
        assert [[it.outcome for it in harness.attempts(key)] for key in sink.keys] == [["sent"], ["sent"]]


def test_a_message_rendered_for_a_channel_that_is_closed_was_never_tried(tmp_path: Path) -> None:
    with Sink(answers=[410, 204]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        two_changes(harness)
        harness.deliver()
        [first] = sink.keys
        waiting = the_other(harness, first)
        assert is_untouched(harness, waiting) and waiting.lease_until is None
        with harness.context.database.write() as session:
            channel_states.enable(session, ["team"])
        harness.later(days=1)
        assert sorted(sink.keys[1:]) == sorted([first, waiting.key])
        assert [it.outcome for it in harness.attempts(waiting.key)] == ["sent"]


def test_a_mute_during_an_answer_holds_back_the_message_after_it(tmp_path: Path, empty_url: str) -> None:
    """Somebody else can write to the store at that time: no transaction is open."""

    def answer(handler: Any) -> None:
        with harness.context.database.write() as session:
            channel_states.mute(session, "team", "", harness.clock.now(), channel_states.BY_HAND)
        no_content(handler)

    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team"), url=empty_url) as harness:
        two_changes(harness)
        sink.answers = [answer, 204]
        harness.deliver()
        [first] = sink.keys
        held = the_other(harness, first)
        assert (held.state, held.attempts, held.body) == ("dead", 0, None) and harness.attempts(held.key) == []
        assert [it.outcome for it in harness.attempts(first)] == ["sent"]


@dataclass
class _Slow(Scripted):
    """Time passes while it renders, and between that and the answer. It renders only while the store is not locked."""

    harness: AlertHarness = field(kw_only=True)
    rendering: timedelta = timedelta(0)
    answering: timedelta = timedelta(0)
    rendered: int = 0

    def render(self, alert: Alert) -> bytes:
        assert alert.sent_at is not None
        self.rendered += 1
        self.harness.clock.advance(self.rendering)
        with self.harness.context.database.write():
            return orjson.dumps({"dated": alert.sent_at.isoformat()})

    def send(self, delivery: Delivery) -> Receipt:
        receipt = super().send(delivery)
        self.harness.clock.advance(self.answering)
        return receipt

    def delivered(self) -> list[timedelta]:
        """Send the messages of two changes. Return when each was dated, counted from the start."""
        two_changes(self.harness)
        self.harness.context.database.patience = 0.5
        start = self.harness.clock.now()
        assert DeliveryWorker(self.harness.context, {"team": self}).deliver().sent == 2
        return [datetime.fromisoformat(orjson.loads(body)["dated"]) - start for _, _, body in self.taken]


@pytest.mark.parametrize(("seconds", "late", "rendered"), [(120, 120, 3), (0.3, 0, 2)])
def test_what_was_rendered_ahead_is_dated_when_it_goes(
    tmp_path: Path, seconds: float, late: int, rendered: int
) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        channel = _Slow("team", harness=harness, answering=timedelta(seconds=seconds))
        assert channel.delivered() == [timedelta(0), timedelta(seconds=late)]
    assert channel.rendered == rendered


def test_what_takes_long_to_render_is_rendered_once_and_locks_nothing(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        channel = _Slow("team", harness=harness, rendering=timedelta(seconds=5))
        assert channel.delivered() == [timedelta(0), timedelta(seconds=5)]
    assert channel.rendered == 2
