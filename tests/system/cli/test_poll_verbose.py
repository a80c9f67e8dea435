"""`poll -v`: why nothing is told of a record that differs."""

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
