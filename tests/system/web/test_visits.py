"""Today shows what came since the visit before, whatever the clock said when it was asked for."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from storage.engine.database import Database
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.store.store_factories import add_event
from tests.support.web.acting import own
from tests.support.web.served import served

ONE = "NCT00000001"


def test_a_change_of_a_poll_that_ran_during_a_visit_is_shown_at_the_next(tmp_path: Path) -> None:
    """A poll dates its changes by its beginning, and stores them when it has read everything."""
    program = Program(tmp_path / "home")
    with RegistryServer([record(ONE)]) as registry:
        program.registry = registry
        program.run("watch", ONE, "--no-backfill")
        program.registry = None
    began = datetime.fromisoformat(program.clock.read_text())
    program.clock.write_text((began + timedelta(minutes=10)).isoformat())
    with served(program) as site:
        visit = {"accept": "text/html"}  # the twin in JSON is no visit
        site.get("/", headers=visit).raise_for_status()
        with closing(Database.open(program.home / "trialwatch.db", began)) as database, database.write() as session:
            seq = add_event(session, ONE, 1, summary="Stored during the visit", observed_at=began, severity="major")
        program.day()
        assert [it["seq"] for it in site.get("/.json").json()["changes"]] == [seq]
        assert "Status" in site.get("/", headers=visit).text
        program.day()
        assert site.get("/.json").json()["changes"] == []


def test_an_old_tab_that_is_marked_as_seen_brings_nothing_back(tmp_path: Path) -> None:
    with RegistryServer([record(ONE)]) as registry:
        program = Program(tmp_path / "home", registry)
        program.run("watch", ONE, "--no-backfill")
    program.registry = None
    with served(program) as site:
        last = site.get("/changes.json?severity=all").json()["changes"][0]["seq"]
        for seq in (last, last - 1):
            form = {"seq": str(seq), "at": "1786000000", "back": "/", "store": ""}
            assert site.client.post("/do/seen", data=form, headers=own(site)).status_code == 303
        assert site.client.cookies["trialwatch_visit"].strip('"').split(".")[1] == str(last)
