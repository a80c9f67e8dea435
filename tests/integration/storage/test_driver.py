"""One SQLite library in a process: which one, and that none comes in beside it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from storage.engine import sqlite_driver
from storage.engine.database import Database
from storage.engine.sqlite_driver import bundle_exists, known_fault, sqlite3
from tests.support.paths import ROOT
from tests.support.store.store_factories import NOW, small_store
from tracker.services.diagnostics import exposure

DRIVER, ENGINES = "storage/engine/sqlite_driver.py", "storage/engine/engines.py"
MAKERS = {"create_engine", "create_async_engine", "engine_from_config"}
LIBRARIES = {"sqlite3", "_sqlite3", "pysqlite3", "aiosqlite", "apsw", "pysqlcipher3", "sqlcipher3", "diskcache"}
"""Modules that are an SQLite library, or bring one."""
ROOMS = ("tracker", "storage", "schedules", "tests", "bench", "docs")
pytestmark = pytest.mark.fault("R-E2")


@cache
def modules() -> dict[str, ast.Module]:
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in found}


def libraries(tree: ast.Module) -> Iterator[str]:
    """The SQLite libraries a file imports, however it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if node.level == 0 else []
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__", "importorskip"):
            names = [str(it.value) for it in node.args[:1] if isinstance(it, ast.Constant)]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in LIBRARIES)


def engine_makers(tree: ast.Module) -> Iterator[str]:
    """The calls that make an engine of SQLAlchemy, which takes Python's own library unless told otherwise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in (
            "create_engine",
            "create_async_engine",
            "engine_from_config",
        ):
            yield _called(node)


def shells(tree: ast.Module) -> Iterator[str]:
    """Words of a command line that run SQLite as another program: `sqlite3` alone, or `-m sqlite3`."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Tuple)):
            words = [it.value for it in node.elts if isinstance(it, ast.Constant)]
            if (words and words[0] == "sqlite3") or ("-m" in words and "sqlite3" in words):
                yield "sqlite3"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@pytest.mark.parametrize(
    "source",
    [
        "import sqlite3",
        "import sqlite3 as db",
        "from sqlite3 import dbapi2",
        "import sqlite3.dbapi2",
        "def f():\n    from pysqlite3 import connect",
        "import importlib\nimportlib.import_module('sqlite3')",
        "__import__('_sqlite3')",
        "import pytest\npytest.importorskip('apsw')",
    ],
)
def test_an_import_of_a_library_is_seen_in_any_form(source: str) -> None:
    assert list(libraries(ast.parse(source)))


def test_one_file_of_all_imports_an_sqlite_library() -> None:
    assert set(libraries(modules()[DRIVER])) == {"sqlite3", "pysqlite3"}
    here = "tests/integration/storage/test_driver.py"
    assert {path: it for path, tree in modules().items() if path != DRIVER and (it := list(libraries(tree)))} == {}
    assert here in modules() and any(path.startswith("bench/") for path in modules())


def test_one_file_makes_engines_and_none_runs_the_shell() -> None:
    assert {path for path, tree in modules().items() if list(engine_makers(tree))} == {ENGINES}
    assert [path for path, tree in modules().items() if list(shells(tree))] == []


def test_every_name_taken_from_the_driver_is_there() -> None:
    used = {
        node.attr
        for path, tree in modules().items()
        if path != "tests/integration/storage/test_driver.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sqlite3"
    }
    assert "connect" in used
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert {name for name in used if not hasattr(sqlite3, name)} == set()


WORDS = (
    "status|list|doctor|verify|verify --write-anchor {0}/a.json|backup {0}/b.db|restore {0}/b.db --replace"
    "|export changes --to {0}/c.parquet|export versions --to {0}/v.csv|import {0}/ids.txt|alerts outbox|changes --new"
)
PROGRAM = """
import sys
from tracker.cli import main
for words in sys.argv[2].split("|"):
    code = main(words.format(sys.argv[1]).split())
    assert code in (0, 1, 3), (words, code)
print(sorted(name for name in ("_sqlite3", "pysqlite3._sqlite3") if name in sys.modules), file=sys.stderr)
"""


def test_no_command_brings_in_a_second_library(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("NCT00000001\n")
    environment = {"TRIALWATCH_HOME": str(tmp_path / "home"), "TRIALWATCH_CTGOV_URL": "http://127.0.0.1:9"}
    with closing(Database.open(tmp_path / "home" / "trialwatch.db", NOW)) as database, database.write() as session:
        small_store(session)
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), WORDS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    wanted = ["pysqlite3._sqlite3"] if sqlite_driver.BUNDLED else ["_sqlite3"]
    assert done.stderr.splitlines()[-1] == str(wanted)
    assert (tmp_path / "c.parquet").exists() and (tmp_path / "b.db").exists()


def test_the_library_in_force_is_the_one_of_every_connection(sqlite_url: str) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        assert database.engine.dialect.dbapi is sqlite3
        with closing(database.engine.raw_connection()) as connection:
            assert isinstance(connection.dbapi_connection, sqlite3.Connection)
            assert connection.cursor().execute("SELECT sqlite_version()").fetchone() == (sqlite_driver.VERSION,)


def test_a_lock_held_by_one_connection_stops_another(sqlite_url: str) -> None:
    """Two libraries in one process would both get it, and one of them would lose its commit."""
    with closing(Database.open(sqlite_url, NOW)) as database, database.write():
        assert database.path is not None
        with closing(sqlite_driver.connect(database.path, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError) as caught:
                other.execute("BEGIN IMMEDIATE")
    assert caught.value.sqlite_errorcode & sqlite_driver.SQLITE_PRIMARY == sqlite3.SQLITE_BUSY


def test_statements_that_take_turns_are_parsed_once_even_after_a_migration(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: Counter[str] = Counter()

    def counted(connection: sqlite3.Connection, statement: str) -> object:
        parsed[statement] += 1
        return sqlite3.Connection.__call__(connection, statement)

    # Drivers call a connection to parse a statement that it does not keep.
    monkeypatch.setattr(sqlite_driver._Connection, "__call__", counted, raising=False)
    statements = [f"SELECT {number}" for number in range(5)]
    with closing(Database.open(sqlite_url, NOW)) as database:
        for _ in range(10):
            with database.write() as session:
                for statement in statements:
                    session.connection().exec_driver_sql(statement).all()
    assert {it: parsed[it] for it in statements} == dict.fromkeys(statements, 1)


def test_the_codes_we_name_are_those_of_sqlite() -> None:
    source = "import sqlite3; print(sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    ours = (sqlite_driver.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    assert tuple(map(int, done.stdout.split())) == ours


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_the_versions_with_the_fault_are_known(version: tuple[int, ...], good: bool) -> None:
    assert (known_fault(version) == "") is good


def test_where_a_wheel_exists_the_library_in_force_is_good() -> None:
    assert bundle_exists() == sqlite_driver.BUNDLED
    if sqlite_driver.BUNDLED:
        assert known_fault() == "" and exposure.sqlite_row()[0] is True


@pytest.mark.parametrize(
    ("platform", "processor"),
    [
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("darwin", "x86_64"),
        ("win32", "AMD64"),
        ("win32", "ARM64"),
        ("linux", "armv7l"),
        ("freebsd14", "amd64"),
    ],
)
def test_the_requirement_and_the_program_name_the_same_places(platform: str, processor: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [needed] = [it for it in map(Requirement, project["dependencies"]) if it.name == "pysqlite3"]
    assert needed.marker is not None
    place = {"sys_platform": platform, "platform_machine": processor, "platform_python_implementation": "CPython"}
    assert needed.marker.evaluate(place) == bundle_exists(platform, processor)


SHIM = """
import sys, types
if sys.argv[1] == "broken":
    sys.modules["pysqlite3"] = types.ModuleType("pysqlite3")
else:
    sys.modules["pysqlite3"] = None
from storage.engine import sqlite_driver as it
from tracker.services.diagnostics.exposure import sqlite_row
it.bundle_exists.__globals__["_WHEELS"].clear() if sys.argv[1] == "nowhere" else None
print(it.BUNDLED, it.sqlite3.__name__, *sqlite_row(), sep="|")
"""


@pytest.mark.parametrize("place", ["here", "nowhere", "broken"])
def test_without_the_bundle_the_systems_library_is_used(place: str) -> None:
    done = subprocess.run([sys.executable, "-c", SHIM, place], cwd=ROOT, capture_output=True, text=True, check=True)
    bundled, name, ok, said = done.stdout.strip().split("|")
    assert (bundled, name) == ("False", "sqlite3")
    if ok == "None":
        step = {
            "here": "pip install pysqlite3",
            "nowhere": "PostgreSQL",
            "broken": "cannot be loaded.*--force-reinstall",
        }
        assert re.search(step[place], said)
    else:
        assert said.endswith("of this system")
