"""What a process leaves that is killed outright, and who clears it away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.backup import backup
from storage.backup.restore import Wanted, restore
from storage.engine.database import Database
from tests.support.store.store_factories import NOW, small_store
from tests.support.store.store_processes import child


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a store, and a backup of it for another place."""
    made = tmp_path / "home"
    with closing(Database.open(f"sqlite:///{made / 'store.db'}", NOW)) as database:
        with database.write() as session:
            small_store(session)
        backup.write(database, made / "a.backup", force=False, unchecked=False, now=NOW)
    return made


def names(folder: Path, start: str) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(start))


@contextmanager
def half_way(home: Path, what: str, extra: Path) -> Iterator[None]:
    """A process in the middle of it; killed at the end of the block."""
    with child(f"sqlite:///{home / 'store.db'}", what, extra=str(extra)):
        yield


def restored(home: Path, number: int) -> None:
    """Into a new store in the same folder."""
    restore(f"sqlite:///{home / f'new{number}.db'}", home / "a.backup", Wanted(), home=home, now=NOW)


@pytest.mark.fault("F01")
def test_what_a_killed_restore_leaves_is_cleared_by_the_next_and_nothing_else(home: Path) -> None:
    for name, inside in ((".restore-abcdefgh", "notes.txt"), (".restore-longer-names", "store.db")):
        (home / name).mkdir()
        (home / name / inside).touch()
    (home / ".restore-linked00").symlink_to(home / ".restore-longer-names")
    others = names(home, ".restore")
    with half_way(home, "restores_half_way", home):
        [left] = set(names(home, ".restore")) - set(others)
        assert "store.db" in {path.name for path in (home / left).iterdir()}
        restored(home, 1)
        assert left in names(home, ".restore")  # it lives
    assert left in names(home, ".restore")
    restored(home, 2)
    assert names(home, ".restore") == others
    assert (home / ".restore-longer-names" / "store.db").exists()


@pytest.mark.fault("F01")
def test_what_a_killed_backup_leaves_is_cleared_by_the_next_and_nothing_else(home: Path) -> None:
    path = home / "b.backup"
    (home / ".b.backup.not-a-number.part").touch()
    (home / ".other.backup.17.part").touch()
    (home / ".b.backup.18.part").symlink_to(home / "a.backup")
    others = names(home, ".")
    with half_way(home, "backs_up_half_way", path), closing(Database.open(f"sqlite:///{home / 'store.db'}")) as mine:
        [left] = set(names(home, ".")) - set(others)
        assert left.startswith(".b.backup.") and str(os.getpid()) not in left
        backup.write(mine, path, force=True, unchecked=False, now=NOW)
        assert left in names(home, ".")
    with closing(Database.open(f"sqlite:///{home / 'store.db'}")) as mine:
        backup.write(mine, path, force=True, unchecked=False, now=NOW)
    assert names(home, ".") == others and (home / "a.backup").exists()
