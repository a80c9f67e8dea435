"""config set: change one setting in the config file."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer

from tracker.cli.loaded_settings import unchecked
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.services.config.change import change_setting

__all__ = ["command"]


def command(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `config show` names it: http.contact, channel.me.to.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help='The new value. Commas between several. "" for none.')],
    output: Output = None,
) -> None:
    """Change one setting in the config file. The rest of the file stays as it is, with its comments.

    A value that the setting does not take is refused, and the file stays unchanged. A running daemon takes up the
    change when it is started again, or on SIGHUP.

    \b
    Example:  trialwatch config set http.contact you@example.org
              trialwatch config set channel.me.to you@example.org,colleague@example.org
              trialwatch config set rule.me.digest daily@08:00
    """
    loaded = unchecked().settings
    found = change_setting(os.environ, key, value)
    shown = msgspec.to_builtins(found)
    emit(Answer({"setting": shown}, "setting", tuple(shown), table=lambda: note(f"{key} is set.")), output)
    if found.source not in ("file", "default"):
        note(f"The environment variable {found.source} is set, and wins over the file.")
    if found.key == "database_url" and loaded.database_url:
        note("The store that was used before stays where it is. Its trials are not in the new one.")
