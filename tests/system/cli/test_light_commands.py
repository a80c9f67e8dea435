"""Commands that ask one question of the store do without SQLAlchemy, whose import takes longer than all they do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer

ONE = "NCT00000001"
PROBE = """
import sys
from tracker.cli import main
code = main()
print("loaded" if "sqlalchemy" in sys.modules else "not loaded", file=sys.stderr)
raise SystemExit(code)
"""


def probed(program: Program, *words: str) -> tuple[str, str]:
    """Return what a command prints, and whether it loaded SQLAlchemy."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *words],
        env=program.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return run.stdout, run.stderr.splitlines()[-1]


@pytest.fixture
def watching(program: Program) -> Program:
    with RegistryServer([record(ONE)]) as registry:
        program.registry = registry
        program.run("watch", ONE, "--tag", "set", "--no-backfill")
        program.registry = None
    return program


@pytest.mark.parametrize("words", [("list",), ("list", "--tag", "set"), ("list", "--sort", "checked")])
@pytest.mark.parametrize("form", ["json", "table"])
def test_the_list_needs_no_sqlalchemy(watching: Program, words: tuple[str, ...], form: str) -> None:
    out, loaded = probed(watching, *words, "-o", form)
    assert ONE in out and loaded == "not loaded"


@pytest.mark.parametrize(
    "words",
    [(), (ONE, "--kind", "trial.*"), ("--since", "30d", "--all"), ("--tag", "set", "--limit", "5")],
    ids=["all", "trial", "period", "tag"],
)
@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_changes_need_no_sqlalchemy(watching: Program, words: tuple[str, ...], form: str) -> None:
    out, loaded = probed(watching, "changes", *words, "-o", form)
    assert ONE in out and loaded == "not loaded"


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_history_needs_no_sqlalchemy(watching: Program, form: str) -> None:
    out, loaded = probed(watching, "history", ONE, "-o", form)
    assert ("registry" in out or "poll" in out) and loaded == "not loaded"


@pytest.mark.parametrize(
    "words",
    [(), ("--version", "1"), ("--as-of", "2026-08-14"), ("--as-of", "2026-08-14", "--basis", "known"), ("--raw",)],
)
@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_record_needs_no_sqlalchemy(watching: Program, words: tuple[str, ...], form: str) -> None:
    out, loaded = probed(watching, "show", ONE, *words, "-o", form)
    assert ONE in out and loaded == "not loaded"


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_the_status_needs_no_sqlalchemy(watching: Program, form: str) -> None:
    out, loaded = probed(watching, "status", "-o", form)
    assert "No channel is set" in out and loaded == "not loaded"


@pytest.mark.parametrize(
    "words",
    [(), (ONE,), ("--tag", "set", "--by", "sponsor"), ("--unposted",), ("--posted-since", "30d"), ("--owing",)],
    ids=["all", "trial", "sponsors", "unposted", "posted", "owing"],
)
@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_results_that_are_up_to_date_need_no_sqlalchemy(watching: Program, words: tuple[str, ...], form: str) -> None:
    first, loaded = probed(watching, "results", *words, "-o", form)
    assert loaded == "loaded", "a status was missing"
    assert probed(watching, "results", *words, "-o", form) == (first, "not loaded")


def test_an_id_that_is_not_stored_is_named_with_the_next_step(watching: Program) -> None:
    for words in (("history",), ("changes",), ("results",), ("show", "--version", "1")):
        said, _ = watching.error(words[0], "NCT09999999", *words[1:], code=4)
        assert "Nothing is stored about NCT09999999 yet. Watch it first: trialwatch watch NCT09999999" in said


def test_new_changes_need_it_only_to_note_what_was_shown(watching: Program) -> None:
    first, loaded = probed(watching, "changes", "--new", "--all", "-o", "jsonl")
    assert ONE not in first and loaded == "loaded"
    assert probed(watching, "changes", "--new", "--all", "-o", "jsonl") == ("", "not loaded")


def test_what_only_versions_tell_needs_it(watching: Program) -> None:
    out, loaded = probed(watching, "list", "--sort", "changed", "-o", "json")
    assert ONE in out and loaded == "loaded"


@pytest.mark.parametrize(("command", "key"), [("list", "trials"), ("status", "status"), ("results", "trials")])
def test_a_store_that_is_not_there_is_made(program: Program, command: str, key: str) -> None:
    out, loaded = probed(program, command, "-o", "json")
    assert f'"{key}"' in out and loaded == "loaded"
    assert probed(program, command, "-o", "json") == (out, "not loaded")


def test_an_unknown_tag_is_refused_with_the_nearest(watching: Program) -> None:
    said, _ = watching.error("list", "--tag", "sets", code=2)
    assert "No watched trial has the tag 'sets'. Did you mean: set?" in said
