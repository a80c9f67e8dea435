"""Calls of the system that fail under a writer: what was not kept is not reported as done, and nothing breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup.backup import contents
from storage.engine.database import Database
from storage.integrity.verify import verify
from tests.soak.power import ROOT, why_not
from tests.support.store.store_factories import NOW

SYNC, WRITE = "fdatasync,fsync", "pwrite64"
TROUBLE = {
    "sync_eio": (SYNC, "error=EIO", "2+3"),
    "write_enospc": (WRITE, "error=ENOSPC", "10+101"),
    "write_eio": (WRITE, "error=EIO", "10+101"),
    "write_eintr": (WRITE, "error=EINTR", "10+101"),
    "write_short": (WRITE, "retval=0", "10+101"),
}
VERSIONS = 12


def written_under(folder: Path, calls: str, trouble: str, when: str) -> list[str]:
    """What a writer says whose calls fail now and then: a transaction takes one sync, and a few dozen writes."""
    inject = [word for it in (f"trace={calls}", f"inject={calls}:{trouble}:when={when}") for word in ("-e", it)]
    paths = [word for end in ("", "-wal") for word in ("-P", str(folder / f"store.db{end}"))]
    url = f"sqlite:///{folder / 'store.db'}"
    command = [sys.executable, "-m", "tests.support.store.crashing_child", url, "writes_through_trouble", str(VERSIONS)]
    traced = ["strace", "-f", "-qq", "-o", os.devnull, *inject, *paths, *command]
    return subprocess.run(traced, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


@pytest.mark.fault("F08")
@pytest.mark.parametrize("name", TROUBLE)
def test_a_call_that_fails_is_no_transaction_done_and_breaks_nothing(tmp_path: Path, name: str) -> None:
    """A version is written until it is known to be there. A failed sync may have kept it all the same: that is told
    neither way, and found by who tries again.
    """
    if reason := why_not():
        pytest.skip(reason)
    Database.open(f"sqlite:///{tmp_path / 'store.db'}", NOW).close()
    said = written_under(tmp_path, *TROUBLE[name])
    refused = [line for line in said if line.startswith("refused")]
    assert [line for line in said if line not in refused] == [f"kept {number}" for number in range(VERSIONS)]
    assert bool(refused) == (name != "write_eintr")  # which SQLite does over
    with closing(Database.open(f"sqlite:///{tmp_path / 'store.db'}")) as database, database.read() as session:
        database.check()
        assert list(verify(session)) == []
        held = contents(session)
    assert (held.versions, held.seq) == (VERSIONS, 2 * VERSIONS)
