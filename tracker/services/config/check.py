"""What is wrong with the config file: all of it, each with its line and with what to write."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.api import alerts as alert_shapes
from tracker.api.config import ConfigCheck
from tracker.config.mistakes import ConfigMistake
from tracker.config.read_settings import read_settings
from tracker.config.settings import Settings
from tracker.services.config.file_mistakes import file_mistakes

__all__ = ["check_config", "mistake_of"]


def check_config(environment: Mapping[str, str], text: str | None = None) -> ConfigCheck:
    """Return every mistake of the file. `text` is checked in place of the file.

    No store is opened, and nothing is sent. Raise SettingsError for a file that cannot be read, or is no TOML.
    """
    read = read_settings(environment, text)
    found = [mistake_of(it, read.settings) for it in file_mistakes(environment, read)]
    return ConfigCheck(file=str(read.file), exists=read.file.exists(), mistakes=found)


def mistake_of(mistake: ConfigMistake, settings: Settings) -> alert_shapes.Mistake:
    """Return a mistake with its place in words, such as `channel me`."""
    if mistake.variable:
        return alert_shapes.Mistake(line=None, place="environment", key=mistake.variable, reason=mistake.reason)
    table, *rest = mistake.path
    place = str(table)
    if rest and isinstance(rest[0], int):
        tables = settings.channel if table == "channel" else settings.rule
        name = tables[rest[0]].name[:40] if rest[0] < len(tables) else ""
        place += f" {name or rest[0] + 1}"
    return alert_shapes.Mistake(line=mistake.line, place=place, key=mistake.key, reason=mistake.reason)
