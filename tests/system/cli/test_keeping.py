"""verify with anchors, as a person runs it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from storage.engine.sqlite_driver import sqlite3
from tests.support.program.program import Program
from tests.system.cli.conftest import ONE


def sql(program: Program, *statements: str) -> None:
    """Change the store behind its back."""
    with closing(sqlite3.connect(program.home / "trialwatch.db")) as store:
        for statement in statements:
            store.execute(statement)
        store.commit()


@pytest.mark.fault("F14")
def test_an_anchor_finds_what_was_cut_off(lived: Program, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.json"
    run = lived.run("verify", "--write-anchor", anchor, "-o", "json")
    assert run.json == {"faults": []} and "Keep a copy" in run.err
    assert json.loads(anchor.read_text())["trials"][ONE][0] == 3
    assert lived.json("verify", "--anchor", anchor) == {"faults": []}
    last = "(SELECT max(seq) FROM event)"
    sql(
        lived,
        f"DELETE FROM field_change WHERE seq = {last}",
        f"DELETE FROM event WHERE seq = {last}",
        f"UPDATE store SET seq = {last}, event_head = (SELECT chain FROM event WHERE seq = {last})",
    )
    assert lived.json("verify") == {"faults": []}
    [fault] = lived.json("verify", "--anchor", anchor, expect=1)["faults"]
    assert fault["table"] == "event" and "2026-08-20" in fault["reason"]
    assert "event" in lived.run("verify", "--anchor", anchor, "-o", "table", expect=1).out


def test_no_anchor_is_taken_of_what_is_broken_nor_written_where_it_may_not_be(lived: Program, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.json"
    anchor.write_text("another thing")
    assert "--force" in lived.error("verify", "--write-anchor", anchor, code=1)[0]
    assert "not an anchor" in lived.error("verify", "--anchor", anchor, code=1)[0]
    assert "it does not exist" in lived.error("verify", "--anchor", tmp_path / "nowhere", code=1)[0]
    sql(lived, "UPDATE event SET summary = 'All is well' WHERE seq = 4")
    run = lived.run("verify", "--write-anchor", anchor, "--force", expect=1)
    assert "No anchor was written" in run.err and anchor.read_text() == "another thing"


def test_a_backup_and_its_way_back(lived: Program, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    made = lived.json("backup", path)["backup"]
    assert made == made | {"file": str(path), "trials": 3, "bytes": path.stat().st_size, "verified": True}
    assert "--force" in lived.error("backup", path, code=1)[0]
    before = lived.json("changes")
    assert "--replace" in lived.error("restore", path, code=1)[0]
    run = lived.run("restore", path, "--replace", "-o", "json")
    done = run.json["restore"]
    status = lived.json("status", expect=1)["status"]  # nobody has looked for three days
    assert done["was"] == made["store"] != done["store"] == status["store"]
    assert done["kept"] in run.err and Path(done["kept"]).name.startswith("trialwatch.db.before-restore-20260820")
    assert lived.json("changes") == before and lived.json("verify") == {"faults": []}


@pytest.mark.fault("F14")
def test_a_restore_is_held_to_an_anchor_from_before(lived: Program, tmp_path: Path) -> None:
    lived.run("backup", tmp_path / "backup.db")
    lived.run("verify", "--write-anchor", tmp_path / "anchor.json")
    fresh = Program(tmp_path / "fresh")
    assert "restored" in fresh.run("restore", tmp_path / "backup.db", "--anchor", tmp_path / "anchor.json", "-o",
                                   "table").out.lower()  # fmt: skip
    run = fresh.run("verify", "--anchor", tmp_path / "anchor.json")
    assert "as after a restore" in run.err
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        backup.execute("DELETE FROM field_change")
        backup.commit()
    said, error = Program(tmp_path / "none").error("restore", tmp_path / "backup.db", code=1)
    assert "does not verify: event 4" in said and error["kind"] == "storage_refused"
    assert not (tmp_path / "none" / "trialwatch.db").exists()
