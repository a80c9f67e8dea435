"""From what the configuration says to channels that can send. One line a kind of channel."""

from __future__ import annotations

from collections.abc import Callable

from tracker.alerts.channels.channel import Channel
from tracker.alerts.channels.email import EmailChannel
from tracker.alerts.channels.notify import NotifyChannel
from tracker.alerts.channels.webhook import WebhookChannel
from tracker.alerts.targets.specs import ChannelSpec, EmailSpec, WebhookSpec
from tracker.http.outbound import Outbound
from tracker.http.tls import tls_context
from tracker.http.user_agent import product_name

__all__ = ["build"]


def build(spec: ChannelSpec, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
    """The channel of a specification. Raises SettingsError when it needs what is not installed or cannot be read."""
    if isinstance(spec, WebhookSpec):
        agent = product_name(outbound.contact)
        context, proxy = tls_context(outbound), outbound.proxy
        return WebhookChannel(spec, stopwatch, user_agent=agent, context=context, proxy=proxy)
    if isinstance(spec, EmailSpec):
        return EmailChannel(spec, stopwatch, context=tls_context(outbound))
    return NotifyChannel(spec, outbound)
