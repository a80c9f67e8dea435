"""What others on this machine could read: the folder, the store and files beside it. Also which SQLite is used."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from storage.engine.sqlite_driver import BUNDLED, LOAD_ERROR, VERSION, bundle_exists, known_fault
from storage.files.private_files import readable_by_others

__all__ = ["open_to_others", "sqlite_row"]


def open_to_others(home: Path, store: Path | None) -> Iterator[str]:
    """Yield a sentence for the folder, and one for the files of the store, if others can read them, with the fix."""
    if home.is_dir() and readable_by_others(home):
        yield f"{home} can be opened by other users of this machine: chmod 700 {shlex.quote(str(home))}"
    if store is not None and any(map(readable_by_others, _files_of(store))):
        # A pattern, because the log beside the store comes and goes.
        names = f"{shlex.quote(str(store))}*"
        yield f"the store holds the addresses of those who are told, and others can read it: chmod 600 {names}"


def _files_of(store: Path) -> Iterator[Path]:
    """Yield the store, the files beside it, and what was kept of it before a migration or a restore."""
    try:
        yield from sorted(it for it in store.parent.iterdir() if it.name.startswith(store.name) and it.is_file())
    except OSError:
        yield store  # a folder that may be passed through, but not listed


def sqlite_row() -> tuple[bool | None, str]:
    """Return whether the SQLite in use is good (None: worth knowing), and its version with what can be done."""
    whose = "bundled with this installation" if BUNDLED else "of this system"
    if not (fault := known_fault()):
        return True, f"{VERSION}, {whose}"
    if LOAD_ERROR:
        return None, f"{fault}; the newer one cannot be loaded ({LOAD_ERROR}): pip install --force-reinstall pysqlite3"
    if bundle_exists():
        return None, f"{fault}; install a newer one: pip install pysqlite3"
    return None, (
        f"{fault}; no newer one is bundled for this platform. Update Python's SQLite with the system, "
        "run one process at a time, or use PostgreSQL. Keep backups"
    )
