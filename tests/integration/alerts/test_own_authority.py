"""The authority of `[http] ca_file` is believed by every channel, and by no channel that was not told of it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from tests.support.channels.mail_factories import NOW
from tests.support.channels.mail_factories import spec as mail_spec
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import SECRET, Sink
from tracker.alerts.channels.channel import ChannelSpec, Delivery
from tracker.alerts.channels.webhook import WebhookSpec
from tracker.errors import NotDelivered
from tracker.http.outbound import Outbound

NOBODY_ELSE = Outbound()
Arrived = Callable[[], int]


@contextmanager
def webhook(serving: ssl.SSLContext) -> Iterator[tuple[ChannelSpec, Arrived]]:
    with Sink() as sink:
        sink.secure(serving)
        url = f"https://{sink.place}/hook"
        yield WebhookSpec("team", url, (SECRET,), frozenset([sink.place])), lambda: len(sink.hooks)


@contextmanager
def implicit(serving: ssl.SSLContext) -> Iterator[tuple[ChannelSpec, Arrived]]:
    with Mailbox(implicit=serving) as box:
        yield mail_spec(box.port, security="implicit"), lambda: len(box.mails)


@contextmanager
def starttls(serving: ssl.SSLContext) -> Iterator[tuple[ChannelSpec, Arrived]]:
    with Mailbox(starttls=serving) as box:
        yield mail_spec(box.port, security="starttls"), lambda: len(box.mails)


@pytest.mark.fault("R-C9")
@pytest.mark.parametrize("receiver", [webhook, implicit, starttls])
def test_every_channel_believes_the_authority_of_the_settings(
    tmp_path: Path, authority: trustme.CA, serving: ssl.SSLContext, receiver: Callable[..., Iterator[object]]
) -> None:
    own = tmp_path / "own.pem"
    authority.cert_pem.write_to_path(own)
    one = Delivery("msg_1", b"Subject: one\r\n\r\nhello\r\n", NOW, ("me@example.org",))
    with receiver(serving) as (spec, arrived):  # type: ignore[attr-defined]
        with closing(spec.open(time.monotonic, NOBODY_ELSE)) as stranger, pytest.raises(NotDelivered):
            stranger.send(one)
        assert arrived() == 0
        with closing(spec.open(time.monotonic, Outbound(ca_file=own))) as sender:
            sender.send(one)
        assert arrived() == 1
