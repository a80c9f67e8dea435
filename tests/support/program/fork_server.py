"""A process that has imported the program once and forks for each command: as real as a new one, without start-up time.

It imports at once what commands import when they need it. A fork has only its own thread, so no other thread may run
here: `OPENBLAS_NUM_THREADS` keeps numpy from starting some. It reads one JSON object per line (`words`, `env`, the
files `out` and `err`, and `mounts`, the caller's mount namespace) and answers with the exit code.
"""

from __future__ import annotations

import ctypes
import json
import os
import pkgutil
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import schedules
import storage
import tracker
from tracker.cli import main

LEFT_OUT = ("tracker.__main__", "storage.migrations.")
"""What runs the program, and what only Alembic may run."""


def prepare() -> None:
    for room in (schedules, storage, tracker):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not module.name.startswith(LEFT_OUT):
                import_module(module.name)


def serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _see(mounts: Path) -> None:
    """Switch to the mount namespace of the caller. Only Linux has such namespaces."""
    here = Path("/proc/self/ns/mnt")
    if here.exists() and not here.samefile(mounts):
        folder = Path.cwd()
        with mounts.open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
                raise OSError(ctypes.get_errno(), "setns")
        os.chdir(folder)


def _live(job: dict[str, Any]) -> NoReturn:
    _see(Path(job["mounts"]))
    for stream, path in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.environ.clear()
    os.environ.update(job["env"])
    code = 1
    try:
        code = main(job["words"])
    except BaseException:  # noqa: BLE001  (as the interpreter does at its end)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    prepare()
    serve()
