"""What every test gets: a clean environment, no way out of this machine, and stores on both databases.

`database`      an open, empty store; the test runs once on SQLite and once on PostgreSQL
`empty_url`     the address of a store nobody has opened yet; on both likewise
`sqlite_url`, `postgres_url`    one of them only
"""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from storage.engine.database import Database
from tests.support.store import postgres

MADE_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

# The same answer on every machine and every day: what once failed is an explicit example, and what else may fail is
# searched for by `make fuzz`, with the other profile.
settings.register_profile("gate", deadline=None, derandomize=True, database=None)
settings.register_profile(
    "fuzz",
    deadline=None,
    derandomize=False,
    database=None,
    max_examples=500,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


class LeftTheMachine(RuntimeError):
    """A test tried to reach another machine. Not an OSError: no code under test may take it for a network failure."""


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            raise LeftTheMachine(f"{event} to {address}")
    elif event == "socket.getaddrinfo" and arguments[0] and not _is_here(_text(arguments[0]), named=False):
        raise LeftTheMachine(f"{event} of {arguments[0]!r}")


def _is_here(host: str, *, named: bool = True) -> bool:
    """Whether `host` is loopback. For a lookup (`named` False) any numeric address will do: it asks nobody."""
    if host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not named or address.is_loopback


def _text(host: str | bytes) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes) else host


def pytest_configure() -> None:
    # What a shell runs in the background begins with SIGINT ignored, and all that it starts inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("TRIALWATCH_")]:
        del os.environ[name]
    sys.addaudithook(_guard)
    # Thousands of tests leave a large heap. Python's own thresholds look through it a sixth of the time.
    gc.set_threshold(100_000, 50, 50)
    postgres.prepare()


def pytest_unconfigure() -> None:
    postgres.clear_up()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    Database.open(f"sqlite:///{path}", MADE_AT).close()
    return path


@pytest.fixture(scope="session")
def _postgres_template() -> Iterator[str]:
    with postgres.fresh_database() as (name, url):
        Database.open(url, MADE_AT).close()
        yield name


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'home' / 'store.db'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres.fresh_database() as (_, url):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def _sqlite_database(tmp_path: Path, _sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def _postgres_database(_postgres_template: str) -> Iterator[Database]:
    with postgres.fresh_database(_postgres_template) as (_, url):
        database = Database.open(url)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    name = "_sqlite_database" if request.param == "sqlite" else "_postgres_database"
    opened = request.getfixturevalue(name)
    assert isinstance(opened, Database)
    return opened
