"""One heap for all threads of a process that runs for months."""

from __future__ import annotations

import ctypes

__all__ = ["share_one_heap"]

_M_ARENA_MAX = -8
"""As in glibc's malloc.h."""


def share_one_heap() -> bool:
    """Have the C library keep one heap for all threads; False where it has no such setting (musl, macOS).

    glibc gives each thread a heap of its own, and a heap keeps what it once took: over a month those of threads that
    read a large answer or sent many messages come to tens of megabytes that nobody uses. Call it before threads start.
    One heap has one lock, which costs little: Python runs one of our threads at a time.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    return set_option is not None and bool(set_option(_M_ARENA_MAX, 1))
