"""Who is shown changes: the user of this machine who runs the program."""

from __future__ import annotations

import os

__all__ = ["account"]


def account() -> str:
    """Return the name of the reader that is the user who runs this."""
    return f"cli:{_user()}"


def _user() -> str:
    """Return the user who runs this. In a container it may be a number without a name."""
    import getpass  # noqa: PLC0415  (with it come the modes of terminals)

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
