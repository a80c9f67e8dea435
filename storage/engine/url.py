"""Parse where a store is: the path of an SQLite file, or the address of a PostgreSQL server. No database imports.

A path stays a `Path` from the settings to SQLite's own call, and is never put into an address. In an address that a
person types, everything after `sqlite:///` is the path, literally. `%20` is three characters of a name, and `?` and `#`
are ordinary characters. So no two addresses lead to one file, and no path leads to another file.
"""

from __future__ import annotations

import re
from pathlib import Path

from storage.errors import Unavailable

__all__ = ["SQLITE", "located", "parse"]

SQLITE = "sqlite:///"
_SERVER = re.compile(r"postgresql(\+\w+)?://")
_FORMS = "must begin with sqlite:/// (then a path) or postgresql+psycopg://"


def parse(address: str) -> Path | str:
    """Return an absolute path, or the address unchanged if it names a server.

    A relative path starts at the working directory. Raise ValueError with a reason that can follow "The address of the
    store". The reason shows nothing of the address except a path.
    """
    if _SERVER.match(address):
        return address
    if not address.startswith(SQLITE):
        raise ValueError(_FORMS)
    name = address.removeprefix(SQLITE)
    if name in ("", ":memory:"):
        raise ValueError("must name a file after sqlite:///")
    if "\0" in name:
        raise ValueError("must not hold a NUL character")
    path = Path(name).absolute()
    _refuse_options(path)
    return path


def located(where: Path | str) -> Path | str:
    """Return where a store is, as `parse` does, from a path or an address. Raise Unavailable."""
    try:
        return where.absolute() if isinstance(where, Path) else parse(where)
    except ValueError as error:
        raise Unavailable("database", f"its address {error}", "address") from error


def _refuse_options(path: Path) -> None:
    """Refuse options after a `?`, which older versions read. As part of the name they would lead to a new store."""
    bare, mark, options = str(path).partition("?")
    if mark and "=" in options and not path.exists() and Path(bare).is_file():
        raise ValueError(f"must end with the path of the file; leave out everything after {bare}")
