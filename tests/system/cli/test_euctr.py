"""The EU register on the command line: watched, shown, compared and told like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.registry.euctr_pages import NUMBER, POSTED, TRIAL, Register


@pytest.fixture
def register() -> Iterator[Register]:
    with RegistryServer() as server:
        yield Register(server)


@pytest.fixture
def eu(register: Register, tmp_path: Path) -> Program:
    return Program(tmp_path / "home", register.server)


def run(eu: Program, *words: str) -> list[dict[str, object]]:
    return eu.run(*words, "-o", "jsonl", TRIALWATCH_EUCTR_URL=eu.registry.url if eu.registry else "").lines


def test_from_watch_to_posted_results(eu: Program, register: Register) -> None:
    [row] = run(eu, "watch", TRIAL.lower(), "--tag", "eu")
    assert (row["trial"], row["status"], row["version"], row["tags"]) == (TRIAL, "ONGOING", 1, ["eu"])
    shown = eu.run("show", TRIAL, "-o", "table").out
    for word in ("Sleepwell against placebo", "DE", "80 participants planned, authorised 2019-05-02", "ISRCTN12345678"):
        assert word in shown
    register.trials[NUMBER]["PT"].results = POSTED
    eu.day()
    run(eu, "poll", TRIAL)
    [posted] = run(eu, "changes", TRIAL, "--kind", "results.posted")
    assert (posted["severity"], posted["summary"]) == ("critical", "Results posted")
    assert [it["results"] for it in eu.json("history", TRIAL)["versions"]] == ["none", "posted"]
    assert eu.json("verify") == {"faults": []}
    # Only ClinicalTrials.gov's results are read. Others are not said to be missing.
    refused = eu.run("results", TRIAL, "--reported", expect=4).err
    assert f"The results of {TRIAL} are posted, and cannot be read from this register" in refused


def test_a_number_the_register_does_not_know_is_not_watched(eu: Program, register: Register) -> None:
    words = ("watch", "EUCTR2011-009999-11-DE")
    failed = eu.run(*words, expect=4, TRIALWATCH_EUCTR_URL=register.url)
    assert "does not know" in failed.err
    assert eu.json("list") == {"trials": []}
    assert "EUCTR2011-005852-33" in eu.error("watch", "EUCTR2000", code=2)[0]


def test_what_its_results_are_due_by_is_told_like_any_others(eu: Program, register: Register) -> None:
    run(eu, "watch", TRIAL.lower(), "--tag", "eu")
    register.trials[NUMBER]["PT"].results = POSTED
    eu.day()
    run(eu, "poll", TRIAL)
    [found] = eu.json("results", "--tag", "eu")["trials"]
    duties = {duty["rule"]: duty["applies"] for duty in found["duties"]}
    assert found["state"] == "posted" and duties == {"fdaaa801": False, "eu-ctr": True, "who-2017": None}
    [line] = eu.json("list", "--sort", "overdue")["trials"]
    assert (line["overdue"], line["slip"]) == (None, None)
    assert [row["results"] for row in eu.run("export", "trials").cells] == ["posted"]
    for change in eu.json("changes", "--explain")["changes"]:
        assert change["explained"]["severity"] == change["severity"]
