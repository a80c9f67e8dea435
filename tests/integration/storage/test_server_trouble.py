"""What a PostgreSQL server does to one of many writers: no connection, a transaction ended, two in each other's way.

Told as Locked or Unavailable, with nothing half done; who tries again, as the daemon's next look does, is through.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text

from storage.backup.backup import contents
from storage.engine.database import Database
from storage.engine.engines import server_engine
from storage.errors import Locked, Unavailable
from storage.integrity.verify import verify
from tests.integration.poll.conftest import make_world, registry
from tests.support.daemon.beating_daemon import beating_daemon
from tests.support.daemon.daemon_process import wait_for
from tests.support.harness import ONE, Harness
from tests.support.store.postgres import configure, plain
from tests.support.store.store_factories import NOW, TRIAL, add_version

__all__ = ["make_world", "registry"]


def configured(url: str, setting: str) -> Database:
    """A store whose server has this setting for it, with one version in it."""
    with closing(Database.open(url, NOW)) as database, database.write() as session:
        add_version(session, 0, head=None, events=2)
    configure(url, setting)
    return Database.open(url)


def nothing_happened_and_the_next_try_is_through(database: Database) -> None:
    for number in (1, 2):
        with database.read() as session:
            found = contents(session)
            assert (found.versions, found.seq) == (number, 2 * number)
            assert list(verify(session)) == []
        if number == 1:
            with database.write() as session:
                assert not add_version(session, 1, head=1, events=2).moved


@pytest.mark.fault("F27")
def test_when_every_connection_is_in_use_that_is_said_and_passes(postgres_url: str) -> None:
    with closing(configured(postgres_url, "work_mem = '4MB'")) as database:
        database.engine.dispose()
        scarce = server_engine(make_url(postgres_url), pool_size=1, max_overflow=0, pool_timeout=0.05)
        narrow = Database(make_url(postgres_url), scarce)
        with narrow.read(), pytest.raises(Unavailable, match="no connection became free"), narrow.write() as session:
            add_version(session, 1, head=1, events=2)
        nothing_happened_and_the_next_try_is_through(narrow)
        narrow.close()


@pytest.mark.fault("F27")
def test_a_transaction_the_server_ends_for_being_idle_leaves_nothing(postgres_url: str) -> None:
    with closing(configured(postgres_url, "work_mem = '4MB'")) as database:
        with plain(postgres_url) as other, pytest.raises(Unavailable), database.write() as session:
            add_version(session, 1, head=1, events=2)
            [pid] = session.connection().execute(text("SELECT pg_backend_pid()")).one()
            session.connection().execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
            alive = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
            wait_for(lambda: other.execute(alive, (pid,)).fetchone() is None)
        nothing_happened_and_the_next_try_is_through(database)


@pytest.mark.fault("F27")
def test_where_the_server_serializes_who_comes_second_is_told_and_leaves_nothing(postgres_url: str) -> None:
    with closing(configured(postgres_url, "default_transaction_isolation = 'serializable'")) as database:
        with closing(Database.open(postgres_url)) as other:
            with pytest.raises(Locked, match="another writer interfered"), database.write() as session:
                assert contents(session).versions == 1
                with other.write() as quicker:
                    add_version(quicker, "quicker", head=None, trial="NCT00000002", events=0)
                add_version(session, 1, head=1, events=2)
        with database.read() as session:
            assert (contents(session).versions, contents(session).seq) == (2, 2)
        with database.write() as session:
            assert not add_version(session, 1, head=1, events=2).moved


@pytest.mark.fault("F27")
def test_of_two_that_wait_for_each_other_one_is_told_and_leaves_nothing(postgres_url: str) -> None:
    ours = f"UPDATE trial SET title = title WHERE trial = '{TRIAL}'"
    with closing(configured(postgres_url, "deadlock_timeout = '20ms'")) as database, plain(postgres_url) as other:
        other.execute("SET deadlock_timeout = '1h'")
        other.execute("BEGIN")
        other.execute("SELECT * FROM store FOR UPDATE")
        waiting = threading.Thread(target=other.execute, args=(ours,))
        with pytest.raises(Locked, match="another writer interfered"), database.write() as session:
            session.connection().execute(text(ours))
            waiting.start()
            with plain(postgres_url) as third:
                blocked = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
                wait_for(lambda: third.execute(blocked, (other.info.backend_pid,)).fetchone())
            add_version(session, 1, head=1, events=2)
        waiting.join()
        other.execute("ROLLBACK")
        nothing_happened_and_the_next_try_is_through(database)


STATES = {
    "40001": Locked,  # serialization failure
    "25P03": Unavailable,  # idle in transaction
    "53300": Unavailable,  # too many connections
}


@pytest.mark.fault("F27")
@pytest.mark.parametrize("state", STATES)
def test_what_the_server_refuses_once_the_daemons_next_look_settles(
    postgres_url: str, make_world: Callable[[str], Harness], state: str
) -> None:
    harness = make_world(postgres_url)
    harness.settled()
    with plain(postgres_url) as other:
        other.execute("CREATE SEQUENCE refused")  # no rollback takes it back
        other.execute(
            "CREATE FUNCTION refuse_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # type: ignore[arg-type]
            f"IF nextval('refused') = 1 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '{state}'; END IF;"
            "RETURN NEW; END $$"
        )
        when = "FOR EACH ROW WHEN (NEW.kind = 'status.changed') EXECUTE FUNCTION refuse_once()"
        other.execute(f"CREATE TRIGGER refuse BEFORE INSERT ON event {when}")  # type: ignore[arg-type]
    alive = beating_daemon(harness)
    harness.day(3)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    alive.beat()
    [told] = alive.said("job failed")
    assert told["error"].startswith(f"{STATES[state].__name__}: ") and "not now" in told["error"]
    assert harness.kinds() == [] and len(harness.versions(ONE)) == 1
    harness.clock.advance(timedelta(minutes=2))
    alive.beat()
    assert harness.kinds() == ["status.changed"] and len(harness.versions(ONE)) == 2
    with plain(postgres_url) as other:
        other.execute("DROP TRIGGER refuse ON event")  # what is not ours is a fault of the store
