"""Settings of a server, a database or the environment that change how text, times and transactions look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import text

from storage.engine.database import Database
from storage.engine.driver_errors import driver_error
from storage.errors import Unavailable
from storage.integrity.verify import verify
from storage.reads.door import ReadDoor
from storage.reads.trials.stored_trials import LISTED
from storage.versions import trials
from storage.watching import watches
from tests.support.store.postgres import admin, configure, fresh_database, plain
from tests.support.store.store_factories import NOW, TRIAL, add_version
from tracker.services.diagnostics.store_steps import next_step

TITLE = "Dose \u2265 5 µg of Łódź serum, \\ and 'quotes'"
SETTINGS = [
    "datestyle = 'German, DMY'",
    "datestyle = 'SQL, MDY'",
    "timezone = 'Asia/Kolkata'",
    "bytea_output = 'escape'",
    "client_encoding = 'LATIN1'",
    "client_encoding = 'SQL_ASCII'",
    "standard_conforming_strings = off",
    "default_transaction_isolation = 'serializable'",
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_store_is_the_same_under_every_setting(postgres_url: str, setting: str) -> None:
    configure(postgres_url, setting)
    _is_sound(postgres_url)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_the_encoding_of_the_environment_is_not_ours(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", encoding)
    monkeypatch.setenv("PGDATESTYLE", "German")
    _is_sound(postgres_url)


def _is_sound(url: str) -> None:
    with closing(Database.open(url, NOW)) as database, closing(ReadDoor.open(url)) as door:
        with database.write() as session:
            add_version(session, 0, head=None, title=TITLE)
            watches.watch(session, TRIAL, "ctgov", NOW, ())
        with database.read() as session, door.read() as reader:
            assert trials.titles(session, [TRIAL]) == {TRIAL: TITLE}
            [row] = reader.rows(LISTED, trials=[TRIAL])
            assert row.title == TITLE
            assert watches.watched_since(session, TRIAL) == NOW
            assert list(verify(session)) == []


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The encoding of a database that does not hold all characters, and its address."""
    how = f"ENCODING '{request.param}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with fresh_database("template0", how) as (_, url):
        yield request.param, url


def test_no_store_is_made_where_a_title_may_not_fit(narrow: tuple[str, str]) -> None:
    encoding, url = narrow
    with pytest.raises(Unavailable, match=f"its encoding is {encoding}, and only UTF8 holds") as told:
        Database.open(url, NOW)
    assert "createdb -E UTF8" in next_step(told.value)
    with plain(url) as other:
        assert other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_character_that_does_not_fit_is_told_as_that() -> None:
    with admin() as owner, pytest.raises(psycopg.errors.UntranslatableCharacter) as refused:
        owner.execute("SELECT convert_to('\u2265', 'LATIN1')")
    told = driver_error(refused.value, "store")
    assert isinstance(told, Unavailable) and told.cause == "encoding"


def test_a_database_that_takes_no_writes_is_told_as_that(postgres_url: str) -> None:
    Database.open(postgres_url, NOW).close()
    configure(postgres_url, "default_transaction_read_only = on")
    with closing(Database.open(postgres_url)) as database, pytest.raises(Unavailable) as told:
        with database.write() as session:
            watches.watch(session, TRIAL, "ctgov", NOW, ())
    assert told.value.cause == "read_only" and "the one that takes writes" in next_step(told.value)


def test_a_request_that_took_too_long_is_told_as_that(postgres_url: str) -> None:
    Database.open(postgres_url, NOW).close()
    configure(postgres_url, "statement_timeout = '50ms'")
    with closing(Database.open(postgres_url)) as database, pytest.raises(Unavailable) as told:
        with database.read() as session:
            session.connection().execute(text("SELECT pg_sleep(9)"))
    assert told.value.cause == "time" and "statement_timeout" in next_step(told.value)
