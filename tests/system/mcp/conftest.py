"""The demo's store with an assistant that is connected in both ways, and a store in which an outcome is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon.daemon_process import wait_for
from tests.support.mcp.assistants import Assistant, over_http, over_streams
from tests.support.program.program import Program, record, update
from tests.support.records.posted_results import section
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.served import served
from tests.support.web.stores import stored

OUTCOME = "Participants with complete response of the liver tumour in imaging"
ONE, TWO = "NCT00000001", "NCT00000002"


def stores_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of stores that all processes of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return a copy of the demo's store that no other process uses."""
    return own_copy("demo", tmp_path_factory)


def own_copy(name: str, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return the program of a copy of a store, with the clock of that store."""
    found = stored(name, stores_folder(tmp_path_factory)).program
    home = tmp_path_factory.mktemp(name) / "home"
    shutil.copytree(found.home, home)
    copied = Program(home)
    copied.clock.write_text(found.clock.read_text())
    return copied


@pytest.fixture(scope="session", params=["streams", "http"])
def assistant(
    request: pytest.FixtureRequest, demo: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """Return a client over the streams of a process, and one over HTTP."""
    if request.param == "streams":
        with over_streams(demo, tmp_path_factory.mktemp("mcp") / "log") as found:
            worked_out(found)
            yield found
    else:
        with served(demo) as site, over_http(site) as found:
            worked_out(found)
            yield found


def worked_out(assistant: Assistant) -> None:
    """Wait until the lists know where the results of each trial stand."""
    wait_for(lambda: assistant.ask("results_due").data["waiting"] == 0 or None, lambda: "the lists lag")


@pytest.fixture(scope="module")
def missing(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A store in which a trial posted results without one of its two primary outcomes."""
    one, two = record(ONE), record(TWO)
    one["protocolSection"]["outcomesModule"] = {
        "primaryOutcomes": [
            {"measure": "Recurrence-free survival", "timeFrame": "2 years"},
            {"measure": OUTCOME, "timeFrame": "6 months"},
        ]
    }
    with RegistryServer([one, two]) as registry:
        program = Program(tmp_path_factory.mktemp("missing") / "home", registry)
        program.run("watch", ONE, TWO, "--no-backfill")
        program.day()
        update(one, "2026-08-15", resultsFirstPostDateStruct={"date": "2026-08-15", "type": "ACTUAL"})
        one |= {"hasResults": True, "resultsSection": section()}
        program.run("poll", expect=None)
    return program
