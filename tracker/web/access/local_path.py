"""Where a browser is led: to a page of this server, and to no other. Pure."""

from __future__ import annotations

__all__ = ["local_path"]


def local_path(wanted: str) -> str:
    """Return a path of this server, "/" for anything else. No link or form leads from here to another site."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local and len(wanted) < 2000 else "/"
