"""The tables of the configuration file that say who is told of what, as they stand there; see `alerts.config`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

__all__ = ["AlertsSettings", "ChannelHead", "ChannelTable", "RuleSettings", "channel_tables", "named_secrets"]


class AlertsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`. `owner`: the channel that hears of `ops.*`. `retries`: the pause before each attempt, as "5m"."""

    owner: str = ""
    retries: tuple[str, ...] = ()


class ChannelHead(msgspec.Struct, frozen=True):
    """What every `[[channel]]` has. Which other keys it may have is for its type to say, in `alerts.channels`."""

    name: str = ""
    type: str = ""


class ChannelTable(ChannelHead, frozen=True):
    """`[[channel]]`. `values`: the whole table; `place`: how many came before it in the file."""

    values: dict[str, Any] = {}
    place: int = 0


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


def channel_tables(heads: Iterable[ChannelHead], tables: Iterable[dict[str, Any]]) -> tuple[ChannelTable, ...]:
    """The tables `[[channel]]` of a file, with what was found right about them."""
    both = zip(heads, tables, strict=True)
    return tuple(ChannelTable(head.name, head.type, values, place) for place, (head, values) in enumerate(both))


def named_secrets(channels: Iterable[ChannelTable], suffix: Literal["_env", "_file"]) -> list[str]:
    """The environment variables, or the files, that hold the secrets of these channels: what keys so ending name."""
    found: list[str] = []
    for channel in channels:
        for value in (value for key, value in channel.values.items() if key.endswith(suffix)):
            found += [it for it in (value if isinstance(value, list) else [value]) if it and isinstance(it, str)]
    return list(dict.fromkeys(found))
