"""File systems for one test: mounted in a mount namespace that only the test's thread sees, and removed at its end."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.program.program import fork_server

__all__ = ["fill", "image", "in_own_mounts", "mount"]

_CLONE_NEWNS = 0x00020000


def in_own_mounts(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test and the processes it starts with mounts of its own. Skip it without the right to do so.

    Processes started by fixtures see the mounts as they were before.
    """

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        with ThreadPoolExecutor(1) as alone:
            if reason := alone.submit(_apart).result():
                pytest.skip(reason)
            fork_server()  # not from there: it would keep those mounts
            alone.submit(test, *arguments, **named).result()

    return run


def _apart() -> str:
    """Give this thread its own mounts. Return the reason if it may not have them, otherwise ""."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or not shutil.which("mount"):
        return "file systems of a test's own: only root may mount"
    if libc.unshare(_CLONE_NEWNS) != 0:
        return f"file systems of a test's own: no mount namespace here ({os.strerror(ctypes.get_errno())})"
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True, check=False)
    return f"file systems of a test's own: it may not mount here ({done.stderr.strip()})" if done.returncode else ""


def mount(*words: str | Path) -> None:
    """Call `mount` with these words. Skip the test if that file system is not available."""
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"file systems of a test's own: {done.stderr.strip()}")


def image(path: Path, megabytes: int) -> Path:
    """Create a file with an ext4 file system, to be mounted with "-o", "loop"."""
    make = shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not make:
        pytest.skip("file systems of a test's own: no mkfs.ext4 on this machine (Debian: apt-get install e2fsprogs)")
    path.touch()
    os.truncate(path, megabytes * 2**20)
    subprocess.run([make, "-q", path], check=True)
    return path


def fill(path: Path) -> None:
    """Create a file that takes all the space that is left."""
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError as error:
            assert error.strerror == "No space left on device"
