"""watch, unwatch, poll, status: with a registry that is there, is not, does not know, or goes astray."""

from __future__ import annotations

import pytest

from tests.support.program.program import NOBODY, Program, status_of, update
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.system.cli.conftest import ONE, THREE, TWO


def test_watch_twice_and_unwatch(program: Program, registry: RegistryServer) -> None:
    first = program.run("watch", ONE.lower(), f" {TWO} ", "--tag", "a", "--tag", "b", "-o", "json")
    assert [(row["trial"], row["version"], row["tags"]) for row in first.json["trials"]] == [
        (ONE, 1, ["a", "b"]),
        (TWO, 1, ["a", "b"]),
    ]
    program.run("watch", ONE, "--tag", "c")
    assert [row["tags"] for row in program.run("list").lines] == [["a", "b", "c"], ["a", "b"]]
    program.run("unwatch", ONE)
    assert [row["trial"] for row in program.run("list").lines] == [TWO]
    assert program.json("history", ONE)["versions"] and program.json("show", ONE)["version"] == 1
    assert "not watched" in program.error("poll", ONE, code=4)[0]
    some = program.run("poll", ONE, TWO, expect=3)
    assert some.lines[0]["checked"] == 0 and ONE in some.err, "the other was looked at"
    assert program.json("verify") == {"faults": []}


def test_watching_while_the_registry_is_down(program: Program, registry: RegistryServer) -> None:
    """The watch is stored, says so, exits 3; the next poll reads it."""
    run = program.run("watch", ONE, "-o", "json", expect=3, TRIALWATCH_CTGOV_URL=NOBODY)
    row = run.json["trials"][0]
    assert (row["trial"], row["version"], row["last_checked"], row["status"]) == (ONE, None, None, None)
    assert f"{ONE} is watched, but could not be read yet" in run.err and "next poll" in run.err
    program.day()
    assert program.run("poll").lines[0]["new"] == 1
    assert program.json("show", ONE)["version"] == 1


def test_the_registry_does_not_know_it(program: Program, registry: RegistryServer) -> None:
    """A typing error is not watched for ever."""
    run = program.run("watch", ONE, "NCT09999999", expect=3)
    assert [row["trial"] for row in run.lines] == [ONE] and "does not know NCT09999999" in run.err
    told = program.run("watch", "NCT09999998", "-o", "json", expect=4).json
    assert told["error"]["kind"] == "unknown_trial" and told["error"]["subject"] == "NCT09999998"
    assert [row["trial"] for row in program.run("list").lines] == [ONE]


def test_an_obsolete_id_leads_to_the_trial(program: Program, registry: RegistryServer) -> None:
    registry.aliases["NCT00000777"] = ONE
    run = program.run("watch", "NCT00000777", "--tag", "liver")
    rows = {row["trial"]: row for row in run.lines}
    assert sorted(rows) == [ONE, "NCT00000777"] and rows[ONE]["version"] == 1 and rows[ONE]["tags"] == ["liver"]
    assert f"answers NCT00000777 with {ONE}" in run.err and "trialwatch unwatch NCT00000777" in run.err
    assert program.json("show", "nct00000777")["trial"] == ONE


@pytest.mark.fault("R-G2")
def test_watch_undoes_a_merge(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, "--tag", "liver")
    alive = registry.studies.pop(ONE)
    registry.studies[TWO]["protocolSection"]["identificationModule"]["nctIdAliases"] = [ONE]
    for _ in range(2):
        program.day()
        program.run("poll")
    assert [row["trial"] for row in program.run("list").lines] == [TWO]
    registry.studies[ONE] = alive
    run = program.run("watch", ONE)
    assert f"{ONE} had been merged into {TWO}. That is undone" in run.err
    rows = {row["trial"]: row["tags"] for row in program.run("list").lines}
    assert rows == {ONE: ["liver"], TWO: ["liver"]}
    assert program.json("show", ONE)["trial"] == ONE


def test_what_a_poll_ends_with(program: Program, registry: RegistryServer) -> None:
    """0 complete or unchanged, 3 partial, 1 when none could be read; status follows."""
    assert program.json("status")["status"]["healthy"] is True, "before the first poll"
    nothing = program.run("poll", "-o", "table")
    assert "trialwatch watch" in nothing.err
    program.run("watch", ONE, TWO, THREE)
    program.day()
    update(registry.studies[ONE], "2026-08-15", overallStatus="COMPLETED")
    status_of(registry.studies[TWO])["overallStatus"] = None
    partial = program.run("poll", "-o", "table", expect=3)
    assert "partial" in partial.out and TWO in partial.out and "trialwatch changes --new" in partial.out
    assert TWO in " ".join(program.json("status")["status"]["warnings"])
    program.day()
    registry.faults = lambda _: Reply(403)
    failed = program.run("poll", expect=1)
    assert failed.lines[0]["outcome"] == "failed" and ONE in failed.err
    told = program.run("status", "-o", "table")
    assert "Healthy" in told.out and "could read nothing" in told.out and "trialwatch doctor" in told.out
    registry.faults = []
    program.run("poll", expect=None)
    program.day(9)
    ill = program.run("status", "-o", "table", expect=1)
    assert "Needs attention" in ill.out and "trialwatch poll" in ill.out, "nobody looks"


def test_a_held_run_and_its_release(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, TWO, THREE)
    program.day()
    for record in registry.studies.values():
        del status_of(record)["lastUpdateSubmitDate"]
    held = program.run("poll", "-o", "json", expect=3).json["poll"]
    assert held["outcome"] == "held" and held["held"][0].keys() == {"reason"}
    assert [row["version"] for row in program.run("list").lines] == [1, 1, 1]
    status = program.json("status", expect=1)["status"]
    assert f"--accept {held['run']}" in " ".join(status["warnings"])
    assert "no version was written" in program.run("poll", "-o", "table", expect=3).out
    assert program.run("poll", "--accept", str(held["run"]), expect=None).lines[0]["outcome"] == "complete"
    assert program.error("poll", "--accept", str(held["run"]), code=4)[1]["subject"] == str(held["run"])
    assert program.json("verify") == {"faults": []}


def test_on_a_terminal_a_person_is_told_the_next_step(program: Program, registry: RegistryServer) -> None:
    seen = program.terminal("watch", ONE, NO_COLOR="1")
    assert "trialwatch changes --new" in seen and "A study called" in seen
    assert "trialwatch history" in program.terminal("unwatch", ONE, NO_COLOR="1")


def test_a_poll_that_fails_for_an_old_trouble_says_so_again(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, "--no-backfill")
    registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = 7
    for _ in range(2):
        program.day()
        assert program.run("poll", expect=1).err.startswith(f"{ONE}: ")
