"""Parts of the program that are installed on demand, and the command that installs one. Pure but for the paths."""

from __future__ import annotations

import shlex
import sys
from pathlib import PurePath

__all__ = ["install_extra"]


def install_extra(extra: str, *, prefix: str = sys.prefix, python: str = sys.executable) -> str:
    """Return the command that adds an extra to this installation, to be run in the folder of the source.

    `prefix` and `python` tell how the program was installed: by pipx, by uv, or by pip. The first two do nothing
    for a program that they have installed before, unless they are forced.
    """
    parts = PurePath(prefix).parts
    if "pipx" in parts:
        return f"pipx install --force '.[{extra}]'"
    if "uv" in parts and "tools" in parts:
        return f"uv tool install --force '.[{extra}]'"
    return f"{shlex.quote(python or 'python')} -m pip install '.[{extra}]'"
