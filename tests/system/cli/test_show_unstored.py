"""show of a trial that is not stored: the registry is asked, nothing is stored, and the next step is named."""

from __future__ import annotations

import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, TWO

NEW = "NCT00000009"


@pytest.fixture
def asked(lived: Program, registry: RegistryServer) -> Program:
    """A store with a past, and a registry that has one more trial."""
    registry.studies[NEW] = record(NEW)
    lived.registry = registry
    return lived


def stored(program: Program) -> list[dict[str, str]]:
    return program.run("export", "versions", "--format", "csv").cells


def test_it_has_the_shape_of_a_stored_one_and_a_note(asked: Program) -> None:
    run = asked.run("show", NEW, "-o", "json")
    assert run.err == (
        f"Nothing is stored about {NEW}: this is what the registry says now. Watch it: trialwatch watch {NEW}\n"
    )
    shown = run.json
    assert shown.keys() == asked.json("show", ONE).keys()
    assert (shown["trial"], shown["version"], shown["source"]) == (NEW, None, "registry")
    assert (shown["effective"], shown["record"]["trial"]) == ("2026-01-15", NEW)
    assert shown["observed_at"] == "2026-08-20T15:00:00Z"


def test_nothing_is_stored_or_watched(asked: Program, registry: RegistryServer) -> None:
    before = stored(asked), asked.json("list"), asked.run("changes", "--all").out
    asked.run("show", NEW)
    asked.run("show", NEW, "--raw")
    assert registry.paths()
    assert (stored(asked), asked.json("list"), asked.run("changes", "--all").out) == before


def test_a_stored_trial_is_not_asked_for(asked: Program, registry: RegistryServer) -> None:
    assert asked.run("show", ONE).err == "" and asked.run("show", TWO, "--version", "1").err == ""
    assert registry.paths() == []


def test_a_table_says_that_it_is_not_stored(asked: Program) -> None:
    run = asked.run("show", NEW, "-o", "table")
    assert f"{NEW} · not stored, in effect from 2026-01-15, asked for 2026-08-20" in run.out
    assert f"trialwatch watch {NEW}" in run.err


def test_raw_is_the_registrys_own_document(asked: Program, registry: RegistryServer) -> None:
    run = asked.run("show", NEW, "--raw")
    assert run.json == registry.studies[NEW]
    assert f"trialwatch watch {NEW}" in run.err


def test_an_obsolete_number_leads_to_the_trial_it_became(asked: Program, registry: RegistryServer) -> None:
    registry.aliases["NCT00000088"] = NEW
    run = asked.run("show", "NCT00000088", "-o", "json")
    assert run.json["trial"] == NEW
    assert run.err.startswith(f"NCT00000088 is an obsolete number of {NEW}.\n")


@pytest.mark.parametrize(
    "words", [("--version", "1"), ("--as-of", "2026-08-01"), ("--results",), ("--raw", "--version", "1")]
)
def test_what_only_a_store_knows_is_refused_without_a_question(
    asked: Program, registry: RegistryServer, words: tuple[str, ...]
) -> None:
    run = asked.run("show", NEW, *words, expect=4)
    assert run.out == "" and f"Watch it first: trialwatch watch {NEW}" in run.err
    assert registry.paths() == []


def test_one_that_is_watched_and_not_read_yet_is_not_to_be_watched_again(asked: Program) -> None:
    ids = asked.home / "ids.txt"
    ids.write_text(NEW)
    asked.run("import", ids)
    run = asked.run("show", NEW)
    assert run.err.endswith(f"It is watched; look now: trialwatch poll {NEW}\n")


def test_a_number_that_the_registry_does_not_know_ends_with_4(asked: Program) -> None:
    text, error = asked.error("show", "NCT00000077", code=4)
    assert text == "The registry does not know NCT00000077; check the number.\n"
    assert error["kind"] == "unknown_trial" and error["subject"] == "NCT00000077"


def test_a_registry_that_is_down_is_named(lived: Program) -> None:
    text, error = lived.error("show", NEW, code=1)
    assert "127.0.0.1:9" in text and error["kind"].startswith("registry")


def test_a_record_that_cannot_be_read_is_named(asked: Program, registry: RegistryServer) -> None:
    registry.studies[NEW]["protocolSection"]["statusModule"] = ["no", "status"]
    text, error = asked.error("show", NEW, code=1)
    assert "statusModule" in text and error["kind"] == "unreadable"
