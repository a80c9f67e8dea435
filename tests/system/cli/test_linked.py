"""One trial in two registers: shown from either side, watched together, and news for both when results are posted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.registry.euctr_pages import NUMBER, POSTED, TRIAL, Register

NCT = "NCT01234567"
"""As the form of the EU register names it."""
RULES = """
[[channel]]
name = "team"
type = "webhook"
url = "http://127.0.0.1:9/hook"
secret_env = "HOOK_SECRET"
allow = ["127.0.0.1:9"]

[[rule]]
name = "by number"
on = ["results.posted", "status.changed"]
trials = ["{nct}"]
send = ["team"]

[[rule]]
name = "by tag"
on = ["results.posted"]
trials = ["tag:mine"]
send = ["team"]
"""


@pytest.fixture
def register() -> Iterator[Register]:
    with RegistryServer() as server:
        told = record(NCT)
        told["protocolSection"]["identificationModule"]["secondaryIdInfos"] = [
            {"id": NUMBER, "type": "EUDRACT_NUMBER"},
            {"id": "ISRCTN12345678", "type": "REGISTRY"},
        ]
        server.studies[NCT] = told
        yield Register(server)


@pytest.fixture
def program(register: Register, tmp_path: Path) -> Program:
    made = Program(tmp_path / "home", register.server)
    made.home.mkdir()
    url = register.url
    config = f'[euctr]\nurl = "{url}"\n{RULES.format(nct=NCT)}'
    (made.home / "trialwatch.toml").write_text(config, encoding="utf-8")
    return made


SECRET = {"HOOK_SECRET": "whsec_" + "c2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXMh"}


def test_watched_together_shown_from_either_side(program: Program, register: Register) -> None:
    rows = program.run("watch", NCT, "--linked", "--no-backfill", "--tag", "mine", "-o", "jsonl", **SECRET).lines
    assert [(row["trial"], row["tags"]) for row in rows] == [(TRIAL, ["mine"]), (NCT, ["mine"])]
    assert program.json("show", NCT)["linked"] == [
        {"trial": TRIAL, "register": "euctr", "watched": True},
        {"trial": "ISRCTN12345678", "register": "isrctn", "watched": None},
    ]
    assert {"trial": NCT, "register": "ctgov", "watched": True} in program.json("show", TRIAL)["linked"]
    assert f"{TRIAL}, watched" in program.run("show", NCT, "-o", "table").out


def test_a_number_named_on_one_side_only_is_found_from_the_other(program: Program, register: Register) -> None:
    del register.server.studies[NCT]["protocolSection"]["identificationModule"]["secondaryIdInfos"]
    program.run("watch", TRIAL, **SECRET)
    program.run("watch", NCT, "--no-backfill", **SECRET)
    assert program.json("show", NCT)["linked"] == [{"trial": TRIAL, "register": "euctr", "watched": True}]


def test_results_posted_in_one_are_news_for_both_and_told_once(program: Program, register: Register) -> None:
    program.run("watch", NCT, "--no-backfill", "--tag", "mine", **SECRET)
    program.run("watch", TRIAL, **SECRET)
    register.trials[NUMBER]["PT"].results = POSTED
    for facts in register.trials[NUMBER].values():
        facts.status = "Completed"
    program.day()
    program.run("poll", "--no-deliver", **SECRET)
    assert {row["kind"] for row in program.run("changes", TRIAL).lines} >= {"results.posted", "status.changed"}
    told = program.run("alerts", "outbox", "-o", "jsonl", **SECRET).lines
    assert [(row["kind"], row["channel"]) for row in told] == [("results.posted", "team")]
