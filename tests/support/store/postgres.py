"""A PostgreSQL server for the tests: created on first use, shared by all workers of a run, and removed at its end.

It is started only if a test asks for it. A machine without `initdb` skips those tests and says why.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

ROOT = "PYTEST_POSTGRES_ROOT"
"""Names the run's folder to its workers. The process that set it cleans up."""

OLDEST = 15
OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def prepare() -> None:
    """Choose the run's folder, in the first process of a run. Workers inherit it."""
    if ROOT not in os.environ:
        os.environ[ROOT] = tempfile.mkdtemp(prefix="trialwatch-pg-")
        os.environ[ROOT + "_OWNER"] = str(os.getpid())


def clear_up() -> None:
    """Stop the server if one was started. Only the process that chose the folder does this."""
    if os.environ.get(ROOT + "_OWNER") != str(os.getpid()):
        return
    root = Path(os.environ.pop(ROOT))
    del os.environ[ROOT + "_OWNER"]
    if (root / "data" / "postmaster.pid").exists():
        _run(root, "pg_ctl", "-D", str(root / "data"), "-m", "immediate", "stop")
    shutil.rmtree(root, ignore_errors=True)


def binary(name: str) -> Path | None:
    """Return `name` from the PATH or from the newest Debian version. None if there is none."""
    if found := shutil.which(name):
        return Path(found)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return installed[-1] if installed else None


def why_not() -> str:
    """Return why there can be no server here, "" if there can."""
    initdb = binary("initdb")
    if initdb is None:
        return "PostgreSQL: no initdb on this machine (Debian: apt-get install postgresql)"
    version = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.split()[2].split(".")[0]) < OLDEST:
        return f"PostgreSQL: {version.strip()} is older than {OLDEST}"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL: it refuses to run as root, and there is no user postgres"
    return ""


def server() -> Path:
    """Return the folder with the socket of the running server. Start it if needed, and skip the test if that fails."""
    if reason := why_not():
        pytest.skip(reason)
    root = Path(os.environ[ROOT])
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "data" / "postmaster.pid").exists():
            _start(root)
    return root


def _start(root: Path) -> None:
    _make(root)
    _run(root, "pg_ctl", "-D", str(root / "data"), "-w", "-l", str(root / "log"), "-o", f"-k {root} {OPTIONS}", "start")


def _make(root: Path) -> None:
    if (user := _user()) and os.geteuid() == 0:
        os.chown(root, user.pw_uid, user.pw_gid)
    data = str(root / "data")
    _run(root, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")


class OwnServer:
    """A server that may be stopped like a crash: all its processes end at once.

    What it has acknowledged is already with the operating system, which goes on running.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.url = f"postgresql+psycopg://postgres@/postgres?host={root}"

    def start(self) -> None:
        options = f"-k {self._root} -c listen_addresses='' -c fsync=off -c shared_buffers=16MB"
        self._control("-w", "-l", str(self._root / "log"), "-o", options, "start")

    def crash(self) -> None:
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        _run(self._root, "pg_ctl", "-D", str(self._root / "data"), *words)


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Yield a running, empty server for one test. Skip the test if there can be none."""
    if reason := why_not():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="trialwatch-pg-"))
    try:
        _make(root)
        own = OwnServer(root)
        own.start()
        try:
            yield own
        finally:
            if (root / "data" / "postmaster.pid").exists():
                own.crash()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _run(root: Path, name: str, *arguments: str) -> None:
    user = _user() if os.geteuid() == 0 else None
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(binary(name)), *arguments],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **as_user,
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")


def admin() -> psycopg.Connection:
    """Connect to the server as its owner, to use in a `with`. Each statement is a transaction of its own."""
    return psycopg.connect(host=str(server()), user="postgres", dbname="postgres", autocommit=True)


@contextmanager
def plain(url: str) -> Iterator[psycopg.Connection]:
    """A connection of somebody else's, each statement a transaction unless it begins one."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def configure(url: str, setting: str) -> None:
    """Give every new session of a database this setting."""
    with plain(url) as other:
        other.execute(f"ALTER DATABASE {make_url(url).database} SET {setting}")  # type: ignore[arg-type]


@contextmanager
def fresh_database(template: str = "template1", options: str = "") -> Iterator[tuple[str, str]]:
    """Create a new database as a copy of `template`, yield its name and our URL of it, and drop it afterwards."""
    root = server()
    name = f"t_{uuid4().hex}"
    with admin() as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE {template} {options}")  # type: ignore[arg-type]
        yield name, f"postgresql+psycopg://postgres@/{name}?host={root}"
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
