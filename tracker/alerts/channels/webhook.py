"""Signed webhooks: an https POST to a program, with a signature that only we can make."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import ClassVar

from storage.engine.redaction import safe_address
from tracker.alerts.channels.channel import Channel, ChannelSettings, ChannelSpec, Draft, Installation, Wish, Wrong
from tracker.alerts.channels.secrets import read_secret
from tracker.alerts.targets import webhook_url
from tracker.errors import UsageError
from tracker.http.outbound import Outbound

__all__ = ["WebhookSettings", "WebhookSpec"]

_SECRET_BYTES = range(24, 65)
_SECRET_BYTES_MADE = 32
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")


class WebhookSettings(ChannelSettings, frozen=True, tag="webhook", kw_only=True):
    """The settings of a webhook channel."""

    only_here: ClassVar[Mapping[str, str]] = {
        "group": "is for webhooks: a channel of type {type} tells what happened to one trial in one step in one "
        "message anyway. Remove the line"
    }

    url: str = ""
    url_env: str = ""
    url_file: str = ""
    secret_env: str | tuple[str, ...] = ()
    secret_file: str | tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    #: Send the events of one trial in one step as one message, not one message per event.
    group: bool | None = None

    @classmethod
    def draft(cls, address: str, wish: Wish) -> Draft | None:
        if not address.lower().startswith(("https://", "http://")):
            return None
        allow = frozenset({webhook_url.target_of(address).place} if wish.private else ())
        if reason := webhook_url.refusal(address, allow) or webhook_url.surely_inside(address, allow):
            private = "" if wish.private else ". If it is meant to be in your own network, add: --private"
            raise UsageError(f"This address is refused: {reason}{private}", subject="url")
        name = re.sub(r"[^A-Za-z0-9_-]", "-", webhook_url.target_of(address).place.partition(":")[0])[:40]
        secret = "whsec_" + b64encode(token_bytes(_SECRET_BYTES_MADE)).decode()
        values: dict[str, str | list[str]] = {"url": address}
        if allow:
            values["allow"] = sorted(allow)
        return Draft("webhook", name, values, secrets={"secret_file": secret})

    @property
    def address_key(self) -> str:
        return "url" if self.url else "url_env" if self.url_env else "url_file"

    @property
    def by_step(self) -> bool:
        return bool(self.group)

    def check(self, here: Installation, wrong: Wrong) -> WebhookSpec | None:
        wrong += [("allow", f"must be host:port, not {_shown(it)!r}") for it in self.allow if not _PLACE.fullmatch(it)]
        if sum(bool(it) for it in (self.url, self.url_env, self.url_file)) != 1:
            wrong.append(("url", "is wanted once: url, url_env or url_file"))
            return None
        url = self.url or read_secret(self.url_env, self.url_file, here.environment)
        allow = frozenset(self.allow)
        if reason := webhook_url.refusal(url, allow):
            wrong.append((self.address_key, f"is refused: {reason}"))
        key = "secret_env" if self.secret_env else "secret_file"
        if bool(self.secret_env) == bool(self.secret_file):
            wrong.append((key, "is wanted once: secret_env or secret_file, with whsec_ and base64"))
            return None
        secrets = self._secrets(here.environment)
        if not 1 <= len(secrets) <= 2:
            wrong.append((key, "must hold one secret, or two while rotating"))
        wrong += [(key, reason) for secret in secrets if (reason := _odd_secret(secret))]
        return WebhookSpec(self.name, url, tuple(secrets), allow, bool(self.group))

    def _secrets(self, environment: Mapping[str, str]) -> list[str]:
        found: list[str] = []
        for name in _names(self.secret_env):
            found += read_secret(name, "", environment).split()
        for name in _names(self.secret_file):
            found += read_secret("", name, environment).split()
        return found


@dataclass(frozen=True, slots=True)
class WebhookSpec(ChannelSpec):
    """The checked settings of a webhook channel."""

    url: str = field(repr=False)
    #: One secret, or two while rotating (the new one first).
    secrets: tuple[str, ...] = field(repr=False)
    #: Each "host:port" that may be private, or use plain http.
    allow: frozenset[str] = frozenset()
    #: Send the events of one trial in one step as one message.
    group: bool = False

    @property
    def for_people(self) -> bool:
        return False

    def describe(self) -> str:
        """Describe by host only: the path of the address may be a secret."""
        rotating = ", with two signatures while one secret replaces the other" if len(self.secrets) > 1 else ""
        grouped = ", one for what happened to one trial in one step" if self.group else ""
        return f"signed webhooks to {webhook_url.target_of(self.url).place}{grouped}{rotating}"

    def refusal(self) -> str:
        return webhook_url.surely_inside(self.url, self.allow)

    def open(self, stopwatch: Callable[[], float], outbound: Outbound) -> Channel:
        # httpcore and the body writer take 0.1 s to import. Most commands send nothing.
        from tracker.alerts.channels.poster import open_poster  # noqa: PLC0415
        from tracker.alerts.channels.webhook_sender import WebhookChannel  # noqa: PLC0415

        return WebhookChannel(open_poster(self.name, self.url, self.allow, stopwatch, outbound), self.secrets)


def _shown(place: str) -> str:
    """Return a safe form of an invalid allow-list entry. A full address there may contain a token."""
    return safe_address(place) if "/" in place or "@" in place else place[:60]


def _names(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _odd_secret(secret: str) -> str:
    """Return why a text is not a valid secret, without showing any of it."""
    try:
        size = len(b64decode(secret.removeprefix("whsec_"), validate=True)) if secret.startswith("whsec_") else 0
    except (binascii.Error, ValueError):
        size = 0
    if size in _SECRET_BYTES:
        return ""
    return "must hold whsec_ and 24 to 64 random bytes in base64 (openssl rand -base64 32 makes such bytes)"
