"""Every mistake of the config file, with those that its values alone do not show."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.alerts.config import all_mistakes
from tracker.config.mistakes import ConfigMistake
from tracker.config.read_settings import ENVIRONMENT, ReadSettings, read_settings

__all__ = ["file_mistakes"]


def file_mistakes(environment: Mapping[str, str], read: ReadSettings) -> list[ConfigMistake]:
    """Return every mistake in the order of its lines. A value that a variable hides is checked too.

    A crontab or a service may run without that variable, and would then be refused.
    """
    bare = {name: value for name, value in environment.items() if name not in ENVIRONMENT}
    hidden = [it for it in read_settings(bare, read.settings.text).mistakes if it.path in read.variables]
    return sorted([*all_mistakes(read), *hidden], key=lambda it: it.line or 0)
