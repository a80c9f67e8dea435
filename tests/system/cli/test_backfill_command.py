"""backfill: the past of trials that are watched already."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request, Study
from tests.system.cli.conftest import ONE, THREE, TWO
from tests.system.cli.test_interrupts import interrupted, next_command


def past(trial: str) -> list[Study]:
    """Return a history of three versions. The last one is the record."""
    found = []
    for day, count in (("2026-01-05", 10), ("2026-01-10", 20)):
        older = record(trial)["protocolSection"]
        older["statusModule"]["lastUpdateSubmitDate"] = day
        older["designModule"]["enrollmentInfo"] = {"count": count, "type": "ESTIMATED"}
        found.append({"protocolSection": older})
    return [*found, {"protocolSection": record(trial)["protocolSection"]}]


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([record(trial) for trial in (ONE, TWO, THREE)]) as server:
        server.histories = {trial: past(trial) for trial in (ONE, TWO, THREE)}
        yield server


@pytest.fixture
def watched(program: Program) -> Program:
    """Three watched trials, the first with its past."""
    program.run("watch", ONE)
    program.run("watch", TWO, "--no-backfill", "--tag", "hcc")
    program.run("watch", THREE, "--no-backfill")
    return program


def numbers(program: Program, trial: str) -> list[int | None]:
    return [row["registry_version"] for row in program.json("history", trial)["versions"]]


def asked(registry: RegistryServer) -> list[str]:
    return [path.partition("/studies/")[2] for path in registry.paths() if path.startswith("/api/int/")]


def test_without_ids_the_past_that_is_not_here_is_fetched(watched: Program, registry: RegistryServer) -> None:
    before = len(asked(registry))
    run = watched.run("backfill", "-o", "json")
    assert run.json == {"backfill": {"trials": [TWO, THREE], "stored": 4, "failed": [], "left": [], "stopped": None}}
    assert (
        run.err == "To fetch: the past of 2 trials, about 18 requests, 1 second. Ctrl-C stops that and loses nothing.\n"
    )
    assert not [path for path in asked(registry)[before:] if path.startswith(ONE)]
    assert numbers(watched, TWO) == numbers(watched, THREE) == [0, 1, 2]
    assert {row["backfilled"] for row in watched.run("changes", TWO, "--kind", "enrollment.*").lines} == {True}
    requests = len(asked(registry))
    again = watched.run("backfill", "-o", "table")
    assert again.err == "Nothing to fetch: the past of 3 watched trials is here.\n"
    assert len(asked(registry)) == requests
    assert watched.json("verify") == {"faults": []}


def test_with_a_tag_only_those_with_it(watched: Program) -> None:
    assert watched.json("backfill", "--tag", "hcc")["backfill"]["trials"] == [TWO]
    assert numbers(watched, THREE) == [None]
    assert "Did you mean: hcc?" in watched.error("backfill", "--tag", "hc", code=2)[0]
    assert "not both" in watched.error("backfill", ONE, "--tag", "hcc", code=2)[0]


def test_with_ids_those_trials_watched_or_not(watched: Program) -> None:
    watched.run("unwatch", THREE)
    assert watched.json("backfill")["backfill"]["trials"] == [TWO]
    assert watched.json("backfill", THREE.lower())["backfill"]["stored"] == 2
    assert numbers(watched, THREE) == [0, 1, 2]
    some = watched.run("backfill", ONE, "NCT09999999", expect=3)
    assert some.lines[0]["trials"] == [ONE] and "Nothing is stored about NCT09999999" in some.err
    assert "Nothing is stored" in watched.error("backfill", "NCT09999999", code=4)[0]


def test_a_later_version_is_no_missing_past(watched: Program, registry: RegistryServer) -> None:
    watched.run("backfill")
    watched.day()
    registry.studies[ONE]["protocolSection"]["statusModule"] |= {"overallStatus": "COMPLETED"}
    watched.run("poll")
    assert watched.json("backfill")["backfill"]["trials"] == []


def test_ctrl_c_goes_on_with_the_command_that_is_printed(watched: Program, registry: RegistryServer) -> None:
    said = interrupted(watched, registry, f"{TWO}/history/1", "backfill", "--tag", "hcc")
    assert f"The past of {TWO} is not here yet, because it was interrupted. What has come is kept.\n" in said
    assert next_command(said) == ["backfill", "--tag", "hcc"]
    assert numbers(watched, TWO) == [0, None]
    assert watched.json(*next_command(said))["backfill"] == {
        "trials": [TWO],
        "stored": 1,
        "failed": [],
        "left": [],
        "stopped": None,
    }
    assert numbers(watched, TWO) == [0, 1, 2]


def test_what_could_not_be_fetched_is_named(watched: Program, registry: RegistryServer) -> None:
    def refused(request: Request) -> Reply | None:
        return Reply(404) if f"{TWO}/history" in request.path else None

    registry.faults = refused
    run = watched.run("backfill", "-o", "json", expect=3)
    assert [it["trial"] for it in run.json["backfill"]["failed"]] == [TWO] and f"The past of {TWO} could not" in run.err
    assert numbers(watched, THREE) == [0, 1, 2]
    assert watched.run("backfill", expect=1).lines[0]["trials"] == [TWO], "nothing was fetched"
    registry.faults = lambda request: (
        Reply(429, headers={"Retry-After": "7200"}) if "/history" in request.path else None
    )
    stopped = watched.run("backfill", "--tag", "hcc", expect=1)
    assert stopped.lines[0]["left"] == [TWO] and "go on with: trialwatch backfill --tag hcc\n" in stopped.err


def test_a_register_without_a_history_is_named(program: Program) -> None:
    assert "No trial is watched yet" in program.run("backfill", "-o", "table").err
    program.run("watch", "EUCTR2011-005852-33", expect=None, TRIALWATCH_EUCTR_URL="http://127.0.0.1:9")
    assert "gives no history" in program.error("backfill", "2011-005852-33", code=2)[0]
    run = program.run("backfill", "-o", "table")
    assert "Nothing to fetch.\n" in run.err and "EUCTR2011-005852-33" in run.err
