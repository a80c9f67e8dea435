"""What is wrong with the shape of the config file: unknown keys, keys in the wrong table, values of the wrong type.

msgspec refuses a file at its first mistake, in the words of a library. This module finds all of them, and says what to
write. It is asked only after msgspec has refused. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import inspect

from tracker.changes.wording.nearest import nearest
from tracker.config.alert_tables import TomlTable
from tracker.config.mistakes import ConfigMistake, KeyPath

__all__ = ["field_mistakes", "shape_mistakes", "unknown_key", "without"]

_EXAMPLES = {
    "to": '["me@example.org"]',
    "on": '["results.*", "status.changed"]',
    "trials": '["NCT05349331", "tag:hcc"]',
    "send": '["me"]',
    "due_soon_days": "[120, 30, 7]",
    "retries": '["5m", "30m", "2h"]',
    "allow": '["127.0.0.1:9000"]',
    "requests_per_second": "1.0",
    "days": "0",
    "quiet_critical": "true",
    "group": "true",
}
"""What to write, for keys whose value is no text."""

_OTHER_WORDS = {
    "password": "is never written into this file. Put it into a file that only you can read, and name that file: "
    'password_file = "/path/to/password"',
    "secret": 'is never written into this file. Put it into a file, and name that file: secret_file = "/path"',
    "token": 'is never written into this file. Put the address with its token into a file: url_file = "/path"',
    **dict.fromkeys(
        ("server", "host", "port", "user", "username", "smtp_server", "smtp_host", "smtp_port", "tls", "starttls"),
        'is a part of the server\'s address: smtp = "smtp+starttls://user@mail.example.org:587"',
    ),
    **dict.fromkeys(("recipient", "recipients", "mail", "address"), 'is called to here: to = ["me@example.org"]'),
    "sender": 'is called from here: from = "trialwatch@example.org"',
    **dict.fromkeys(("channel", "channels"), 'is called send here: send = ["me"]'),
    **dict.fromkeys(("kind", "kinds", "event", "events"), 'is called on here: on = ["results.*"]'),
    **dict.fromkeys(("severity", "level"), 'is called min_severity here: min_severity = "major"'),
    **dict.fromkeys(("trial", "ids"), 'is called trials here: trials = ["NCT05349331"]'),
}
"""Keys that people write for others, with what to write."""


_CHANNEL_KEYS = (
    *("to", "from", "smtp", "password_env", "password_file", "url_env", "url_file"),
    *("secret_env", "secret_file", "allow", "group"),
)
"""The keys of channels, which `alerts.channels` defines for each type."""


def shape_mistakes(values: TomlTable, of: type[msgspec.Struct]) -> list[ConfigMistake]:
    """Return every mistake of shape in a decoded file whose tables have the types of the fields of `of`."""
    homes = _homes(of)
    found = []
    for mistake in field_mistakes(values, of, ()):
        key, *_ = mistake.path[-1:]
        if mistake.reason == "" and isinstance(key, str):
            mistake = ConfigMistake(mistake.path, unknown_key(key, _keys_at(of, mistake.path), homes.get(key, ())))
        found.append(mistake)
    return found


def field_mistakes(values: TomlTable, of: type[msgspec.Struct], path: KeyPath) -> Iterator[ConfigMistake]:
    """Yield the mistakes of one table at `path`, and of those in it. The reason of an unknown key is left empty."""
    known = inspect.type_info(of)
    assert isinstance(known, inspect.StructType)
    types = {field.encode_name: field.type for field in known.fields}
    for key, value in values.items():
        if key not in types:
            if known.forbid_unknown_fields:
                yield ConfigMistake((*path, key), "")
        else:
            yield from _wrong(value, types[key], (*path, key))


def unknown_key(key: str, known: list[str], homes: tuple[str, ...]) -> str:
    """Return what is wrong with a key that its table does not have. `homes`: the tables that have such a key."""
    if homes:
        return f"does not belong here. Write it {' or '.join(homes[:3])}"
    lower = key.lower()
    if lower in _OTHER_WORDS and not get_close_matches(lower, known, 1, 0.9):
        return _OTHER_WORDS[lower]
    if near := nearest(key, known):
        return f"is no setting. Did you mean {near}?"
    return f"is no setting. These are: {', '.join(known)}"


def without(values: TomlTable, paths: Iterator[KeyPath] | list[KeyPath]) -> TomlTable:
    """Return a copy of a decoded file without the values at `paths`."""
    copy: TomlTable = _copied(values)
    for path in paths:
        holder: Any = copy
        for part in path[:-1]:
            holder = holder[part] if _holds(holder, part) else None
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
    return copy


def _holds(holder: Any, part: str | int) -> bool:
    return (isinstance(holder, dict) and part in holder) or (
        isinstance(holder, list) and isinstance(part, int) and part < len(holder)
    )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _wrong(value: Any, wanted: inspect.Type, path: KeyPath) -> Iterator[ConfigMistake]:
    """Yield what is wrong with a value of a known key."""
    key = str(path[-1])
    if isinstance(wanted, inspect.StructType):
        if isinstance(value, Mapping):
            yield from field_mistakes(dict(value), wanted.cls, path)
        elif _is_list_of_tables(value):
            yield ConfigMistake(path, f"is written once, with one bracket on each side: [{key}]")
        else:
            yield ConfigMistake(path, f"must be a table: [{key}], and its settings in the lines below")
    elif _holds_tables(wanted):
        assert isinstance(wanted, inspect.VarTupleType)
        if not _is_list_of_tables(value):
            yield ConfigMistake(path, f"is written with two brackets on each side: [[{key}]]")
            return
        for place, table in enumerate(value):
            yield from _wrong(table, wanted.item_type, (*path, place))
    elif reason := _unfit(key, value, wanted):
        yield ConfigMistake(path, reason)


def _unfit(key: str, value: Any, wanted: inspect.Type) -> str:
    """Return why a value does not have the type that its key takes, with what to write. "" if it has."""
    if isinstance(wanted, inspect.UnionType):
        reasons = [_unfit(key, value, each) for each in wanted.types if not isinstance(each, inspect.NoneType)]
        return reasons[0] if all(reasons) else ""
    if isinstance(wanted, inspect.VarTupleType):
        return _unfit_list(key, value, wanted)
    for kind, types, words in (
        (inspect.BoolType, bool, "must be true or false, without quotes"),
        (inspect.IntType, int, "must be a whole number, without quotes"),
        (inspect.FloatType, int | float, "must be a number, without quotes"),
        (inspect.StrType, str, "must be text in quotes"),
    ):
        if isinstance(wanted, kind):
            fits = isinstance(value, types) and (kind is inspect.BoolType) == isinstance(value, bool)
            example = _EXAMPLES.get(key)
            return "" if fits else f"{words}{f': {key} = {example}' if example else _quoted(key, value)}"
    return ""


def _unfit_list(key: str, value: Any, wanted: inspect.VarTupleType) -> str:
    example = _EXAMPLES.get(key, '["...", "..."]')
    if not isinstance(value, list):
        return f"must be a list in brackets: {key} = {example}"
    if any(_unfit(key, each, wanted.item_type) for each in value):
        of = "whole numbers" if isinstance(wanted.item_type, inspect.IntType) else "texts in quotes"
        return f"must be a list of {of}: {key} = {example}"
    return ""


def _quoted(key: str, value: Any) -> str:
    """Return the line with its quotes, for a number or a word that lacks only these."""
    return f': {key} = "{value}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _holds_tables(wanted: inspect.Type) -> bool:
    return isinstance(wanted, inspect.VarTupleType) and isinstance(wanted.item_type, inspect.StructType)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _homes(of: type[msgspec.Struct]) -> dict[str, tuple[str, ...]]:
    """Return, for each key of the file, where it stands: `under [http]`."""
    found = {key: ["under [[channel]]"] for key in _CHANNEL_KEYS}
    known = inspect.type_info(of)
    assert isinstance(known, inspect.StructType)
    for field in known.fields:
        name = field.encode_name
        if isinstance(field.type, inspect.StructType):
            for inner in field.type.fields:
                found.setdefault(inner.encode_name, []).append(f"under [{name}]")
        elif isinstance(field.type, inspect.VarTupleType) and isinstance(field.type.item_type, inspect.StructType):
            for inner in field.type.item_type.fields:
                found.setdefault(inner.encode_name, []).append(f"under [[{name}]]")
        else:
            found.setdefault(name, []).append("at the top of the file, above the first [table]")
    # These stand in several kinds of tables, so naming one of them would mislead.
    return {key: tuple(places) for key, places in found.items() if key not in ("name", "type", "url")}


def _keys_at(of: type[msgspec.Struct], path: KeyPath) -> list[str]:
    """Return the keys of the table that holds `path`."""
    known: inspect.Type = inspect.type_info(of)
    for part in path[:-1]:
        if isinstance(known, inspect.StructType):
            known = next(field.type for field in known.fields if field.encode_name == part)
        elif isinstance(known, inspect.VarTupleType):
            known = known.item_type
    assert isinstance(known, inspect.StructType)
    return [field.encode_name for field in known.fields]
