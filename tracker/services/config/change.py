"""Change one setting in the config file. A value that would be a mistake is refused, and the file stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec
from msgspec import inspect

from tracker.alerts.channels.channel_list import settings_of
from tracker.api.config import Setting
from tracker.changes.wording.nearest import nearest
from tracker.config.alert_tables import RuleSettings
from tracker.config.config_file import write_config
from tracker.config.file_edit import with_value
from tracker.config.mistakes import KeyPath, refused
from tracker.config.read_settings import ReadSettings, read_settings
from tracker.config.settings import FileShape, Settings
from tracker.config.shape import unknown_key
from tracker.errors import UsageError
from tracker.services.config.file_mistakes import file_mistakes
from tracker.services.config.show import setting_at

__all__ = ["change_setting", "write_checked"]

_LISTS = ("channel", "rule")
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


def change_setting(environment: Mapping[str, str], key: str, text: str) -> Setting:
    """Write a setting into the file and return it with its value now. A list is written with commas.

    Raise UsageError for an unknown key or a value it does not take, and SettingsError for a table that is written
    as something else.
    """
    read = read_settings(environment)
    path, wanted = _place(read, key)
    if no_table := [it for it in read.mistakes if it.path == path[:-1]]:
        raise refused(read.file, no_table)
    value = _value(key, text, wanted)
    after = write_checked(read, environment, with_value(read.settings.text, path, value))
    return setting_at(after, path, key)


def write_checked(read: ReadSettings, environment: Mapping[str, str], text: str) -> ReadSettings:
    """Write the file if `text` has no mistake that the file has not had before. Return the settings now.

    Raise UsageError with the first new mistake.
    """
    after = read_settings(environment, text)
    before = {(it.path, it.reason, it.variable) for it in file_mistakes(environment, read)}
    new = [it for it in file_mistakes(environment, after) if (it.path, it.reason, it.variable) not in before]
    if new:
        raise UsageError(f"{new[0].key} {new[0].reason}. The file is unchanged", subject=new[0].key)
    write_config(read.file, text)
    return after


def _place(read: ReadSettings, key: str) -> tuple[KeyPath, inspect.Type]:
    """Return where a key such as `http.contact` or `channel.me.to` stands, and the type of its value."""
    parts = key.split(".")
    if len(parts) == 3 and parts[0] in _LISTS:
        return _in_list(read.settings, parts[0], parts[1], parts[2])
    kind: inspect.Type = inspect.type_info(FileShape)
    path: list[str] = []
    for part in parts:
        fields = _fields(kind)
        if part not in fields:
            _refuse(key, part, list(fields), bool(path))
        path.append(part)
        kind = fields[part]
    if _fields(kind) or path[0] in _LISTS:
        inner = [f"{key}.{it}" for it in _fields(kind)] or [f"{key}.NAME.{it}" for it in ("to", "on", "send")]
        raise UsageError(f"{key} is a table. Name one of its keys, such as {inner[0]}", subject=key[:60])
    return tuple(path), kind


def _in_list(settings: Settings, table: str, name: str, key: str) -> tuple[KeyPath, inspect.Type]:
    names = [it.name for it in (settings.channel if table == "channel" else settings.rule)]
    if name not in names:
        known = f"There are: {', '.join(names)}" if names else "There is none yet: trialwatch alerts add --help"
        raise UsageError(f"There is no {table} {name[:40]!r}. {known}", subject=name[:40])
    place = names.index(name)
    shape: type[msgspec.Struct] = RuleSettings
    if table == "channel":
        written, _ = settings_of(settings.channel[place])
        if written is None:
            raise UsageError(f"The channel {name} has a mistake. First: trialwatch config check", subject=name)
        shape = type(written)
    fields = _fields(inspect.type_info(shape))
    if key not in fields:
        _refuse(f"{table}.{name}.{key}", key, list(fields), deep=True)
    return (table, place, key), fields[key]


def _refuse(key: str, part: str, known: list[str], deep: bool) -> NoReturn:
    reason = unknown_key(part, known, ())
    every = _every_key()
    near = "" if deep else nearest(key, every) or next((it for it in every if it.endswith(f".{part}")), "")
    if near:
        reason = f"is no setting. Did you mean {near}?"
    raise UsageError(f"{key[:60]} {reason} All of them: trialwatch config show", subject=key[:60])


def _every_key() -> list[str]:
    found = []
    for name, kind in _fields(inspect.type_info(FileShape)).items():
        found += [f"{name}.{it}" for it in _fields(kind)] or [name]
    return found


def _fields(kind: inspect.Type) -> dict[str, inspect.Type]:
    return {it.encode_name: it.type for it in kind.fields} if isinstance(kind, inspect.StructType) else {}


def _value(key: str, text: str, wanted: inspect.Type) -> Any:
    """Return the value that a text stands for, None for no value. Raise UsageError."""
    if isinstance(wanted, inspect.UnionType):
        if not text and any(isinstance(it, inspect.NoneType) for it in wanted.types):
            return None
        kinds = [it for it in wanted.types if not isinstance(it, inspect.NoneType)]
        wanted = kinds[-1] if "," in text else kinds[0]
    if isinstance(wanted, inspect.VarTupleType):
        parts = [it.strip() for it in text.split(",") if it.strip()]
        return [_value(key, it, wanted.item_type) for it in parts]
    if isinstance(wanted, inspect.BoolType):
        if text.lower() not in (*_YES, *_NO):
            raise UsageError(f"{key} takes true or false, not {text[:40]!r}", subject=key)
        return text.lower() in _YES
    if isinstance(wanted, inspect.IntType | inspect.FloatType):
        whole = isinstance(wanted, inspect.IntType)
        try:
            return int(text) if whole else float(text)
        except ValueError:
            words = "a whole number" if whole else "a number"
            raise UsageError(f"{key} takes {words}, not {text[:40]!r}", subject=key) from None
    return text
