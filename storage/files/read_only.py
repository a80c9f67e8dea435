"""Open a store on a read-only file system: an archive, or a disk that the system has remounted read-only.

To read a store in WAL mode, SQLite needs a -shm file next to it and creates one if it is missing. Here it cannot. So a
store without a log is opened as immutable, which is correct as long as no process can write.
"""

from __future__ import annotations

import os
from pathlib import Path

from storage.errors import Unavailable

__all__ = ["is_still"]

_READ_ONLY = {"ro", "emergency_ro"}


def is_still(path: Path) -> bool:
    """Whether the file exists on a file system that no process on this machine can write. Raise Unavailable.

    A file that only this process cannot write does not count: others may be writing, for example to a folder shared
    with a container. False if the system does not tell.
    """
    try:
        device = path.stat().st_dev
        mounts = Path("/proc/thread-self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    name = f"{os.major(device)}:{os.minor(device)}"
    found = [line.split() for line in mounts if line.split()[2] == name]
    # After the dash come type, source and the options of the file system itself, independent of the mount.
    if not any(_READ_ONLY & set(words[words.index("-") + 3].split(",")) for words in found):
        return False
    log, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not (log.exists() and log.stat().st_size):
        return True
    if not index.exists():
        raise Unavailable(
            str(path),
            "its file system is read-only, and the log beside it cannot be read there; copy both files to where they "
            "can be written, and name that place with TRIALWATCH_HOME",
        )
    return False  # SQLite can read a log that has its index
