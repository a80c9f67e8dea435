"""`similar` as a person and as a script runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.similar.conftest import COUSIN, GERMAN, SEED, STRANGER, STUDIES, TWIN
from tests.support.program.program import Program
from tests.support.records.similar_factories import nct, story
from tracker.demo.demo_registry import DemoRegistry


@pytest.fixture
def registry() -> Iterator[DemoRegistry]:
    with DemoRegistry(story(*STUDIES)) as registry:
        yield registry


@pytest.fixture
def program(tmp_path: Path, registry: DemoRegistry) -> Program:
    return Program(tmp_path / "home", registry)  # type: ignore[arg-type]


def test_the_shape_of_its_json(program: Program) -> None:
    found = program.json("similar", f" {SEED.lower()} ")
    assert found.keys() == {"trial", "similar"} and found["trial"] == SEED
    first = found["similar"][0]
    assert first["trial"] == TWIN and first["title"] == "Liver resection after conversion therapy"
    assert 0 < first["score"] < 1 and first["phases"] == ["PHASE3"] and first["has_results"] is False
    assert {"kind": "condition", "value": "Hepatocellular Carcinoma"} in first["reasons"]
    assert any(it["kind"] == "term" and it["value"] == "liver resection" for it in first["reasons"])
    assert program.run("similar", SEED).lines == found["similar"]
    assert program.run("similar", SEED, "-o", "csv").cells[0]["trial"] == TWIN


def test_the_table_gives_reasons_when_asked(program: Program) -> None:
    plain = program.run("similar", SEED, "-o", "table")
    assert TWIN in plain.out and "Phase 3" in plain.out and "condition" not in plain.out
    assert f"3 other trials compared with {SEED}" in plain.err
    why = program.run("similar", SEED, "-o", "table", "--why", "--top", "1")
    assert "condition Hepatocellular Carcinoma" in why.out and "sponsor A University" in why.out
    assert "interventional" in why.out and COUSIN not in why.out


def test_filters(program: Program) -> None:
    def trials(*words: str) -> list[str]:
        return [row["trial"] for row in program.run("similar", SEED, *words).lines]

    assert trials("--phase", "Phase 3", "--phase", "4", "--status", "recruiting") == [TWIN]
    assert trials("--country", "germany") == [GERMAN]
    empty = program.run("similar", SEED, "--has-results", "-o", "table")
    assert (empty.out, "No trial like it" in empty.err) == ("", True)


def test_a_filter_that_is_no_code_is_refused_by_name(program: Program) -> None:
    assert "PHASE2" in program.error("similar", SEED, "--phase", "7", code=2)[0]
    assert program.error("similar", SEED, "--status", "running", code=2)[1]["subject"] == "running"


def test_among(program: Program) -> None:
    found = program.run("similar", SEED, "--among", STRANGER, "--among", TWIN, "--among", nct(99), expect=3)
    assert [row["trial"] for row in found.lines] == [TWIN, STRANGER]
    assert nct(99) in found.err


def test_a_trial_that_nobody_knows(program: Program) -> None:
    assert nct(99) in program.error("similar", nct(99), code=4)[0]


def test_stored_asks_no_registry(program: Program) -> None:
    program.run("watch", SEED, TWIN, STRANGER)
    program.run("poll")
    program.registry = None  # from here on, who asks gets no answer, and the command ends with 3
    found = program.run("similar", SEED, "--stored", "-o", "table")
    assert TWIN in found.out and COUSIN not in found.out
    assert f"2 other trials compared with {SEED}" in found.err
    assert program.json("similar", SEED, "--stored")["similar"][0]["trial"] == TWIN
    message = program.error("similar", GERMAN, "--stored", code=4)[0]
    assert "not stored" in message and "--stored" in message


def test_watch_needs_the_registry(program: Program) -> None:
    assert "--stored" in program.error("similar", SEED, "--watch", "--stored", code=2)[0]
