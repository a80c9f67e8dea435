"""The name of a process for others on the same store, and whether it is still alive."""

from __future__ import annotations

import os
import socket

__all__ = ["holder_name", "is_dead"]


def holder_name() -> str:
    """Return the name of this process for others that wait for it."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def is_dead(holder: str) -> bool:
    """Whether `holder` (a `holder_name`) was a process of this machine that has ended. False if that is not certain."""
    words = holder.split()
    if len(words) != 4 or words[3] != socket.gethostname() or not words[1].isdecimal():
        return False
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
