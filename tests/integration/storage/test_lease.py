"""One poll at a time, whoever dies."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from storage.engine.database import Database
from storage.errors import PollLocked, Unavailable
from storage.polling.locks import poll_lock
from tests.support.store.postgres import fresh_database
from tests.support.store.raw_sqlite import address_of
from tests.support.store.store_factories import NOW
from tests.support.store.store_processes import child


def never() -> bool:
    return False


def test_the_second_is_told_who_holds_it(database: Database) -> None:
    with poll_lock(database, "pid 1, the daemon", never):
        with pytest.raises(PollLocked, match="pid 1, the daemon") as caught, poll_lock(database, "pid 2", never):
            pass
        assert caught.value.holder == "pid 1, the daemon"
    with poll_lock(database, "pid 3", never):
        pass


def test_patience_is_the_callers(database: Database) -> None:
    answers = iter([True, True, False])
    with poll_lock(database, "a", never), pytest.raises(PollLocked), poll_lock(database, "b", lambda: next(answers)):
        pass
    assert list(answers) == []


def test_it_is_had_once_it_comes_free(database: Database) -> None:
    first = poll_lock(database, "a", never)
    first.__enter__()

    def let_go() -> bool:
        first.__exit__(None, None, None)
        return True

    with poll_lock(database, "b", let_go), pytest.raises(PollLocked, match="by b"), poll_lock(database, "c", never):
        pass


def test_what_raises_inside_lets_go(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), poll_lock(database, "a", never):
        1 / 0  # noqa: B018
    with poll_lock(database, "b", never):
        pass


def test_a_killed_holder_holds_nothing(database: Database) -> None:
    """Fault F15: no stale lock is left, and nobody has to clear one away."""
    with child(address_of(database), "holds_the_poll") as process:
        with pytest.raises(PollLocked, match="pid 4711 on a test"), poll_lock(database, "me", never):
            pass
        process.kill()
        process.wait()
        tries = iter(range(1000))
        with poll_lock(database, "me", lambda: _pause() and next(tries) < 999):
            pass


def _pause() -> bool:
    """The server notices a dead client a moment later; the file system at once."""
    Event().wait(0.01)
    return True


def test_it_is_found_through_a_link(tmp_path: Path, sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    assert database.path
    link = tmp_path / "link.db"
    link.symlink_to(database.path)
    linked = Database.open(f"sqlite:///{link}")
    with child(address_of(linked), "holds_the_poll"), pytest.raises(PollLocked), poll_lock(database, "me", never):
        pass
    database.close()
    linked.close()


def test_a_server_that_went_away_is_unavailable() -> None:
    with fresh_database() as (_, url):
        database = Database.open(url, NOW)
    with pytest.raises(Unavailable), poll_lock(database, "me", never):
        pass
    database.close()


def test_a_lock_that_cannot_be_asked_for_is_unavailable(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    assert database.path
    database.path.with_name(database.path.name + ".poll.lock").mkdir()
    with pytest.raises(Unavailable, match=r"poll\.lock"), poll_lock(database, "me", never):
        pass
    database.close()
