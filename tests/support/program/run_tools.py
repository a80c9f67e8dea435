"""A systemctl and a crontab that write down what they are told. The real ones would change the machine of the tests."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["run_tools"]

_TOOLS = {
    "systemctl": '#!/bin/sh\necho "$@" >>"$0.log"\ntest ! -e "$0.fails" || { cat "$0.fails" >&2; exit 1; }\n',
    "crontab": (
        '#!/bin/sh\nif [ "$1" = -l ]; then cat "$0.tab" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; }\n'
        'else cat >"$0.tab"; fi\n'
    ),
}


def run_tools(base: Path) -> dict[str, str]:
    """Make the tools in `base`, and return the environment in which they are found."""
    folder = base / "bin"
    folder.mkdir(parents=True)
    for name, text in _TOOLS.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (base / "run" / "systemd").mkdir(parents=True)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "XDG_RUNTIME_DIR": str(base / "run"),
        "XDG_CONFIG_HOME": str(base / "xdg"),
    }
