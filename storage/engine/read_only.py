"""A store on a file system that nobody can write to: an archive, or a disk the system has taken out of use.

SQLite reads a store that keeps a write-ahead log with a file beside it (-shm), which it makes where there is none. Here
it cannot; so a store without a log is read as one that never changes, which is true as long as nobody can write.
"""

from __future__ import annotations

import os
from pathlib import Path

from storage.errors import Unavailable

__all__ = ["is_still"]

_READ_ONLY = {"ro", "emergency_ro"}


def is_still(path: Path) -> bool:
    """Whether the file is there, and whoever runs on this machine can only read it. Raises Unavailable.

    A place that is read-only for us alone is not still: others may be writing, as into a folder that is shared with a
    container. False where the system does not tell.
    """
    try:
        device = path.stat().st_dev
        mounts = Path("/proc/thread-self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    name = f"{os.major(device)}:{os.minor(device)}"
    found = [line.split() for line in mounts if line.split()[2] == name]
    # After the dash: kind, source, and the options of the file system itself, whichever way it is mounted.
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
    return False  # SQLite reads a log that has its index
