"""Questions on a terminal. Without a terminal nothing is asked, and what is missing is named with its option."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from storage.files.file_causes import file_cause
from tracker.alerts.channels.channel import Draft
from tracker.cli.render.output import note
from tracker.errors import UsageError
from tracker.text_files import NotText, read_text

__all__ = ["PasswordEnv", "PasswordFile", "Private", "Sender", "Smtp", "secrets_of"]

Smtp = Annotated[
    str, typer.Option("--smtp", metavar="URL", help="The mail server: smtp+starttls://user@mail.example.org:587.")
]
Sender = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="ADDRESS",
        help=(
            "The sender of the mails. Default: the user of the mail server if it is an address, else your own address."
        ),
    ),
]
PasswordFile = Annotated[
    str, typer.Option("--password-file", metavar="FILE", help="Take the password from this file; - for stdin.")
]
PasswordEnv = Annotated[
    str, typer.Option("--password-env", metavar="VAR", help="Read the password from this variable at every start.")
]
Private = Annotated[
    bool,
    typer.Option(
        "--private",
        help="Allow a mail server or webhook with an address inside your own network, which is refused otherwise.",
    ),
]


def secrets_of(draft: Draft, password_file: str) -> dict[str, str]:
    """Return what a new channel still wants, from a file, from stdin, or asked for on the terminal.

    Raise UsageError if there is no way to get it.
    """
    if not draft.wanted:
        if password_file:
            raise UsageError("--password-file goes with a mail server that takes a password", subject="--password-file")
        return {}
    if draft.advice:
        note(draft.advice)
    if password_file:
        found = _read(password_file)
    elif sys.stdin.isatty():
        found = getpass(f"Password of {draft.wanted_words} (not shown): ")
    else:
        raise UsageError(
            f"The password of {draft.wanted_words} is wanted. Name a file with it (--password-file FILE, - for "
            "stdin), or an environment variable (--password-env VAR)",
            subject="--password-file",
        )
    if not found.strip():
        raise UsageError("The password is empty", subject="--password-file")
    return {draft.wanted: found.strip()}


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return read_text(Path(file).expanduser())
    except (OSError, NotText) as error:
        why = file_cause(error).why if isinstance(error, OSError) else str(error)
        raise UsageError(f"The password file {file} cannot be read: {why}", subject=file) from error
