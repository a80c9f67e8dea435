"""Which changed settings a running daemon applies, and which need a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tracker.alerts.config import AlertConfig
from tracker.config.settings import Settings
from tracker.registries.listed import REGISTRIES

__all__ = ["RELOADED", "kept", "needs_restart", "what_changed"]

RELOADED = ("alerts", "channel", "rule", "secrets", "results", "retention", "daemon")
"""The tables of the config file that a reload applies."""
_OF_THE_FILE = ("file", "text", "daemon_serves")
"""Where the settings come from."""


def kept(old: Settings, new: Settings) -> Settings:
    """Return the settings to continue with: the tables in `RELOADED` from `new`, the others from `old`."""
    return msgspec.structs.replace(old, **{name: getattr(new, name) for name in (*RELOADED, *_OF_THE_FILE)})


def needs_restart(old: Settings, new: Settings) -> list[str]:
    """Return the changed keys that need a restart, as in the config file: `ctgov.url`."""
    names = [name for name in old.__struct_fields__ if name not in (*RELOADED, *_OF_THE_FILE)]
    return sorted(key for name in names for key in _differing(name, getattr(old, name), getattr(new, name)))


def what_changed(old: Settings, new: Settings, alerts_before: AlertConfig, alerts: AlertConfig) -> list[str]:
    """Return in words what a reload changes: channels and rules by name, other settings by key."""
    found = list(_changed("channel", _channels(alerts_before), _channels(alerts)))
    found += _changed("rule", _by_name(alerts_before.rules), _by_name(alerts.rules))
    plain = ("alerts", "results", "retention", "daemon")
    found += [f"{key} changed" for name in plain for key in _differing(name, getattr(old, name), getattr(new, name))]
    return found


def _channels(alerts: AlertConfig) -> dict[str, Any]:
    return {**_by_name(alerts.channels), **alerts.unusable}


def _by_name(items: Any) -> dict[str, Any]:
    return {item.name: item for item in items}


def _changed(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"{kind} {name} added"
        elif name not in after:
            yield f"{kind} {name} removed"
        elif before[name] != after[name]:
            yield f"{kind} {name} changed"


def _differing(name: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, msgspec.Struct):
        for field in old.__struct_fields__:
            yield from _differing(f"{name}.{field}", getattr(old, field), getattr(new, field))
    elif isinstance(old, Mapping) and name == "registries":
        for registry in REGISTRIES:
            yield from _differing(registry, old.get(registry), new.get(registry))
    elif old != new:
        yield name
