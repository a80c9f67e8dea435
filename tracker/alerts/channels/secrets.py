"""Read the secrets of channels from the environment or from files, as the settings name them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from storage.files.file_causes import file_cause
from tracker.text_files import NotText, read_text

__all__ = ["SecretMissing", "read_secret"]


class SecretMissing(Exception):
    """A secret that is named but missing. The text says which."""


def read_secret(variable: str, file: str, environment: Mapping[str, str]) -> str:
    """Return the value of an environment variable, or else of a file. Raise SecretMissing."""
    if variable:
        if not environment.get(variable, "").strip():
            raise SecretMissing(f"the environment variable {variable} is not set")
        return environment[variable].strip()
    try:
        return read_text(Path(file).expanduser()).strip()
    except NotText as error:
        raise SecretMissing(f"the file {file} cannot be read: {error}") from None
    except OSError as error:
        raise SecretMissing(f"the file {file} cannot be read ({file_cause(error).why})") from None
