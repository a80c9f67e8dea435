"""A path is a path: whatever its name, it leads to its own folder and nothing is written outside."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.backup import backup
from storage.backup.restore import Wanted, restore
from storage.engine.database import Database, file_of
from storage.engine.sqlite_driver import connect, connect_read_only
from storage.engine.url import parse
from storage.errors import Unavailable
from storage.files.atomic_files import write_whole
from storage.files.private_files import make_folder
from storage.integrity.anchors import take, to_json
from tests.support.paths import ROOT
from tests.support.store.store_factories import NOW, small_store
from tracker.config.read_settings import load_settings
from tracker.errors import SettingsError

NAMES = [
    "plain",
    "a?b",
    "a?mode=memory",
    "a?uri=true&mode=ro",
    "a#b",
    "a%20b",
    "a b",
    "a%3Fb",
    "a%00b",
    "a//b",
    "a:b",
    ":memory:",
    "file:a",
    "~nobody-of-this-name",
    "sqlite:",
    "a@b",
    "a;b&c=d",
    "[a]*?{b}",
    'o\'clock "so"',
    "back\\slash",
    "-o json",
    "für Ωmega 試験",
    "e\u0301",
    "tab\there",
    "\udcff not utf-8",
    " lead and trail ",
    "..dots..",
]
TABOO = re.compile(r"sqlite:/|^file:|[ '\"]file:/|\?mode=|immutable=1")


def everything_under(folder: Path) -> set[str]:
    return {str(it.relative_to(folder)) for it in folder.rglob("*")}


def run(words: list[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    own = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TRIALWATCH_CTGOV_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "tracker", *words]
    return subprocess.run(command, cwd=folder, env={**own, **environment}, capture_output=True, check=False)


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
@pytest.mark.parametrize("name", NAMES)
def test_a_home_of_any_name_holds_its_own_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, relative: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    told = name if relative else f"{tmp_path}/{name}"
    settings = load_settings({"TRIALWATCH_HOME": told})
    with closing(Database.open(settings.database, NOW)) as database, database.write() as session:
        small_store(session)
    home = Path(os.path.normpath(f"{tmp_path}/{name}"))
    assert settings.home == home and database.path == home / "trialwatch.db"
    above = {str(it.relative_to(tmp_path)) for it in home.parents if it.is_relative_to(tmp_path) and it != tmp_path}
    own = {str(it.relative_to(tmp_path)) for it in (home, home / "trialwatch.db")}
    assert everything_under(tmp_path) == own | above
    with closing(connect_read_only(home / "trialwatch.db", immutable=False)) as raw:
        assert raw.execute("SELECT count(*) FROM trial").fetchone() == (2,)


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize("name", [name for name in NAMES if name != ":memory:"])
def test_a_typed_address_is_taken_letter_for_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()
    for number, address in enumerate((f"sqlite:///{tmp_path}/made/{name}.db", f"sqlite:///made/{name}.db")):
        settings = load_settings({"TRIALWATCH_HOME": str(tmp_path), "TRIALWATCH_DATABASE_URL": address})
        Database.open(settings.database, NOW).close()
        assert settings.database == Path(f"{tmp_path}/made/{name}.db"), number
    files = [it for it in (tmp_path / "made").rglob("*") if it.is_file()]
    assert files == [Path(f"{tmp_path}/made/{name}.db")]


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize(("one", "two"), [("a?b", "a"), ("a%20b", "a b"), ("a#b", "a"), ("a?x=1", "a?x=2")])
def test_two_homes_are_two_stores(tmp_path: Path, one: str, two: str) -> None:
    ids = set()
    for name in (one, two, one):
        settings = load_settings({"TRIALWATCH_HOME": str(tmp_path / name)})
        with closing(Database.open(settings.database, NOW)) as database, database.read() as session:
            ids.add(take(session, NOW).store)
    assert len(ids) == 2


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize("name", [name for name in NAMES if name != "..dots.."])
def test_backup_and_restore_take_files_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    place = Path(name)
    place.mkdir(parents=True)
    file = place / f"{place.name}.backup"
    with closing(Database.open(Path("own.db"), NOW)) as database, database.write() as session:
        small_store(session)
    with closing(Database.open(Path("own.db"))) as database:
        done = backup.write(database, file, force=False, unchecked=False, now=NOW)
        with database.read() as session:
            write_whole(place / "anchor", to_json(take(session, NOW)), force=False)
    assert {it.name for it in place.iterdir()} == {file.name, "anchor"}
    put = restore(place / "new.db", file, Wanted(), home=tmp_path, now=datetime(2026, 5, 1, tzinfo=UTC))
    assert put.was == done.store and put.contents.versions == done.versions == 6
    kept = restore(place / "new.db", file, Wanted(replace=True), home=tmp_path, now=datetime(2026, 5, 2, tzinfo=UTC))
    assert kept.kept is not None and kept.kept.parent == (tmp_path / name).resolve()
    assert {it.name.partition(".")[0] for it in tmp_path.iterdir()} <= {"own", Path(name).parts[0].partition(".")[0]}


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize(
    "name",
    [
        "a?b#c",
        *(pytest.param(it, marks=pytest.mark.long) for it in ("[a]*", "\udcff", "a%20b", "file:x", "für", "k=v")),
    ],
)
def test_the_commands_take_files_of_any_name(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    home = {"TRIALWATCH_HOME": str(place / "home"), "TMPDIR": str(place if name.isprintable() else tmp_path)}
    with closing(Database.open(place / "home" / "trialwatch.db", NOW)) as database, database.write() as session:
        small_store(session)
    for words in (
        ["backup", f"{name}/b.db"],
        ["restore", f"{name}/b.db", "--replace"],
        ["export", "changes", "--to", f"{name}/c.csv"],
        ["export", "versions", "--to", f"{name}/v.parquet"],
        ["verify", "--write-anchor", f"{name}/anchor.json"],
        ["verify", "--anchor", f"{name}/anchor.json"],
        ["doctor", "-o", "json"],
        ["status", "-o", "json"],
    ):
        done = run(words, tmp_path, **home)
        assert done.returncode == 0 or words[0] == "doctor", (words, done.stderr.decode())
        assert b"fault of Trialwatch" not in done.stderr + done.stdout, (words, done.stdout)
    assert {it.name for it in tmp_path.iterdir()} == {name}
    assert {"b.db", "c.csv", "v.parquet", "anchor.json", "home"} == {it.name for it in place.iterdir()}


@pytest.mark.fault("R-E1")
def test_a_relative_path_is_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    by_home = load_settings({"TRIALWATCH_HOME": "here"})
    by_address = load_settings({"TRIALWATCH_HOME": "here", "TRIALWATCH_DATABASE_URL": "sqlite:///there/x.db"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert by_home.database == tmp_path / "here" / "trialwatch.db"
    assert by_address.database == tmp_path / "there" / "x.db"


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize(
    "address",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a\0b", "sqlite3:///x", "x.db", "mysql://h/d"],
)
def test_an_address_that_names_no_file_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"TRIALWATCH_HOME": str(tmp_path), "TRIALWATCH_DATABASE_URL": address})
    assert caught.value.subject == "database_url"
    with pytest.raises(Unavailable, match="address"):
        Database.open(address)


@pytest.mark.fault("R-E1")
def test_options_once_read_lead_to_no_empty_store(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/store.db?timeout=30"
    assert file_of(address) == tmp_path / "store.db?timeout=30"
    Database.open(tmp_path / "store.db", NOW).close()
    with pytest.raises(ValueError, match=r"leave out everything after .*store\.db"):
        parse(address)
    with pytest.raises(Unavailable, match="leave out everything after"):
        Database.open(address)
    assert everything_under(tmp_path) == {"store.db"}


@pytest.mark.fault("R-E1")
@pytest.mark.parametrize("name", ["file:x.db?mode=memory", "file:x.db", ":memory:", "x?immutable=1"])
def test_a_relative_name_is_no_address_for_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(connect(Path(name))) as made:
        made.execute("CREATE TABLE t (x)")
    with closing(connect_read_only(Path(name), immutable=True)) as found:
        assert found.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)]
    assert everything_under(tmp_path) == {name}


@pytest.mark.fault("R-E1")
def test_links_and_dots_lead_where_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "deep")
    Database.open(tmp_path / "link" / ".." / "store.db", NOW).close()
    assert (tmp_path / "far" / "store.db").exists() and not (tmp_path / "store.db").exists()


@pytest.mark.fault("R-E1")
def test_no_path_is_pasted_into_an_address() -> None:
    """Words that belong to addresses of SQLite stand in few files, each of which is tested here."""
    known = {"storage/engine/url.py", "storage/engine/redaction.py", "storage/engine/sqlite_driver.py"}
    found = set()
    for path in [it for room in ("tracker", "storage", "schedules") for it in (ROOT / room).rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Expr)}
        texts = [it for it in ast.walk(tree) if isinstance(it, ast.Constant) and isinstance(it.value, str)]
        if any(TABOO.search(it.value) for it in texts if id(it) not in prose):
            found.add(path.relative_to(ROOT).as_posix())
    assert found == known


@pytest.mark.fault("R-E1")
def test_a_path_is_shown_as_it_may_be_typed(tmp_path: Path) -> None:
    for name in ("a?b#c%20.db", "x://y@z.db"):
        with closing(Database.open(tmp_path / name, NOW)) as database:
            assert parse(database.url) == tmp_path / name
            json.dumps(database.url)


@pytest.mark.fault("R-E1")
def test_a_missing_folder_is_made_and_a_file_is_none(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b?c" / "d")
    assert (tmp_path / "a" / "b?c" / "d").is_dir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(OSError, match=r"[Ee]xists|[Nn]ot a directory"):
            make_folder(path)
