"""An error names its cause in words, and the next step fits the cause: driver, server, database, folder, file, home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import COMMAND, Program
from tests.support.store.postgres import admin, fresh_database, server

as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root may become another user, and by setpriv"
)
UNNAMED = 54_321
"""The number of a user without an entry in the table of users."""


@pytest.fixture
def database() -> Iterator[str]:
    with fresh_database() as (_, url):
        yield url


def store_error(program: Program, url: str) -> str:
    """Return what `list` and the row of `doctor` both say about a store."""
    said, error = program.error("list", code=1, TRIALWATCH_DATABASE_URL=url)
    assert error["kind"] == "storage_unavailable" and "Errno" not in said and "Error" not in said
    rows = program.run("doctor", "--offline", expect=1, TRIALWATCH_DATABASE_URL=url).lines
    assert rows[0]["check"] == "store" and rows[0]["ok"] is False
    assert rows[0]["detail"] == said.rstrip().removesuffix("."), "doctor names the same step, and first of all"
    return said


def test_a_missing_driver_is_answered_with_what_to_install(program: Program) -> None:
    code = "import sys; sys.modules['psycopg'] = None; from tracker.cli.main import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "list"],
        env=program.environment({"TRIALWATCH_DATABASE_URL": "postgresql+psycopg://me@127.0.0.1/d"}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "psycopg, the driver of PostgreSQL, which is not installed" in done.stderr
    assert "install '.[postgres]'" in done.stderr or "pip install" in done.stderr
    assert "TRIALWATCH_HOME" not in done.stderr


def test_another_driver_is_answered_with_the_address(program: Program) -> None:
    for url in ("postgresql+psycopg2://me@127.0.0.1/d", "postgresql+nodriver://me@127.0.0.1/d"):
        said = store_error(program, url)
        assert "must begin with postgresql+psycopg://" in said and "Correct TRIALWATCH_DATABASE_URL" in said


def test_a_server_that_is_not_there(program: Program, tmp_path: Path) -> None:
    said = store_error(program, "postgresql+psycopg://me@127.0.0.1:9/d")
    assert "nothing answers there" in said and "Start the server" in said
    said = store_error(program, f"postgresql+psycopg://me@/d?host={tmp_path}")
    assert "nothing answers there" in said and "Start the server" in said


def test_a_server_whose_name_is_not_known(program: Program) -> None:
    said = store_error(program, "postgresql+psycopg://me@db.example.invalid/d")
    assert "is not known (DNS)" in said and "Correct the host" in said


def test_a_database_that_is_not_there_and_a_user_that_is_unknown(program: Program) -> None:
    root = server()
    said = store_error(program, f"postgresql+psycopg://postgres@/nowhere?host={root}")
    assert "no database of that name" in said and "createdb" in said
    said = store_error(program, f"postgresql+psycopg://nobody_here@/postgres?host={root}")
    assert "does not know this user" in said and "Correct the user or the password" in said


def test_a_wrong_password(program: Program) -> None:
    root = server()
    rules = root / "data" / "pg_hba.conf"
    kept = rules.read_text()
    with admin() as owner:
        owner.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        try:
            rules.write_text(f"local postgres guarded scram-sha-256\nlocal template1 guarded reject\n{kept}")
            owner.execute("SELECT pg_reload_conf()")
            said = store_error(program, f"postgresql+psycopg://guarded:wr0ng@/postgres?host={quote(str(root))}")
            assert "refuses the user or the password" in said and "Correct the user or the password" in said
            assert "wr0ng" not in said
            said = store_error(program, f"postgresql+psycopg://guarded@/template1?host={quote(str(root))}")
            assert "does not let this user in from here" in said and "pg_hba.conf" in said
        finally:
            rules.write_text(kept)
            owner.execute("SELECT pg_reload_conf()")
            owner.execute("DROP ROLE guarded")


def test_a_home_that_is_a_file(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said, error = program.error("list", code=2, TRIALWATCH_HOME=str(tmp_path / "file"))
    assert "a part of its path is a file" in said and "Set TRIALWATCH_HOME to a folder" in said
    assert error["kind"] == "settings" and "Errno" not in said


def test_a_config_file_that_is_a_folder_or_a_device(program: Program, tmp_path: Path) -> None:
    for path in (str(tmp_path), "/dev/null"):
        said, _ = program.error("list", code=2, TRIALWATCH_CONFIG=path)
        assert "Set TRIALWATCH_CONFIG to a file" in said and "Errno" not in said and path in said


def test_a_folder_that_cannot_be_made_is_named_with_its_cause(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = store_error(program, f"sqlite:///{tmp_path}/file/x.db")
    assert "a part of its path is a file" in said or "something else has that name" in said
    assert "TRIALWATCH_HOME to a folder" in said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder outside those of pytest, which other users may not enter."""
    with tempfile.TemporaryDirectory(prefix="trialwatch-open-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def as_unnamed(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user who has no name, with nothing in the environment but this.

    The user may read everything, because Python may lie in a folder of root, and may write as anybody else.
    """
    reading = "+dac_read_search"
    become = [str(shutil.which("setpriv")), f"--reuid={UNNAMED}", f"--regid={UNNAMED}", "--clear-groups"]
    become += [f"--inh-caps={reading}", f"--ambient-caps={reading}"]
    return subprocess.run(
        [*become, *COMMAND, *words],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@as_root
def test_a_user_without_a_name_and_a_home_is_told_what_to_set(open_folder: Path) -> None:
    for words in (["list"], ["status"], ["doctor", "--offline"], ["config", "show"], ["poll"]):
        done = as_unnamed(*words, cwd=open_folder)
        assert done.returncode == 2, (words, done)
        assert "no home folder" in done.stderr and "Set TRIALWATCH_HOME" in done.stderr, (words, done)
    assert list(open_folder.iterdir()) == [], "no folder of the name ~"


@as_root
def test_with_a_home_set_a_user_without_a_name_can_do_all(open_folder: Path) -> None:
    home = {"TRIALWATCH_HOME": str(open_folder / "home"), "TRIALWATCH_CTGOV_URL": "http://127.0.0.1:9"}
    for words in (
        *(["list"], ["status"], ["verify"], ["config", "show"], ["changes"], ["changes", "--new"], ["results"]),
        *(["doctor", "--offline"], ["alerts", "check"], ["backup", str(open_folder / "b")], ["poll"], ["--help"]),
    ):
        done = as_unnamed(*words, cwd=open_folder, **home)
        assert "fault of Trialwatch" not in done.stderr and "Traceback" not in done.stderr, (words, done)
        assert done.returncode in (0, 1), (words, done)


@as_root
def test_a_folder_without_rights_is_named_with_the_step(open_folder: Path) -> None:
    shut = open_folder / "shut"
    shut.mkdir(mode=0o755)
    done = as_unnamed("list", cwd=open_folder, TRIALWATCH_HOME=str(shut / "home"))
    assert done.returncode == 1
    assert f"the folder {shut}/home cannot be made: this user has no right to it" in done.stderr
    assert "Set TRIALWATCH_HOME to a folder that this user may write to" in done.stderr
    done = as_unnamed("list", cwd=open_folder, TRIALWATCH_HOME=str(shut))
    assert done.returncode == 1 and "TRIALWATCH_HOME" in done.stderr and "unable to open" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_config_file_without_rights_is_named_with_the_step(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("")
    config.chmod(0)
    said, _ = program.error("list", code=2, TRIALWATCH_CONFIG=str(config))
    assert f"The config file {config} cannot be read: this user has no right to it. Give this user" in said
