"""The program on a terminal of its own, with a person who types."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.support.program.program import COMMAND, Program

_PATIENCE = 60
"""Seconds without output after which a test has failed."""


@dataclass
class Screen:
    """What a person sees and types. `seen` is everything that was printed so far."""

    process: subprocess.Popen[bytes]
    terminal: int
    seen: str = ""

    def wait_for(self, text: str) -> None:
        """Read until `text` is there. Fail if the program ends first, or prints nothing for long."""
        while text not in self.seen:
            assert self._read(), f"{text!r} never came: {self.seen}"

    def wait_for_question(self, text: str) -> None:
        """Read until a question with `text` waits for its answer.

        A prompt ends with a space, which is written after the rest. What is typed before it is shown before it. An
        invitation to type several lines ends its own line.
        """
        self.wait_for(text)
        while not self.seen.endswith((" ", "\n")):
            assert self._read(), f"{text!r} never became a question: {self.seen}"

    def type(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def end(self, keys: str = "") -> int:
        """Read to the end and return the exit code. Type `keys` until then, as programs drop what comes too early."""
        for _ in range(_PATIENCE):
            if keys:
                self.type(keys)
            while self._read(1 if keys else _PATIENCE):
                pass
            if not keys or self.process.poll() is not None:
                break
        return self.process.wait(timeout=_PATIENCE)

    def _read(self, seconds: float = _PATIENCE) -> bool:
        with suppress(OSError):  # Linux reports it when the other end is closed
            if select.select([self.terminal], [], [], seconds)[0] and (piece := os.read(self.terminal, 65536)):
                self.seen += piece.decode(errors="replace").replace("\r\n", "\n")
                return True
        return False


@contextmanager
def screen(
    program: Program, *words: str, rows: int = 10, columns: int = 100, environment: Mapping[str, str] = {}
) -> Iterator[Screen]:
    """Start a command on a terminal of this size, which is its controlling terminal: Ctrl-C reaches it and its pager.

    `environment` is added as it is: an empty value stays one.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**program.environment({"TERM": "xterm-256color"}), **environment},
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def answered(
    program: Program,
    *words: str,
    answers: Sequence[tuple[str, str]],
    columns: int = 100,
    expect: int = 0,
    environment: Mapping[str, str] = {},
) -> str:
    """Answer the questions of a command, and return what a person sees. `answers`: a part of each, what is typed."""
    with screen(program, *words, rows=50, columns=columns, environment=environment) as seen:
        for question, answer in answers:
            seen.wait_for_question(question)
            seen.type(f"{answer}\n")
        assert seen.end() == expect, seen.seen
    return seen.seen
