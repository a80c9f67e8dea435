"""Every setting with its value now, and where the value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from storage.engine.redaction import redacted, safe_address
from tracker.api.config import Setting
from tracker.config.mistakes import KeyPath
from tracker.config.read_settings import ReadSettings

__all__ = ["setting_at", "settings_now"]

_TABLES = ("http", "daemon", "results", "retention", "web", "alerts")
_ADDRESSES = ("url", "proxy", "ping_url", "smtp")


def settings_now(read: ReadSettings) -> list[Setting]:
    """Return all settings in the order of the reference.

    Addresses are shown without passwords and tokens.
    """
    return [
        Setting(key=key, value=_shown(path, value), source=_source(path, read)) for path, key, value in _every(read)
    ]


def setting_at(read: ReadSettings, path: KeyPath, key: str) -> Setting:
    """Return the setting at a place in the file. `key` names one that is not there any more.

    The key of one that is there may be another: that of a rule holds the rule's name.
    """
    key, value = next((it[1:] for it in _every(read) if it[0] == path), (key, None))
    return Setting(key=key, value=_shown(path, value), source=_source(path, read))


def _every(read: ReadSettings) -> Iterator[tuple[KeyPath, str, Any]]:
    settings = read.settings
    yield ("database_url",), "database_url", settings.database_url or str(settings.database)
    for name, table in settings.registries.items():
        for key, value in msgspec.to_builtins(table).items():
            shown = settings.pace(name) if key == "requests_per_second" else value
            yield (name, key), f"{name}.{key}", shown
    for name in _TABLES:
        for key, value in msgspec.to_builtins(getattr(settings, name)).items():
            yield (name, key), f"{name}.{key}", value
    for kind in ("channel", "rule"):
        for place, table in enumerate(read.values.get(kind, ())):
            for key, value in table.items() if isinstance(table, Mapping) else ():
                yield (kind, place, key), f"{kind}.{table.get('name', place + 1)}.{key}", value


def _shown(path: KeyPath, value: Any) -> Any:
    key = path[-1]
    if key == "database_url":
        return redacted(str(value))
    if isinstance(value, str) and value and key in _ADDRESSES:
        # The address of a registry is public. That of a webhook or a ping may be a secret.
        return value if path[0] not in ("channel", "daemon", "http") or key == "smtp" else safe_address(value)
    return value if value != "" else None


def _source(path: KeyPath, read: ReadSettings) -> str:
    if path in read.variables:
        return read.variables[path]
    holder: Any = read.values
    try:
        for part in path:
            holder = holder[part]
    except (LookupError, TypeError):
        return "default"
    return "file"
