"""Mistakes in the config file: what is wrong with which key, in which line, and one error that names them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tracker.config.toml_lines import line_of
from tracker.errors import SettingsError

__all__ = ["ConfigMistake", "KeyPath", "refused", "with_lines"]

KeyPath = tuple[str | int, ...]
"""Where a value stands in the file: `("ctgov", "url")`, `("channel", 1, "to")`."""

_MOST_NAMED = 20


class ConfigMistake(NamedTuple):
    """What is wrong, and where: the path of a key in the file and its line (None if the key is not in the file)."""

    path: KeyPath
    reason: str
    line: int | None = None
    #: The environment variable that gave the value. "" for the file.
    variable: str = ""

    @property
    def key(self) -> str:
        return str(next((part for part in reversed(self.path) if isinstance(part, str)), ""))

    def __str__(self) -> str:
        return f"{f'line {self.line}: ' if self.line else ''}{self.variable or self.key} {self.reason}"


def with_lines(text: str, mistakes: Iterable[ConfigMistake]) -> list[ConfigMistake]:
    """Return the mistakes in the order of the lines of `text`, each with its line. One of the environment has none."""
    found = [it if it.line or it.variable else it._replace(line=line_of(text, it.path)) for it in mistakes]
    return sorted(found, key=lambda it: it.line or 0)


def refused(file: Path | None, mistakes: Sequence[ConfigMistake]) -> SettingsError:
    """Return the error that names all mistakes of a file, at most twenty."""
    first, where = mistakes[0], file or "The configuration"
    if len(mistakes) == 1:
        place = "" if first.variable else f"{where}, " if first.line else f"{where}: "
        return SettingsError(f"{place}{first}", subject=first.key)
    lines = [f"  {it}" for it in mistakes[:_MOST_NAMED]]
    if len(mistakes) > _MOST_NAMED:
        lines.append(f"  and {len(mistakes) - _MOST_NAMED:,} more")
    listed = "\n".join(lines)
    return SettingsError(
        f"{where} has {len(mistakes)} mistakes:\n{listed}\nWhen they are corrected: trialwatch config check",
        subject=first.key,
    )
