"""Results of a stored version that cannot be read: all the rest of two versions is compared, and the gap is told."""

from __future__ import annotations

import json

import pytest

from tests.support.harness import with_results
from tests.support.program.program import Program
from tests.system.cli.conftest import ONE


@pytest.fixture
def spoilt(program: Program) -> Program:
    """Two versions of a trial. The results of the first have an object for a title."""
    assert program.registry is not None
    record = program.registry.studies[ONE]
    with_results(record)
    period = record["resultsSection"]["participantFlowModule"]["periods"][0]
    period["title"] = {"not": "a title"}
    program.run("watch", ONE, "--no-backfill")
    program.day()
    period["title"] = "Overall Study"
    record["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
    program.run("poll")
    return program


def test_the_rest_is_compared_and_the_gap_is_told(spoilt: Program) -> None:
    run = spoilt.run("diff", ONE, "-o", "json", expect=3)
    assert "status" in [it["field"] for it in json.loads(run.out)["fields"]]
    assert "participantFlowModule" in run.err and "show" in run.err
    table = spoilt.run("diff", ONE, "-o", "table", expect=3)
    assert "Completed" in table.out and "Left out:" in table.err
