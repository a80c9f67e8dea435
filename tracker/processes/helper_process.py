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
from threading import Timer
from typing import IO

__all__ = ["HelperEnded", "HelperProcess", "answer_until_the_end"]

_SIZE = 8
"""The bytes of the length that comes before each question and answer."""
_LONGEST_SECONDS = 300.0
"""A helper that takes longer for one answer is ended: it hangs, or the machine has no room for it."""


class HelperEnded(Exception):
    """A helper process ended before it answered, or never began."""


class HelperProcess:
    """A process that runs a module, which calls `answer_until_the_end`."""

    def __init__(self, module: str) -> None:
        """Start the process. It gets the import path of this one. Raise HelperEnded if the system starts none.

        It has two pipes of its own: what some module prints when it is imported is no answer. -P: a program never
        runs what lies in the folder that somebody happens to be in.
        """
        if not sys.executable:
            raise HelperEnded("no helper process could be started: the program of Python is not known")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs_in), str(theirs_out)],
                pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # What goes wrong in a helper is done again by its caller, and goes wrong there for all to see.
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            os.close(ours_in)
            os.close(ours_out)
            raise HelperEnded(f"no helper process could be started: {error}") from error
        finally:
            # Only the process may hold them, or the end of one side would not be seen at the other.
            os.close(theirs_in)
            os.close(theirs_out)
        self._questions, self._answers = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, question: bytes) -> bytes:
        """Return the answer to a question. Raise HelperEnded. Only one thread may ask at a time."""
        too_late = Timer(_LONGEST_SECONDS, self._process.kill)
        too_late.daemon = True
        too_late.start()
        try:
            _write(self._questions, question)
            answer = _read(self._answers)
        except OSError as error:
            raise HelperEnded(f"a helper process ended: {error}") from error
        finally:
            too_late.cancel()
        if answer is None:
            raise HelperEnded(f"a helper process ended with status {self._process.wait()}")
        return answer

    def close(self) -> None:
        """End the process. An answer that it still owes is lost."""
        self._process.kill()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # what a process that ended did not read
                pipe.close()
        self._process.wait()


def answer_until_the_end(answer: Callable[[bytes], bytes]) -> None:
    """Be a helper process: answer each question, until there are no more. The pipes are the program's arguments."""
    # The caller decides when this ends. A key press or the service manager tells all processes of a group.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    questions, answers = (os.fdopen(int(pipe), mode) for pipe, mode in zip(sys.argv[1:], ("rb", "wb"), strict=True))
    with questions, answers:
        while (question := _read(questions)) is not None:
            _write(answers, answer(question))


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
