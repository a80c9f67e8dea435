"""`poll -v` and `changes --explain`: why nothing is reported about a record that differs."""

from __future__ import annotations

from tests.support.program.program import Program, update
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO


def test_a_record_that_went_back_is_explained(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, TWO)
    program.day()
    update(registry.studies[ONE], "2025-01-01", overallStatus="NOT_YET_RECRUITING")
    said = program.run("poll", "-v", "-o", "table", expect=None).err
    assert f"{ONE}: nothing is told, because it is older than the version we hold" in said
    assert TWO not in said


def test_without_it_nothing_is_said(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, TWO)
    program.day()
    update(registry.studies[ONE], "2025-01-01", overallStatus="NOT_YET_RECRUITING")
    assert "nothing is told" not in program.run("poll", "-o", "table", expect=None).err


def test_changes_of_a_trial_explain_the_polls_that_reported_nothing(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, TWO)
    program.day()
    update(registry.studies[ONE], "2025-01-01", overallStatus="NOT_YET_RECRUITING")
    run = program.json("poll", expect=None)["poll"]["run"]
    [quiet] = program.json("changes", ONE, "--explain")["quiet"]
    assert (quiet["trial"], quiet["run"], quiet["reason"]) == (ONE, run, "older_unconfirmed")
    assert program.json("changes", TWO, "--explain")["quiet"] == []
    assert program.json("changes", ONE, "--explain", "--since", quiet["at"])["quiet"] == [quiet]
    assert program.json("changes", ONE, "--explain", "--until", "2020-01-01")["quiet"] == []
    assert "quiet" not in program.json("changes", "--explain")
    assert "quiet" not in program.json("changes", ONE)
    seen = program.run("changes", ONE, "--explain", "-o", "table", COLUMNS="120").out
    assert "it is older than the version we hold" in seen
