"""Add a channel and a rule to the config file, from a mail address or the address of a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from schedules.clock import Clock
from tracker.alerts.channels.channel import ChannelSpec, Draft
from tracker.alerts.channels.channel_list import NAME, settings_of
from tracker.alerts.config import examine
from tracker.api.config import AddedChannel
from tracker.config.config_file import write_private
from tracker.config.file_edit import with_table, with_value
from tracker.config.read_settings import ReadSettings, read_settings
from tracker.config.settings import Settings
from tracker.errors import DeliveryError, UsageError
from tracker.services.alerts.test import send_test
from tracker.services.config.change import write_checked

__all__ = ["add_and_test", "add_channel", "known_channel"]

KINDS, LEAST = ["*"], "major"
"""What the rule of a new channel tells: every kind of change that matters much."""


def known_channel(settings: Settings, draft: Draft) -> str:
    """Return the name of a channel that leads to the same address. "" if there is none."""
    for table in settings.channel:
        written, _ = settings_of(table)
        if table.type != draft.type or written is None:
            continue
        to = set(draft.values.get("to", ()))
        same_mail = bool(to) and to <= set(written.addresses)
        same_url = "url" in draft.values and table.values.get("url") == draft.values["url"]
        if same_mail or same_url or _same_secret(table.values, draft):
            return table.name
    return ""


def add_channel(
    environment: Mapping[str, str], draft: Draft, name: str, secrets: Mapping[str, str], clock: Clock
) -> tuple[AddedChannel, Settings]:
    """Write the channel, a rule for it, and its secrets. Return what was written, and the settings now.

    `secrets`: key -> content of those that were asked for. The channel also becomes the owner, who hears of trouble of
    the watch itself, if there is none yet. Raise UsageError, and write nothing, if the channel could not be used.
    """
    read = read_settings(environment)
    settings = read.settings
    taken = [it.name for it in settings.channel]
    if name and (name in taken or not NAME.fullmatch(name)):
        why = "there already" if name in taken else "no name; it takes letters, digits, - and _, at most 40"
        raise UsageError(f"--name {name[:40]} is {why}", subject="--name")
    name = name or _free(draft.name, taken)
    contents = {**draft.secrets, **secrets}
    files = {key: settings.home / "secrets" / f"{name}-{key.removesuffix('_file')}" for key in contents}
    channel = {"name": name, "type": draft.type, **draft.values, **{key: str(path) for key, path in files.items()}}
    rule = _free(name, [it.name for it in settings.rule])
    text = with_table(settings.text, "channel", channel)
    text = with_table(text, "rule", {"name": rule, "on": KINDS, "min_severity": LEAST, "send": [name]})
    if not settings.alerts.owner:
        text = with_value(text, ("alerts", "owner"), name)
    for key, path in files.items():
        write_private(path, contents[key])
    try:
        after, spec = _checked(read, environment, text, name, clock)
    except UsageError:
        _forget(files.values())
        raise
    shown = AddedChannel(
        channel=name,
        type=draft.type,
        does=spec.describe(),
        rule=rule,
        file=str(read.file),
        secret_file=str(next(iter(files.values()))) if files else None,
        added=True,
        sample=None,
        problem=None,
    )
    return shown, after.settings


def add_and_test(
    environment: Mapping[str, str], draft: Draft, name: str, secrets: Mapping[str, str], clock: Clock, *, test: bool
) -> AddedChannel:
    """Add a channel as `add_channel` does, and send it a sample. A sample that does not arrive is the `problem`."""
    added, settings = add_channel(environment, draft, name, secrets, clock)
    if not test:
        return added
    try:
        return replace(added, sample=send_test(settings, added.channel, "results.posted"))
    except DeliveryError as error:
        return replace(added, problem=error.message.rstrip("."))


def _checked(
    read: ReadSettings, environment: Mapping[str, str], text: str, name: str, clock: Clock
) -> tuple[ReadSettings, ChannelSpec]:
    """Write the file if the new channel can be used. Raise UsageError."""
    config, _ = examine(read_settings(environment, text).settings)
    if reason := config.unusable.get(name):
        raise UsageError(f"The channel cannot be used: {reason}. Nothing was written", subject=name)
    for spec in (it for it in config.channels if it.name == name):
        spec.open(clock.stopwatch, read.settings.outbound)  # a package may be missing, an address unknown
    after = write_checked(read, environment, text)
    return after, next(it for it in config.channels if it.name == name)


def _free(name: str, taken: Iterable[str]) -> str:
    """Return the name, or the name with the first number that makes it new."""
    known = set(taken)
    return next(it for it in (name, *(f"{name}-{number}" for number in range(2, len(known) + 3))) if it not in known)


def _same_secret(values: Mapping[str, Any], draft: Draft) -> bool:
    url = draft.secrets.get("url_file")
    path = values.get("url_file")
    if not url or not isinstance(path, str):
        return False
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip() == url
    except (OSError, UnicodeDecodeError):
        return False


def _forget(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
