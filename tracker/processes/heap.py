"""Use one heap for all threads of a process that runs for months."""

from __future__ import annotations

import ctypes

__all__ = ["share_one_heap"]

_M_ARENA_MAX = -8
"""From glibc's malloc.h."""


def share_one_heap() -> bool:
    """Make the C library use one heap for all threads. Return False if it has no such setting (musl, macOS).

    glibc gives each thread its own heap, and a heap keeps memory that it once took. Over a month, threads that read
    large answers or send many messages keep tens of megabytes that are not used. Call this before threads start. One
    heap has one lock, which costs little, because Python runs one thread at a time.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    return set_option is not None and bool(set_option(_M_ARENA_MAX, 1))
