"""The daemon's memory: one heap, whatever number of threads allocates."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

ALLOCATES = """
import ctypes, sys, threading
from tracker.processes.heap import share_one_heap

if sys.argv[1] == "shared":
    assert share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
places = []
hold = threading.Barrier(9)

def take():
    places.append(libc.malloc(ctypes.c_size_t(1000)) >> 26)  # a heap of a thread's own begins at 64 MB
    hold.wait(60)

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
hold.wait(60)
print(len(set(places)))
"""


@pytest.mark.fault("R-G9")
def test_threads_of_the_daemon_share_one_heap() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc gives each thread a heap of its own")
    own, shared = (_heaps(how) for how in ("own", "shared"))
    assert own > 2 >= shared


def _heaps(how: str) -> int:
    """In how many places eight threads were given memory."""
    return int(
        subprocess.run([sys.executable, "-c", ALLOCATES, how], capture_output=True, text=True, check=True).stdout
    )
