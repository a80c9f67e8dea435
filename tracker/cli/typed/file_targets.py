"""Where a command writes what was asked for: a file, a file in a folder, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from storage.errors import StoreRefused
from tracker.errors import UsageError

__all__ = ["FormatTarget", "file_or_stdout", "file_to_write", "format_target", "is_stdout"]

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class FormatTarget(NamedTuple):
    """`path` is None for standard output."""

    path: Path | None
    form: str


def is_stdout(name: str) -> bool:
    """Return whether this is one of the names of standard output."""
    return name in _STDOUT


def file_or_stdout(name: str) -> Path:
    """Parse an option that names a file to write, or standard output. Raise UsageError for the name of a folder."""
    if name.endswith("/") or not name:
        raise UsageError(
            f"{name or 'An empty name'} names no file; name the file to write, also in a folder", subject=name
        )
    return Path(name)


def file_to_write(name: str) -> Path:
    """Parse an option that names a file to write. Raise UsageError for a folder and for standard output."""
    if is_stdout(name):
        raise UsageError(f"{name}: this is not written to standard output; name a file", subject=name)
    return file_or_stdout(name)


def format_target(
    to: str | None, form: str | None, forms: Sequence[str], binary: Collection[str], stem: str
) -> FormatTarget:
    """Return where to write, and in which of `forms`: as the file ends, unless `form` says it. The default comes first.

    In a folder, the file is named after `stem`. Raise UsageError if the format is unclear or would go to a terminal.
    Raise StoreRefused for a folder that does not exist.
    """
    if to is None or is_stdout(to):
        chosen = form or forms[0]
        if chosen in binary and sys.stdout.isatty():
            raise UsageError(f"{chosen} is nothing to read on a terminal; name a file: --to {stem}.{chosen}")
        return FormatTarget(None, chosen)
    if not to:
        raise UsageError("--to is empty; name a file, a folder, or - for standard output")
    path = Path(to)
    if path.is_dir() and not path.is_symlink():
        chosen = form or forms[0]
        return FormatTarget(path / f"{stem}.{chosen}", chosen)
    if to.endswith("/"):
        raise StoreRefused(to, f"there is no such folder; create it first, or name a file such as {stem}.{forms[0]}")
    return FormatTarget(path, _form_of(path, form, forms))


def _form_of(path: Path, form: str | None, forms: Sequence[str]) -> str:
    ending = path.suffix.removeprefix(".").lower()
    if form is not None:
        if ending in forms and ending != form:
            raise UsageError(f"{path} ends like {ending}, and --format says {form}; change one", subject=str(path))
        return form
    if ending not in forms:
        known = ", ".join(f".{each}" for each in forms)
        what = f"no file that ends in .{ending[:20]} is written" if ending else "its name does not say the format"
        raise UsageError(
            f"{path}: {what}. Let it end in one of {known}, or say the format with --format", subject=str(path)
        )
    return ending
