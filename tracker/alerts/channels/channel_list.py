"""The types of channels, one line each, and the reading of one `[[channel]]` by its type.

The module of a type is imported only when a channel of that type is configured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module

import msgspec

from tracker.alerts.channels.channel import ChannelSettings, ChannelSpec, Installation, Wrong
from tracker.alerts.channels.secrets import SecretMissing
from tracker.config.alert_tables import ChannelTable

__all__ = ["NAME", "TYPES", "Missing", "settings_of", "spec_of", "tells_by_step"]

TYPES = {
    "webhook": "tracker.alerts.channels.webhook.WebhookSettings",
    "email": "tracker.alerts.channels.email.EmailSettings",
    "notify": "tracker.alerts.channels.notify.NotifySettings",
}
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEY = re.compile(r"at `\$\.(\w+)")


@dataclass(frozen=True, slots=True)
class Missing:
    """A channel that is valid except for a missing secret."""

    reason: str


def spec_of(table: ChannelTable, here: Installation) -> tuple[ChannelSpec | Missing | None, Wrong]:
    """Return the spec of a channel, and (key, reason) of each mistake."""
    settings, wrong = settings_of(table)
    if settings is None:
        return None, wrong
    try:
        return settings.check(here, wrong), wrong
    except SecretMissing as missing:
        return Missing(str(missing)), wrong


def tells_by_step(table: ChannelTable) -> bool:
    """Return True if the channel groups the events of one trial in one step, even if its secrets are missing."""
    settings, _ = settings_of(table)
    return settings is not None and settings.by_step


def settings_of(table: ChannelTable) -> tuple[ChannelSettings | None, Wrong]:
    """Read a table as the settings of its type. Also return (key, reason) of each mistake."""
    if table.type not in TYPES:
        return None, [("type", f"must be {_any_of(list(TYPES))}, not {table.type[:20]!r}"), *_unknown(table, set())]
    mine = _type(table.type)
    keys = _keys(mine)
    wrong = _unknown(table, keys)
    try:
        values = {key: value for key, value in table.values.items() if key in keys}
        return msgspec.convert(values | {"name": table.name, "type": table.type}, mine), wrong
    except msgspec.ValidationError as error:
        return None, [*wrong, (_key_of(error), _not_right(table, str(error)))]


def _unknown(table: ChannelTable, keys: set[str]) -> Wrong:
    """Return (key, reason) for each key that belongs to another type or to none. Empty values of other types are
    ignored.
    """
    wrong: Wrong = []
    for key, value in table.values.items():
        if key in keys or key in ("name", "type"):
            continue
        owner = next((it for it in map(_type, TYPES) if key in _keys(it)), None)
        if owner is None:
            wrong.append((key, _not_right(table, f"Object contains unknown field `{key}` - at `$`")))
        elif keys and value not in ("", []):
            reason = owner.only_here.get(key, "is no key of a channel of type {type}")
            wrong.append((key, reason.format(type=table.type)))
    return wrong


def _type(name: str) -> type[ChannelSettings]:
    module, _, attribute = TYPES[name].rpartition(".")
    found: type[ChannelSettings] = getattr(import_module(module), attribute)
    return found


def _keys(of: type[ChannelSettings]) -> set[str]:
    return {it.encode_name for it in msgspec.structs.fields(of)}


def _key_of(error: msgspec.ValidationError) -> str:
    found = _KEY.search(str(error))
    return found[1] if found else ""


def _not_right(table: ChannelTable, reason: str) -> str:
    """Return a msgspec error about one table, with the table's place in the file."""
    return "is not right: " + reason.replace("`$", f"`$.channel[{table.place}]")


def _any_of(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]])
