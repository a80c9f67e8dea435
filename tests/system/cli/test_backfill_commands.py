"""watch, import, show, history and diff with a past: as a person types them, killed and interrupted too."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.backfilled_lives import State, day, life, submissions
from tests.support.harness import ONE
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request

STATES = life(80, 80, 120, 60)


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer() as server:
        live(server, STATES)
        yield server


def live(server: RegistryServer, states: list[State]) -> None:
    document = states[-1].document(0)
    document["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-14"
    server.studies = {ONE: document}
    server.histories = {ONE: submissions(states)}


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    return Program(tmp_path / "home", registry)


def past_requests(registry: RegistryServer) -> list[str]:
    return [path.partition("/history/")[2] for path in registry.paths() if "/history/" in path]


def test_watch_fetches_the_past_and_every_question_about_it_is_answered(
    program: Program, registry: RegistryServer
) -> None:
    run = program.run("watch", ONE)
    assert run.err == ""
    rows = program.json("history", ONE)["versions"]
    assert [(row["version"], row["registry_version"], row["source"]) for row in rows] == [
        (1, 0, "backfill"),
        (2, 1, "backfill"),
        (3, 2, "backfill"),
        (4, 3, "poll"),
    ]
    assert all(row["backfilled"] for row in program.run("changes").lines)
    assert program.run("changes", "--new").lines == [], "the past is not new"
    series = program.json("history", ONE, "--field", "enrollment.count")["fields"][0]["values"]
    assert [(value["effective"], value["value"]) for value in series] == [
        (day(2), 80),
        (day(12), 80),
        (day(22), 120),
        (day(32), 60),
    ]
    found = program.json("diff", ONE, f"{day(12)}..{day(31)}")
    assert {"field": "enrollment.count", "label": "Enrollment", "before": 80, "after": 120} in found["fields"]
    for on, count in ((22, 120), (21, 80), (31, 120), (32, 60)):
        assert program.json("show", ONE, "--as-of", day(on))["record"]["enrollment"]["count"] == count
    program.error("show", ONE, "--as-of", day(1), code=4)
    program.error("show", ONE, "--as-of", day(40), "--basis", "known", code=4)
    assert program.json("show", ONE, "--as-of", "2026-08-14", "--basis", "known")["version"] == 4
    assert program.json("show", ONE, "--raw", "--version", "1")["protocolSection"]
    assert program.json("verify") == {"faults": []}


def test_no_backfill_asks_for_no_past(program: Program, registry: RegistryServer) -> None:
    program.run("watch", ONE, "--no-backfill")
    assert not [path for path in registry.paths() if path.startswith("/api/int/")]
    assert [row["version"] for row in program.json("history", ONE)["versions"]] == [1]
    later = program.run("watch", ONE, "-o", "table")
    assert "3 versions of the past stored" in later.err
    assert [row["registry_version"] for row in program.json("history", ONE)["versions"]] == [0, 1, 2, 3]


@contextmanager
def stuck(registry: RegistryServer, at: str) -> Iterator[threading.Event]:
    """The registry falls silent at the request whose path ends so. The event is set when it came."""
    came, released = threading.Event(), threading.Event()

    def fault(request: Request) -> Reply | None:
        if request.path.endswith(at):
            came.set()
            released.wait(30)
        return None

    registry.faults = fault
    try:
        yield came
    finally:
        registry.faults = []
        released.set()


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate(timeout=30)


def interrupted(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode().endswith(f"To go on: trialwatch watch {ONE}\n") and "Traceback" not in err.decode()


@pytest.mark.parametrize("end", [killed, interrupted])
def test_a_watch_ended_in_the_middle_goes_on_where_it_stopped(
    program: Program, registry: RegistryServer, end: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    program.run("list")
    with stuck(registry, "/history/1") as came:
        process = program.start("watch", ONE)
        assert came.wait(30)
        end(process)
    assert [row["trial"] for row in program.run("list").lines] == [ONE], "the watch itself is kept"
    assert program.json("history", ONE)["versions"][0]["registry_version"] == 0
    program.day()
    program.run("watch", ONE)
    assert past_requests(registry) == ["0", "1", "1", "2"]
    rows = program.json("history", ONE)["versions"]
    assert [(row["effective"], row["registry_version"]) for row in rows] == [
        (day(state.posted), number) for number, state in enumerate(STATES)
    ]
    told = [(row["kind"], row["effective"]) for row in program.run("changes").lines]
    assert len(told) == len(set(told)) and [kind for kind, _ in told].count("trial.first_seen") == 1
    assert program.json("verify") == {"faults": []}


@pytest.mark.parametrize(
    ("reply", "step"),
    [
        (Reply(404), f"Try again later: trialwatch watch {ONE}"),
        (Reply(403), "can be brought in with: trialwatch import FOLDER"),
        (Reply(200, b"<html>app</html>", "text/html"), f"Try again later: trialwatch watch {ONE}"),
    ],
    ids=["gone", "forbidden", "moved"],
)
def test_a_history_that_cannot_be_had_is_one_sentence(
    program: Program, registry: RegistryServer, reply: Reply, step: str
) -> None:
    registry.faults = lambda request: reply if request.path.startswith("/api/int/") else None
    run = program.run("watch", ONE)
    assert run.err.count("\n") == 1 and step in run.err
    assert program.json("show", ONE)["version"] == 1


def test_an_id_nobody_knows_is_told_once(program: Program, registry: RegistryServer) -> None:
    run = program.run("watch", ONE, "NCT09999999", expect=3)
    assert run.err.count("NCT09999999") == 1 and "does not know" in run.err


def test_an_obsolete_id_gets_the_past_of_its_trial(program: Program, registry: RegistryServer) -> None:
    registry.aliases["NCT00000777"] = ONE
    program.run("watch", "NCT00000777")
    assert [row["registry_version"] for row in program.json("history", ONE)["versions"]] == [0, 1, 2, 3]


def test_import_with_backfill(program: Program, registry: RegistryServer, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text(ONE)
    program.run("import", tmp_path / "ids.txt", "--dry-run", "--backfill")
    assert registry.requests == []
    program.run("import", tmp_path / "ids.txt", "--backfill")
    assert [row["registry_version"] for row in program.json("history", ONE)["versions"]] == [0, 1, 2, 3]


def test_the_past_is_previewed_as_it_would_have_been_sent(program: Program) -> None:
    """One message for each step of the past, on the day it took effect. The past itself is never sent."""
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text(
        '[[channel]]\nname = "me"\ntype = "email"\nto = ["a@b.example"]\nfrom = "a@b.example"\nsmtp = "smtp://h.example"\n'
        '[[rule]]\nname = "all"\non = ["*"]\nsend = ["me"]\n'
    )
    program.run("watch", ONE)
    rows = program.run("changes").lines
    past = [it for it in rows if it["backfilled"] and it["severity"] != "admin" and it["kind"] != "trial.first_seen"]
    asked = ("alerts", "preview", "--since", "10y")
    assert program.json(*asked)["messages"] == []
    found = program.json(*asked, "--as-if-watched")["messages"]
    told = {it["seq"]: message["at"][:10] for message in found for it in rows if it["seq"] in message["changes"]}
    assert told == {it["seq"]: it["effective"] for it in past} and len(set(told.values())) > 1
    fates = program.json(*asked, "--as-if-watched", "--explain")["changes"]
    assert {it["seq"] for it in fates if it["told"]} == told.keys()
