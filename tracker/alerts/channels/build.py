"""From what the configuration says to channels that can send. One line a kind of channel."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from tracker.alerts.channels.base import Channel
from tracker.alerts.channels.email import EmailChannel
from tracker.alerts.channels.notify import NotifyChannel
from tracker.alerts.channels.webhook import WebhookChannel
from tracker.alerts.spec import ChannelSpec, EmailSpec, WebhookSpec

__all__ = ["build"]


def build(
    spec: ChannelSpec, stopwatch: Callable[[], float], *, user_agent: str, context: ssl.SSLContext | None = None
) -> Channel:
    """The channel of a specification. Raises SettingsError when it needs what is not installed."""
    if isinstance(spec, WebhookSpec):
        return WebhookChannel(spec, stopwatch, user_agent=user_agent, context=context)
    if isinstance(spec, EmailSpec):
        return EmailChannel(spec, stopwatch, context=context)
    return NotifyChannel(spec)
