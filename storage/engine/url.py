"""Where a store is: the path of an SQLite file, or the address of a PostgreSQL server. Imports no database library.

A path is a `Path` from the settings to SQLite's own call, and is never pasted into an address. Where a person types an
address, everything after `sqlite:///` is the path, letter for letter. `%20` is three characters of a name, and `?` and
`#` begin nothing, so that no two addresses lead to one file, and no path leads elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["SQLITE", "parse"]

SQLITE = "sqlite:///"
_SERVER = re.compile(r"postgresql(\+\w+)?://")
_FORMS = "must begin with sqlite:/// (then a path) or postgresql+psycopg://"


def parse(address: str) -> Path | str:
    """A typed address as an absolute path, or as it is when it names a server.

    A path that does not begin with `/` starts at the working directory. Raises ValueError with a reason that can follow
    "The address of the store"; it shows nothing of the address but a path.
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


def _refuse_options(path: Path) -> None:
    """Options after a `?` were read once. Taken for a part of the name, they would lead to a new and empty store."""
    bare, mark, options = str(path).partition("?")
    if mark and "=" in options and not path.exists() and Path(bare).is_file():
        raise ValueError(f"must end with the path of the file; nothing is read after {bare}, so leave out the rest")
