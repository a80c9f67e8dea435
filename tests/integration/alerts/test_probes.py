"""Channels are dialled as they would send, and nothing is sent: over real sockets, with servers in any trouble."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from tests.integration.alerts.conftest import NAME
from tests.support.channels import webhook_factories as hooks
from tests.support.channels.mail_factories import channel, spec
from tests.support.channels.smtp_script import ScriptedSmtpServer, Talk
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tracker.alerts.channels.channel import Probe
from tracker.alerts.channels.email_sender import EmailChannel
from tracker.alerts.channels.notify import NotifyChannel, NotifySpec
from tracker.errors import DeliveryError, Undeliverable

ENDS = "then: trialwatch doctor"


@contextmanager
def closed_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    yield port


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the port of a server that speaks TLS, and what it was sent after the handshake."""
    heard: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as stream:
                heard.append(stream.recv(1024))
        except OSError:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), heard
        thread.join(10)


@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_a_mail_server_is_dialled_up_to_the_login(
    security: str, serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    where = {"starttls": serving} if security == "starttls" else {"implicit": serving}
    with Mailbox(login=("me", "word"), **where) as box:
        sender = channel(box, context=trusting, security=security, user="me", password="word")
        assert sender.probe(10) == Probe(True, "the server accepts the login")
    assert (box.attempts_to_log_in, box.mails) == (1, [])


def test_a_mail_server_without_a_login_hears_no_mail() -> None:
    with ScriptedSmtpServer(lambda talk: talk.serve(1)) as server:
        assert EmailChannel(spec(server.port), time.monotonic).probe(10) == Probe(True, "the server answers")
    assert [word[:4].upper() for word in server.heard if word] == [b"EHLO", b"QUIT"]


def test_a_refused_login_says_so_without_the_password() -> None:
    with Mailbox(login=("me", "word")) as box:
        with pytest.raises(DeliveryError, match=f"refuses the login.*{ENDS}") as caught:
            channel(box, user="me", password="planted").probe(10)
    assert "planted" not in str(caught.value)


def test_a_closed_port_is_named_by_mail_and_webhook() -> None:
    with closed_port() as port:
        says = f"cannot be reached: nothing answers on port {port}, so the server may not be running.*{ENDS}"
        with pytest.raises(DeliveryError, match=says):
            EmailChannel(spec(port), time.monotonic).probe(10)
        with pytest.raises(DeliveryError, match=says):
            hooks.channel(f"http://127.0.0.1:{port}/", allow=[f"127.0.0.1:{port}"]).probe(10)


def test_a_silent_server_is_given_up_in_time() -> None:
    over = threading.Event()

    def say_nothing(_: Talk) -> None:
        over.wait(60)

    with ScriptedSmtpServer(say_nothing) as server:
        with pytest.raises(DeliveryError, match="did not answer in time"):
            EmailChannel(spec(server.port), time.monotonic).probe(0.3)
        place = f"127.0.0.1:{server.port}"
        with pytest.raises(DeliveryError, match="did not answer in time"):
            hooks.channel(f"https://{place}/", allow=[place]).probe(0.3)
        over.set()


def test_a_server_that_hangs_up_is_told_apart() -> None:
    def hang_up(_: Talk) -> None:
        return

    with ScriptedSmtpServer(hang_up) as server:
        with pytest.raises(DeliveryError, match="broke the connection off"):
            EmailChannel(spec(server.port), time.monotonic).probe(10)
        place = f"127.0.0.1:{server.port}"
        # It greets before it hangs up, and the greeting of a mail server is no TLS.
        with pytest.raises(DeliveryError, match=r"broke the connection off|does not speak TLS"):
            hooks.channel(f"https://{place}/", allow=[place]).probe(10)


def test_a_webhook_is_dialled_up_to_its_certificate(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    with tls_server(serving) as (port, heard):
        place = f"{NAME}:{port}"
        sender = hooks.channel(f"https://{place}/x", allow=[place], context=trusting, ask=hooks.here("127.0.0.1"))
        assert sender.probe(10) == Probe(True, "the server answers, its certificate is good")
    assert heard == [b""], "no request"


def test_a_plain_webhook_that_is_allowed_gets_no_request() -> None:
    with Sink() as sink:
        assert hooks.sending_to(sink).probe(10).dialled
    assert sink.hooks == []


def test_a_certificate_for_another_name_and_one_nobody_knows(
    authority: trustme.CA, serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    for name, context, says in (
        ("other.example.org", trusting, "it is not valid for this name"),
        (NAME, ssl.create_default_context(), "it comes from an authority"),
    ):
        with tls_server(serving) as (port, _):
            place = f"{name}:{port}"
            sender = hooks.channel(f"https://{place}/", allow=[place], context=context, ask=hooks.here("127.0.0.1"))
            with pytest.raises(
                DeliveryError, match=f"a certificate that cannot be trusted: {says}.*config file, {ENDS}"
            ):
                sender.probe(10)


def test_a_private_address_is_not_dialled() -> None:
    with Sink() as sink:
        port = sink.place.rpartition(":")[2]
        with pytest.raises(Undeliverable, match="does not lead to a public address"):
            hooks.channel(f"https://hooks.example.org:{port}/", ask=hooks.here("127.0.0.1")).probe(10)
    assert sink.connections == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_notes_are_not_tried() -> None:
    pytest.importorskip("apprise")
    with Sink(secrets=()) as sink:
        sender = NotifyChannel(NotifySpec("chat", (f"json://{sink.place}",)))
        assert sender.probe(10) == Probe(False, "not tried: a note would be sent")
    assert sink.connections == 0
