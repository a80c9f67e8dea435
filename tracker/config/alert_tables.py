"""The alert tables of the configuration file, as written there. `alerts.config` checks them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from storage.values.severity import Severity

__all__ = [
    "AlertsSettings",
    "ChannelHead",
    "ChannelTable",
    "RuleSettings",
    "TomlTable",
    "channel_tables",
    "named_secrets",
]


class AlertsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`."""

    #: The channel that gets `ops.*`.
    owner: str = ""
    #: The pause before each attempt, as "5m".
    retries: tuple[str, ...] = ()


TomlTable = dict[str, Any]
"""A decoded table of the config file, not checked yet: key -> value."""


class ChannelHead(msgspec.Struct, frozen=True):
    """The keys that all `[[channel]]` tables have. The type defines the other keys, in `alerts.channels`."""

    name: str = ""
    type: str = ""


class ChannelTable(ChannelHead, frozen=True):
    """`[[channel]]`."""

    #: The whole table.
    values: TomlTable = {}
    #: The number of channels before it in the file.
    place: int = 0


class RuleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[rule]]`."""

    name: str = ""
    on: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    min_severity: str = Severity.MINOR
    send: tuple[str, ...] = ()
    digest: str = ""
    quiet: str = ""
    quiet_critical: bool = False
    timezone: str = "UTC"


def channel_tables(heads: Iterable[ChannelHead], tables: Iterable[TomlTable]) -> tuple[ChannelTable, ...]:
    """Return the `[[channel]]` tables of a file, each with its parsed head."""
    both = zip(heads, tables, strict=True)
    return tuple(ChannelTable(head.name, head.type, values, place) for place, (head, values) in enumerate(both))


def named_secrets(channels: Iterable[ChannelTable], suffix: Literal["_env", "_file"]) -> list[str]:
    """Return the environment variables (or files) with the secrets of these channels: the values of keys that end in
    `suffix`.
    """
    found: list[str] = []
    for channel in channels:
        for value in (value for key, value in channel.values.items() if key.endswith(suffix)):
            found += [it for it in (value if isinstance(value, list) else [value]) if it and isinstance(it, str)]
    return list(dict.fromkeys(found))
