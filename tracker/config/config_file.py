"""Write the config file and the files of secrets: complete or not at all, and for their owner only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

from storage.files.atomic_files import placed, write_whole
from storage.files.private_files import make_folder

__all__ = ["write_config", "write_private"]


def write_config(path: Path, text: str) -> None:
    """Write the file. A new one can be read by its owner only; one that is there keeps its owner and its mode.

    Raise StoreRefused or OSError.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    make_folder(target.parent)
    kept = target.stat() if target.exists() else None
    with placed(target, force=True) as beside:
        beside.write_text(text, encoding="utf-8")
        if kept is not None:
            with suppress(PermissionError):  # only root may give a file away
                os.chown(beside, kept.st_uid, kept.st_gid)
            beside.chmod(S_IMODE(kept.st_mode))


def write_private(path: Path, content: str) -> None:
    """Write a small file that only its owner can read. Raise StoreRefused or OSError."""
    make_folder(path.parent)
    write_whole(path, f"{content}\n".encode(), force=True)
