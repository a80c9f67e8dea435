"""Every mistake of the config file, with those that its values alone do not show."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.alerts.config import all_mistakes
from tracker.config.mistakes import ConfigMistake, with_lines
from tracker.config.read_settings import ENVIRONMENT, ReadSettings, read_settings
from tracker.config.settings import Settings
from tracker.errors import SettingsError

__all__ = ["file_mistakes", "unusable_files"]


def file_mistakes(environment: Mapping[str, str], read: ReadSettings) -> list[ConfigMistake]:
    """Return every mistake in the order of its lines. A value that a variable hides is checked too.

    A crontab or a service may run without that variable, and would then be refused.
    """
    bare = {name: value for name, value in environment.items() if name not in ENVIRONMENT}
    hidden = [it for it in read_settings(bare, read.settings.text).mistakes if it.path in read.variables]
    return sorted([*all_mistakes(read), *hidden, *unusable_files(read.settings)], key=lambda it: it.line or 0)


def unusable_files(settings: Settings) -> list[ConfigMistake]:
    """Return what is wrong with the file of `[http] ca_file`. No command that connects can run then."""
    if not settings.http.ca_file:
        return []
    from tracker.http.tls import tls_context  # noqa: PLC0415  (TLS, for those who have such a file)

    try:
        tls_context(settings.outbound)
    except SettingsError as error:
        reason = error.message.removeprefix("http.ca_file: ")
        return with_lines(settings.text, [ConfigMistake(("http", "ca_file"), f"cannot be used: {reason}")])
    return []
