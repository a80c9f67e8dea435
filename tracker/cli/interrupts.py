"""Ctrl-C counts, wherever it meets the program.

Python raises KeyboardInterrupt wherever it happens to be. In a callback of a weak reference or in a `__del__` it is
ignored, and the command would go on and end with 0. If the signal comes just before the main thread begins to wait for
the network, or while another thread runs, Python notes it and raises nothing until the wait ends by itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from schedules.clock import SystemClock

__all__ = ["interrupts_noticed"]

_AGAIN_SECONDS = 0.05
"""When to interrupt again, outside of the callback."""
_WAITS_AFTER = 0.5
"""Seconds in which a main thread that had not noticed the signal has begun to wait."""
_WAKES = signal.SIGURG
"""A signal that only ends a wait. Python then runs the handler of every signal that came before, and waits again."""


@contextmanager
def interrupts_noticed() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether Ctrl-C came since. An ignored KeyboardInterrupt is raised once more.

    Nothing is done if SIGINT is ignored, as in the background, or handled by the caller.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _is_main_thread():
        yield lambda: False
        return
    came = threading.Event()
    later: list[threading.Timer] = []

    def note(_number: int, _frame: FrameType | None) -> None:
        came.set()
        _silence_logging()
        raise KeyboardInterrupt

    def again() -> None:
        _send_to_main_thread(signal.SIGINT)

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
        with _waits_ended():
            yield came.is_set
    finally:
        for timer in later:
            timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = before


@contextmanager
def _waits_ended() -> Iterator[None]:
    """End a wait of the main thread after each SIGINT that reaches the process.

    A handler that is set meanwhile, such as that of the daemon or around a pager, is called once for each.
    """
    arrivals, ours = os.pipe()
    os.set_blocking(ours, False)
    clock = SystemClock()

    def watch() -> None:
        while numbers := os.read(arrivals, 64):
            if signal.SIGINT in numbers:
                clock.pause(_WAITS_AFTER)
                _send_to_main_thread(_WAKES)
        os.close(arrivals)

    # It is never taken back: unhandled, the signal is ignored anyway.
    signal.signal(_WAKES, lambda *_: None)
    threading.Thread(target=watch, name="interrupts", daemon=True).start()
    before = signal.set_wakeup_fd(ours, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(ours)


def _send_to_main_thread(number: int) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def _silence_logging() -> None:
    """Print no more tracebacks of libraries that are interrupted, such as a connection that was being closed."""
    if "logging" in sys.modules:
        import logging  # noqa: PLC0415  (most commands never need it)

        logging.lastResort = logging.NullHandler()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
