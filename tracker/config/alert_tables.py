"""The tables of the configuration file that say who is told of what, as they stand there; see `alerts.config`."""

from __future__ import annotations

import msgspec

__all__ = ["AlertsSettings", "ChannelSettings", "RuleSettings", "named_secrets"]


class AlertsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`. `owner`: the channel that hears of `ops.*`. `retries`: the pause before each attempt, as "5m"."""

    owner: str = ""
    retries: tuple[str, ...] = ()


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[channel]]`. Which keys it may have depends on its type. Secrets stand in the environment or in files.

    `group`, of a webhook: one message for what happened to one trial in one step, not one an event.
    """

    name: str = ""
    type: str = ""
    url: str = ""
    url_env: str = ""
    url_file: str = ""
    secret_env: str | tuple[str, ...] = ()
    secret_file: str | tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    group: bool | None = None
    to: tuple[str, ...] = ()
    sender: str = msgspec.field(default="", name="from")
    smtp: str = ""
    password_env: str = ""
    password_file: str = ""


class RuleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[rule]]`."""

    name: str = ""
    on: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    min_severity: str = "minor"
    send: tuple[str, ...] = ()
    digest: str = ""
    quiet: str = ""
    quiet_critical: bool = False
    timezone: str = "UTC"


def named_secrets(channels: tuple[ChannelSettings, ...]) -> set[str]:
    """The environment variables that hold the secrets of these channels."""
    found: set[str] = set()
    for channel in channels:
        found |= {channel.url_env, channel.password_env}
        found |= {channel.secret_env} if isinstance(channel.secret_env, str) else set(channel.secret_env)
    return found - {""}
