"""Set the machine's clock back and forward under a running process: a small library, loaded before all others.

The monotonic clock does not change, as when a real clock is set.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

SOURCE = Path(__file__).with_name("shifted_clock.c")


def why_not() -> str:
    """Return why the clock cannot be moved here, "" if it can."""
    if not sys.platform.startswith("linux"):
        return "the machine's clock can be moved under a process on Linux only"
    if _compiler() is None:
        return "no C compiler, which builds what moves the machine's clock (Debian: gcc libc6-dev)"
    return ""


def _compiler() -> str | None:
    return shutil.which("gcc") or shutil.which("cc")


def built(folder: Path) -> Path:
    """Build the library in `folder`."""
    library = folder / "shifted_clock.so"
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    found = subprocess.run([_compiler() or "cc", *options], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return library


class ShiftedClock:
    """The clock of every process started with `environment`. It is the machine's until it is moved."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._path = folder / "shift"
        self._path.write_bytes(bytes(8))
        self._library = library

    def __enter__(self) -> Self:
        with self._path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "SHIFTED_CLOCK": str(self._path)}

    @property
    def shift(self) -> timedelta:
        return timedelta(microseconds=struct.unpack("=q", self._memory[:])[0])

    def set(self, shift: timedelta) -> None:
        """Set it ahead of the machine's clock by `shift` (behind it, if negative)."""
        self._memory[:] = struct.pack("=q", shift // timedelta(microseconds=1))

    def move(self, by: timedelta) -> None:
        self.set(self.shift + by)

    def set_to(self, instant: datetime) -> None:
        self.set(instant - datetime.now(UTC))
