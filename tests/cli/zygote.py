"""A process that has imported the program once and forks for each command: as real as a new one, without its start-up.

Reads one JSON object a line (`words`, `env`, and the files `out` and `err`), answers with the exit code.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, NoReturn

from tracker.cli import main


def serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _live(job: dict[str, Any]) -> NoReturn:
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
    serve()
