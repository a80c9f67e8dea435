"""Ctrl-C counts, wherever it meets the program.

Python raises KeyboardInterrupt wherever it happens to be. In a callback of a weak reference or in a `__del__` it is
ignored, and the command would go on and end with 0.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interrupts_noticed"]

_AGAIN_SECONDS = 0.05
"""When to interrupt again, outside of the callback."""


@contextmanager
def interrupts_noticed() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether Ctrl-C came since. An ignored KeyboardInterrupt is raised once more.

    Nothing is done if SIGINT is ignored, as in the background, or handled by the caller.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _is_main_thread():
        yield lambda: False
        return
    came: list[int] = []
    later: list[threading.Timer] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        _silence_logging()
        raise KeyboardInterrupt

    def again() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def ignored(found: sys.UnraisableHookArgs) -> None:
        if not issubclass(found.exc_type, KeyboardInterrupt):
            before(found)
            return
        timer = threading.Timer(_AGAIN_SECONDS, again)
        timer.daemon = True
        later.append(timer)
        timer.start()

    before, sys.unraisablehook = sys.unraisablehook, ignored
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(came)
    finally:
        for timer in later:
            timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = before


def _silence_logging() -> None:
    """Print no more tracebacks of libraries that are interrupted, such as a connection that was being closed."""
    if "logging" in sys.modules:
        import logging  # noqa: PLC0415  (most commands never need it)

        logging.lastResort = logging.NullHandler()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
