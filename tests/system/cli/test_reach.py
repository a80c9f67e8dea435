"""The program before a registry that guards its door: what a person reads, and whether the printed way out works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.integration.similar.conftest import SEED, STUDIES, TWIN
from tests.integration.similar.test_keeping import posted_on
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.support.registry.refusing_edge import Edge

GUIDE = "docs/how-to/reach-the-registry.md"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with RegistryServer([posted_on(it, "2026-01-05") for it in STUDIES]) as registry:
        registry.edge = Edge()
        yield Program(tmp_path / "home", registry)


def registry_of(program: Program) -> RegistryServer:
    assert program.registry is not None
    return program.registry


def edge_of(program: Program) -> Edge:
    edge = registry_of(program).edge
    assert edge is not None
    return edge


def configure(program: Program, text: str) -> None:
    program.home.mkdir(exist_ok=True)
    (program.home / "trialwatch.toml").write_text(text)


def run_printed(program: Program, text: str, expect: int | None = 0) -> None:
    """Run the command that a message ends with."""
    found = re.search(r"trialwatch ((?:[a-z]+)(?: [^.;,()]+)?)", text)
    assert found, text
    program.run(*shlex.split(found[1]), expect=expect)


@pytest.mark.fault("R-A1")
@pytest.mark.parametrize("contact", ["me@example.org", "https://example.org/about us", ""])
def test_the_name_holds_the_token_of_the_library(program: Program, contact: str) -> None:
    configure(program, f'[http]\ncontact = "{contact}"\n')
    program.run("watch", SEED, "--no-backfill")
    said = rf" \(\+{re.escape(contact)}\)" if contact else ""
    [name] = {request.headers["user-agent"] for request in registry_of(program).requests}
    assert re.fullmatch(rf"trialwatch/\S+{said} python-httpx/{re.escape(httpx.__version__)}", name)


@pytest.mark.fault("R-A1")
def test_every_way_to_the_registry_passes_its_edge(program: Program) -> None:
    program.run("watch", SEED, TWIN)
    program.day(3)
    assert program.json("poll")["poll"]["outcome"] == "complete"
    assert [row["trial"] for row in program.json("similar", SEED)["similar"]]
    assert len(program.json("watch", "--query", "cond=hepatocellular carcinoma OR cirrhosis")["trials"]) >= 2
    assert program.run("doctor").code == 0


@pytest.mark.fault("R-A1")
def test_the_old_setting_for_the_contact_is_still_read(program: Program) -> None:
    configure(program, '[ctgov]\ncontact = "old@example.org"\n')
    program.run("doctor")
    assert "(+old@example.org)" in registry_of(program).requests[-1].headers["user-agent"]


@pytest.mark.fault("R-A3")
def test_a_refused_history_is_said_once_with_the_other_doors(program: Program) -> None:
    told = program.run("watch", SEED, TWIN, "-o", "table")
    assert told.err.count("firewall") == 1
    assert "The watch itself works" in told.err and "docs/how-to/backfill.md" in told.err
    assert "ry again later" not in told.err
    asked = [path for path in registry_of(program).paths() if path.startswith("/api/int/")]
    assert asked == [f"/api/int/studies/{SEED}/history"]
    assert program.json("status")["status"]["healthy"]


@pytest.mark.fault("R-A2")
def test_a_shut_door_keeps_its_reason_and_the_printed_way_out(program: Program) -> None:
    program.run("watch", SEED, "--no-backfill")
    program.day(3)
    edge_of(program).closed = True
    first = program.run("poll", "-o", "table", expect=1).out
    assert "the firewall of" in first and GUIDE in first
    asked = len(registry_of(program).requests)
    for words in (["poll"], ["similar", TWIN], ["watch", "--query", "cond=cirrhosis", "--dry-run"]):
        told = program.run(*words, "-o", "table", expect=1)
        said = " ".join((told.out + told.err).split())
        assert "is left alone until 2026-08-17 16:00 UTC: the firewall of" in said
        assert "To ask it once more now: trialwatch poll --now" in said
    assert len(registry_of(program).requests) == asked
    run_printed(program, "trialwatch poll --now", expect=1)
    assert len(registry_of(program).requests) == asked + 1, "once, and the door is shut again"
    program.run("poll", expect=1)
    assert len(registry_of(program).requests) == asked + 1
    edge_of(program).closed = False
    program.run("poll", expect=1)
    run_printed(program, "trialwatch poll --now")
    program.run("poll")


@pytest.mark.fault("R-A2")
def test_doctor_asks_in_spite_of_a_refusal(program: Program) -> None:
    edge_of(program).closed = True
    program.run("watch", SEED, "--no-backfill", expect=3)
    refused = program.run("doctor", expect=1)
    assert GUIDE in refused.out
    edge_of(program).closed = False
    assert program.run("doctor").code == 0
    program.run("poll")


@pytest.mark.fault("R-A2")
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(429, headers={"Retry-After": "3600"}), "asked for a pause until 2026-08-14 16:00 UTC"),
        (Reply(503, headers={"Retry-After": "3600"}), "asked for a pause until 2026-08-14 16:00 UTC"),
    ],
)
def test_now_never_breaks_a_pause_the_registry_asked_for(program: Program, reply: Reply, said: str) -> None:
    registry_of(program).faults = [reply]
    program.run("watch", SEED, "--no-backfill", expect=3)
    asked = len(registry_of(program).requests)
    told = " ".join(program.run("poll", "--now", "-o", "table", expect=1).out.split())
    assert said in told and "The first poll after that asks again" in told
    program.run("doctor", expect=1)
    assert len(registry_of(program).requests) == asked
    program.clock.write_text((datetime.fromisoformat(program.clock.read_text()) + timedelta(hours=2)).isoformat())
    program.run("poll")


@pytest.mark.fault("R-A2")
def test_an_outage_is_named_as_one_while_the_circuit_is_open(program: Program) -> None:
    program.run("watch", SEED, "--no-backfill")
    registry_of(program).faults = lambda _: Reply(502, b"<html>Bad gateway</html>", "text/html")
    for _ in range(2):
        program.day(1)
        program.run("poll", expect=1)
    told = " ".join(program.run("poll", "-o", "table", expect=1).out.split())
    assert "because it kept failing: " in told and "is out of order (status 502)" in told
    assert "--now" not in told


@pytest.mark.fault("R-A5")
def test_a_query_asks_what_was_typed(program: Program) -> None:
    for typed in ("cond=heart attack OR hepatocellular carcinoma", "term=AREA[Phase]PHASE3"):
        program.run("watch", "--query", typed, "--dry-run", expect=None)
        name, _, text = typed.partition("=")
        assert registry_of(program).requests[-1].query[f"query.{name}"] == text


@pytest.mark.fault("R-A5")
def test_a_query_that_finds_nothing_is_not_kept_without_a_yes(program: Program) -> None:
    words = ("--query", "cond=no such disease")
    sentence, _ = program.error("watch", *words, code=4)
    assert "finds nothing for cond=no such disease" in sentence and "--keep-empty" in sentence
    assert program.json("list", "--cohorts")["cohorts"] == []
    program.run("watch", *words, "--keep-empty")
    assert [it["trials"] for it in program.json("list", "--cohorts")["cohorts"]] == [0]


@pytest.mark.fault("R-A4")
def test_a_query_that_the_registry_refuses_is_not_kept(program: Program) -> None:
    registry_of(program).faults = lambda it: Reply(400, b"Unknown area name: X") if "query.term" in it.query else None
    sentence, _ = program.error("watch", "--query", "term=AREA[X]Y", code=1)
    assert "refused the question (status 400): Unknown area name: X. Nothing is watched" in sentence
    assert program.json("list", "--cohorts")["cohorts"] == []
