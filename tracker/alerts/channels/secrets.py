"""Secrets of channels, read where the settings name them: in the environment or in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tracker.text_files import NotText, read_text

__all__ = ["SecretMissing", "read_secret"]


class SecretMissing(Exception):
    """A secret that is named and not there; says which."""


def read_secret(variable: str, file: str, environment: Mapping[str, str]) -> str:
    """What an environment variable or else a file holds. Raises SecretMissing."""
    if variable:
        if not environment.get(variable, "").strip():
            raise SecretMissing(f"the environment variable {variable} is not set")
        return environment[variable].strip()
    try:
        return read_text(Path(file).expanduser()).strip()
    except NotText as error:
        raise SecretMissing(f"the file {file} cannot be read: {error}") from None
    except OSError as error:
        raise SecretMissing(f"the file {file} cannot be read ({error.strerror or type(error).__name__})") from None
