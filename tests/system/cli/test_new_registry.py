"""A new registry is one folder and one line: the program with the toy in it watches, polls and shows toys.

The toy's folder is put into a copy of the source, as docs/how-to/add-a-registry.md says, and its line into the list.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import COMMAND, Program
from tests.support.registry.toy_server import ToyServer, toy_server

FOLDER = ROOT / "tests" / "support" / "registry" / "toy"
ONE = "TOY1"


def with_toy(root: Path) -> Path:
    """A copy of the program below `root`, with the folder and the line."""
    for part in ("tracker", "storage", "schedules"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    registries = root / "tracker" / "registries"
    (registries / "toy").mkdir()
    for file in FOLDER.glob("*.py"):
        text = file.read_text().replace("tests.support.registry.toy", "tracker.registries.toy")
        (registries / "toy" / file.name).write_text(text)
    listed = registries / "listed.py"
    text = listed.read_text()
    text = text.replace("import Euctr\n", "import Euctr\nfrom tracker.registries.toy import Toy\n")
    text = text.replace("    Euctr(),\n", "    Euctr(),\n    Toy(),\n")
    listed.write_text(text)
    return root


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    with toy_server() as made:
        made.trials[ONE] = {"id": ONE, "state": "RECRUITING", "people": 40, "results": False}
        yield made


class ProgramOfCopy:
    """Commands of a copied source, each a process of its own."""

    def __init__(self, folder: Path, source: Path, toy: ToyServer) -> None:
        self.program = Program(folder / "home")
        self.source = source
        self.toy = toy

    def run(self, *words: str, expect: int = 0) -> Any:
        """What the command answers as JSON."""
        extra = {"PYTHONPATH": str(self.source), "TRIALWATCH_TOY_URL": self.toy.url}
        told = subprocess.run(
            [*COMMAND, *words, "-o", "json"],
            env=self.program.environment(extra),
            cwd=self.source,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == expect, told
        return json.loads(told.stdout)


@pytest.fixture
def program(tmp_path: Path, toy: ToyServer) -> ProgramOfCopy:
    return ProgramOfCopy(tmp_path, with_toy(tmp_path / "source"), toy)


def test_a_folder_and_a_line_make_a_registry_that_is_watched_told_and_shown(
    program: ProgramOfCopy, toy: ToyServer, tmp_path: Path
) -> None:
    [row] = program.run("watch", " toy1 ", "--tag", "small")["trials"]
    assert (row["trial"], row["status"], row["tags"]) == (ONE, "RECRUITING", ["small"])
    toy.day = "2026-08-15"
    toy.trials[ONE] |= {"state": "COMPLETED", "results": True}
    program.program.day()
    assert program.run("poll")["poll"]["outcome"] == "complete"
    changes = program.run("changes", ONE)["changes"]
    assert {it["kind"] for it in changes} == {"trial.first_seen", "status.changed", "results.posted"}
    assert program.run("show", ONE)["trial"] == ONE
    assert program.run("results", ONE)["trials"][0]["state"] == "posted"
    assert program.run("verify") == {"faults": []}
    assert "is not a toy number" in program.run("watch", "TOY0", expect=2)["error"]["message"]


def test_its_table_is_checked_and_a_rule_may_name_its_trials(program: ProgramOfCopy, tmp_path: Path) -> None:
    file = program.program.home / "trialwatch.toml"
    program.program.home.mkdir(exist_ok=True)
    file.write_text("[toy]\nrequests_per_secnod = 2\n")
    assert f"{file}, line 2: requests_per_secnod" in program.run("list", expect=2)["error"]["message"]
    for typed, wrong in (("toy1", False), ("TOY0", True)):
        rule = f'[[rule]]\nname = "r"\non = ["status.changed"]\nsend = []\ntrials = ["{typed}"]\n'
        file.write_text(f"[toy]\nrequests_per_second = 2\n{rule}")
        told = json.dumps(program.run("alerts", "check", expect=2))
        assert ("is not a toy number" in told) is wrong
