"""Another process, for tests that kill one: `python -m tests.support.store.crashing_child URL WHAT`.

It prints a word and then waits.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from storage.backup import backup
from storage.backup.restore import Wanted, restore
from storage.engine.database import Database
from storage.errors import StorageError
from storage.polling.locks import poll_lock
from tests.support.store.store_factories import add_version, small_store


def holds_the_poll(database: Database) -> None:
    with poll_lock(database, "pid 4711 on a test", lambda: False):
        _say_and_wait()


def is_half_way(database: Database) -> None:
    with database.write() as session:
        small_store(session)
        _say_and_wait()


def writes_for_ever(database: Database) -> None:
    number = 0
    while True:
        with database.write() as session:
            add_version(session, number, head=number or None, events=2)
        number += 1
        print(number, flush=True)  # noqa: T201


def writes_a_hundred(database: Database) -> None:
    """Write each number to a file once it is committed."""
    with Path(sys.argv[3]).open("ab", buffering=0) as told:
        for number in range(100):
            with database.write() as session:
                add_version(session, number, head=number or None, events=2)
            told.write(f"{number + 1}\n".encode())


def writes_through_trouble(database: Database) -> None:
    """Try each version until it is stored, and report the result of each try at once."""
    number, tries = 0, 0
    while number < int(sys.argv[3]):
        tries += 1
        assert tries < 100, "it never ends"
        try:
            with database.write() as session:
                # The head has moved if an earlier try was stored after all.
                add_version(session, number, head=number or None, events=2)
        except StorageError as error:
            print(f"refused {error}", flush=True)  # noqa: T201
        else:
            print(f"kept {number}", flush=True)  # noqa: T201
            number += 1


def restores_for_ever(database: Database) -> None:
    url, folder = database.where, Path(sys.argv[3])
    database.close()
    while True:
        for name in ("a", "b"):
            restore(url, folder / f"{name}.backup", Wanted(replace=True), home=folder, now=datetime.now(UTC))
            print(name, flush=True)  # noqa: T201


def restores_half_way(database: Database) -> None:
    url, home = database.where, Path(sys.argv[3])
    restore(url, home / "a.backup", Wanted(), home=home, now=datetime.now(UTC), tell=lambda *_: _say_and_wait())


def backs_up_half_way(database: Database) -> None:
    path = Path(sys.argv[3])
    backup.write(database, path, force=False, unchecked=False, now=datetime.now(UTC), tell=lambda *_: _say_and_wait())


def _say_and_wait() -> None:
    print("there", flush=True)  # noqa: T201
    Event().wait()


if __name__ == "__main__":
    globals()[sys.argv[2]](Database.open(sys.argv[1]))
