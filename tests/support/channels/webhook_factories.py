"""Channels to receivers on this machine, attempts to send, and alerts of invented trials."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.channels.mail_factories import told
from tests.support.channels.webhook_sink import OTHER_SECRET, SECRET, Sink
from tracker.alerts.channels.channel import Delivery
from tracker.alerts.channels.poster import Poster
from tracker.alerts.channels.ssrf_guard import Resolve, resolve
from tracker.alerts.channels.webhook_sender import WebhookChannel
from tracker.alerts.message import DIGEST, Alert, ReportedChange

__all__ = ["KEY", "NOW", "OLD", "SECRET", "alert", "attempt", "channel", "delivery", "here", "sending_to", "told"]

NOW = datetime(2026, 5, 12, 3, 2, 7, 900_000, tzinfo=UTC)
KEY = "msg_abcdefghijklmnopqrstuvwxyz"
OLD = OTHER_SECRET


def channel(
    url: str,
    *,
    secrets: Sequence[str] = (SECRET,),
    allow: Sequence[str] = (),
    ask: Resolve = resolve,
    context: ssl.SSLContext | None = None,
    seconds: float = 15.0,
) -> WebhookChannel:
    poster = Poster(
        "team",
        url,
        time.monotonic,
        user_agent="trialwatch/test",
        allow=frozenset(allow),
        ask=ask,
        context=context,
        seconds=seconds,
    )
    return WebhookChannel(poster, secrets)


def sending_to(sink: Sink, **more: Any) -> WebhookChannel:
    """Return a channel to a sink. The sink is private and speaks plain http, so it is listed in allow."""
    return channel(sink.url, allow=[sink.place], **more)


def delivery(body: bytes = b'{"type":"test"}', *, now: datetime = NOW, key: str = KEY) -> Delivery:
    return Delivery(key, body, now)


def attempt(sender: WebhookChannel, body: bytes = b'{"type":"test"}', **more: Any) -> int | None:
    """Return the status of one attempt, and close the connection. Raise what `send` raises."""
    try:
        return sender.send(delivery(body, **more)).status
    finally:
        sender.close()


def here(*addresses: str) -> Callable[[str, int], list[str]]:
    """Return a resolver that gives these addresses for any name."""
    return lambda _host, _port: list(addresses)


def alert(*changes: ReportedChange, kind: str = "", total: int = 0, rules: Sequence[str] = ("all",)) -> Alert:
    kind = kind or (changes[0].change["kind"] if len(changes) == 1 else DIGEST)
    return Alert(KEY, kind, "team", tuple(rules), changes, total or len(changes), "store", NOW)
