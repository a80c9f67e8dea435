"""config edit: edit the config file, and keep it only if it has no mistakes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from storage.files.private_files import make_folder
from tracker.cli.commands.config_check import print_check
from tracker.cli.render.output import note
from tracker.config.config_file import write_config, write_private
from tracker.config.read_settings import config_file
from tracker.errors import SettingsError, UsageError
from tracker.services.config.check import check_config
from tracker.text_files import read_text

__all__ = ["command"]

_EDITORS = ("nano", "vim", "vi")
_NEW = """\
# Settings of Trialwatch. Every setting has a default, so this file may stay empty.
# All of them, with their values now: trialwatch config show
# A first mail: trialwatch alerts add you@example.org

# [http]
# contact = "you@example.org"      # so that the registry can reach you
"""


def command() -> None:
    """Open the config file in your editor ($VISUAL, $EDITOR, else nano or vi), and check what you saved.

    If there is a mistake, the old file stays in use, and what you wrote is saved beside it. You may go on editing.

    \b
    Example:  trialwatch config edit
    """
    file = config_file(os.environ)
    editor = _editor()
    draft = file.with_name(f"{file.name}.draft")
    before = read_text(file) if file.exists() else _NEW
    make_folder(file.parent)
    if not draft.exists():
        write_private(draft, before.rstrip("\n"))
    else:
        note(f"Going on with {draft}, which an earlier edit left.")
    while True:
        if subprocess.run([*editor, str(draft)], check=False).returncode:
            raise UsageError(f"The editor {editor[0]} ended with an error. What you wrote is in {draft}")
        if _is_right(draft):
            break
        if not (sys.stdin.isatty() and typer.confirm("Edit again?", default=True, err=True)):
            note(f"{file} is unchanged. What you wrote is in {draft}. Go on with: trialwatch config edit")
            raise typer.Exit(2)
    _keep(file, draft, before)


def _is_right(draft: Path) -> bool:
    """Return whether what was written can be used. Otherwise say what is wrong."""
    try:
        found = check_config(os.environ, read_text(draft))
    except SettingsError as error:
        note(f"{error.message}.")
        return False
    if found.mistakes:
        print_check(found)
    return not found.mistakes


def _keep(file: Path, draft: Path, before: str) -> None:
    text = read_text(draft)
    if text.rstrip("\n") == before.rstrip("\n"):
        note(f"Nothing was changed in {file}.")
    else:
        write_config(file, text)
        note(f"{file} is written. What the rules do now: trialwatch alerts check")
    draft.unlink()


def _editor() -> list[str]:
    """Return the command of the editor. Raise UsageError if there is none."""
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, _EDITORS), "")
    if not wanted:
        raise UsageError(
            "There is no editor. Name one: EDITOR=nano trialwatch config edit, "
            f"or edit {config_file(os.environ)} yourself"
        )
    command = shlex.split(wanted)
    if not shutil.which(command[0]):
        raise UsageError(f"The editor {command[0]} is not installed. Name another: EDITOR=nano trialwatch config edit")
    return command
