"""The types of channels, one line each, and the reading of one `[[channel]]` by its type.

The module of a type is imported only when a channel of that type is configured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module

import msgspec

from tracker.alerts.channels.channel import ChannelSettings, ChannelSpec, Draft, Installation, Wish, Wrong
from tracker.alerts.channels.secrets import SecretMissing
from tracker.config.alert_tables import ChannelTable
from tracker.config.shape import field_mistakes, unknown_key
from tracker.errors import UsageError

__all__ = ["NAME", "TYPES", "Missing", "draft_of", "settings_of", "spec_of", "tells_by_step"]

TYPES = {
    "webhook": "tracker.alerts.channels.webhook.WebhookSettings",
    "email": "tracker.alerts.channels.email.EmailSettings",
    "notify": "tracker.alerts.channels.notify.NotifySettings",
}
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


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


def draft_of(address: str, wish: Wish) -> Draft:
    """Return a new channel to a mail address, or to the address of a service or a program.

    Raise UsageError for a text that is none, or if something is missing.
    """
    for name in reversed(TYPES):  # webhooks take any https address that nothing before them knows
        if (draft := _type(name).draft(address, wish)) is not None:
            return draft
    raise UsageError(
        f"{address[:60]!r} is no address to send to. Give a mail address (me@example.org), an address of Slack or ntfy "
        "(https://hooks.slack.com/..., ntfy://topic), or one that takes webhooks (https://...)",
        subject=address[:60],
    )


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
    values = {key: value for key, value in table.values.items() if key in keys}
    if misshapen := list(field_mistakes(values, mine, ())):
        return None, [*wrong, *((it.key, it.reason) for it in misshapen)]
    return msgspec.convert(values | {"name": table.name, "type": table.type}, mine), wrong


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
            wrong.append((key, unknown_key(key, ["name", "type", *sorted(keys)], ())))
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


def _any_of(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]])
