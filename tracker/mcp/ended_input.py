"""Standard input that also ends when the process is told to stop.

The SDK reads it in a thread, and a thread that waits for input cannot be interrupted. So the input is handed on through
a pipe, and a signal ends the pipe: the SDK then stops as it does when an assistant goes away.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

__all__ = ["input_that_ends"]

_PIECE = 65_536
_INPUT = 0


@contextmanager
def input_that_ends() -> Iterator[None]:
    """Let SIGINT and SIGTERM end standard input while the block runs. Call it in the main thread."""
    source = os.dup(_INPUT)
    ours, into = os.pipe()
    os.dup2(ours, _INPUT)
    os.close(ours)

    def end(*_signal: object) -> None:
        # In place of the pipe, so that the number stays taken while the thread may write to it.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, into)
        os.close(nowhere)

    def hand_on() -> None:
        with suppress(OSError):
            while piece := os.read(source, _PIECE):
                while piece:
                    piece = piece[os.write(into, piece) :]
        end()

    Thread(target=hand_on, name="input", daemon=True).start()
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.dup2(source, _INPUT)
