"""Where channels lead, as the configuration says it: checked values, secrets read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ChannelSpec", "EmailSpec", "NotifySpec", "WebhookSpec"]


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """`secrets`: one, or two while rotating (new first). `allow`: "host:port" that may be private, or plain http.

    `group`: one message for what happened to one trial in one step.
    """

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    allow: frozenset[str] = frozenset()
    group: bool = False


@dataclass(frozen=True, slots=True)
class EmailSpec:
    """`contact`: the operator's address, for List-Unsubscribe; "" for none. `user` "" for no login."""

    name: str
    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: Literal["plain", "starttls", "implicit"]
    user: str = ""
    password: str = field(default="", repr=False)
    contact: str = ""


@dataclass(frozen=True, slots=True)
class NotifySpec:
    """`urls`: each a service with its token, in Apprise's notation."""

    name: str
    urls: tuple[str, ...] = field(repr=False)


ChannelSpec = WebhookSpec | EmailSpec | NotifySpec
