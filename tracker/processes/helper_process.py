"""A process that helps with work that takes the processor: bytes in, bytes out, one after the other.

It reads until its input ends. So it never outlives the process that started it, however that one ends. It has no files,
locks and connections of that process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO

__all__ = ["HelperEnded", "HelperProcess", "answer_until_the_end"]

_SIZE = 8
"""The bytes of the length that comes before each question and answer."""


class HelperEnded(Exception):
    """A helper process ended before it answered, or never began."""


class HelperProcess:
    """A process that runs a module, which calls `answer_until_the_end`."""

    def __init__(self, module: str) -> None:
        """Start the process. It gets the import path of this one. Raise HelperEnded if the system starts none."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What goes wrong in a helper is done again by its caller, and goes wrong there for all to see.
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            raise HelperEnded(f"no helper process could be started: {error}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, question: bytes) -> bytes:
        """Return the answer to a question. Raise HelperEnded. Only one thread may ask at a time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _write(self._process.stdin, question)
            answer = _read(self._process.stdout)
        except OSError as error:
            raise HelperEnded(f"a helper process ended: {error}") from error
        if answer is None:
            raise HelperEnded(f"a helper process ended with status {self._process.wait()}")
        return answer

    def close(self) -> None:
        """End the process. An answer that it still owes is lost."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not read by the process that ended
                assert pipe is not None
                pipe.close()
        self._process.wait()


def answer_until_the_end(answer: Callable[[bytes], bytes]) -> None:
    """Be a helper process: answer the questions on standard input, until there are no more."""
    # The caller decides when this ends. A key press or the service manager tells all processes of a group.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    while (question := _read(sys.stdin.buffer)) is not None:
        _write(sys.stdout.buffer, answer(question))


def _write(stream: IO[bytes], body: bytes) -> None:
    stream.write(len(body).to_bytes(_SIZE))
    stream.write(body)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """Return the next question or answer. None if there is no whole one."""
    size = stream.read(_SIZE)
    if len(size) < _SIZE:
        return None
    wanted = int.from_bytes(size)
    body = stream.read(wanted)
    return body if len(body) == wanted else None
