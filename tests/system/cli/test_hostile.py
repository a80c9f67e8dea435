"""Faults C09, C10, C11, C16: what strangers write into a record stays text, on a terminal, in a pipe and in a sheet."""

from __future__ import annotations

import json
import re
from contextlib import closing

import pytest

from storage.engine.database import Database
from storage.watching import watches
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, THREE, TWO
from tracker.records.one_line import one_line

TITLE = (
    "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://x\x1b\\link\x1b]52;c;AAAA\x07 \x9b31m red\r\b\b\x7f over "
    "\u202egnp.exe\u202c \u2066x\u2069 zero\u200bwidth\ufeff tag\U000e0041 \u2028line "
    "{{7*7}} ${x} %s {0.__class__} [bold]x[/]"
)
FORMULA = '=HYPERLINK("http://x";"y")'
# ESC is spared only as the beginning of a colour, which the program itself writes on a terminal.
BYTES = re.compile(
    r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]"
    "|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
LITERAL = ("{{7*7}}", "${x}", "%s", "{0.__class__}", "[bold]x[/]")


@pytest.fixture
def hostile(program: Program, registry: RegistryServer) -> Program:
    """Three trials, each with a title that wants to be more than a title, and one that stopped for such a reason."""
    for trial, title in ((ONE, TITLE), (TWO, FORMULA), (THREE, "\t@SUM(1)")):
        registry.studies[trial]["protocolSection"]["identificationModule"]["briefTitle"] = title
    program.run("watch", ONE, TWO, THREE)
    # An older version has stored such tags; today they are refused.
    with closing(Database.open(f"sqlite:///{program.home / 'trialwatch.db'}")) as store, store.write() as session:
        watches.add_tag(session, [ONE, TWO, THREE], "\x1b[1mbold\u202e")
    registry.studies[ONE]["protocolSection"]["statusModule"] |= {"overallStatus": "TERMINATED", "whyStopped": TITLE}
    program.day()
    program.run("poll")
    return program


COMMANDS = (
    ["list"],
    ["changes"],
    ["results"],
    ["show", ONE],
    ["history", ONE, "--field", "title.brief"],
    ["diff", ONE],
)


@pytest.mark.fault("C09")
@pytest.mark.fault("C10")
@pytest.mark.fault("C16")
def test_tables_and_sheets_in_a_pipe(hostile: Program) -> None:
    for form in ("table", "csv"):
        for words in COMMANDS:
            run = hostile.run(*words, "-o", form, COLUMNS="2000", FORCE_COLOR="")
            assert not BYTES.search(run.out + run.err), (words, form)
            assert "\x1b" not in run.out
    shown = hostile.run("show", ONE, "-o", "table", COLUMNS="2000").out
    assert all(text in shown for text in LITERAL) and "\\x1b[2J" in shown and "\\u202e" in shown


@pytest.mark.fault("C09")
@pytest.mark.fault("C10")
def test_on_a_terminal(hostile: Program) -> None:
    for words in (["list"], ["show", ONE]):
        seen = hostile.terminal(*words, width=120)
        assert not BYTES.search(seen), words
    coloured = hostile.terminal("changes", "--limit", "2")
    assert "\x1b[1m" in coloured and not BYTES.search(coloured)
    assert "\x1b" not in hostile.terminal("changes", "--limit", "2", NO_COLOR="1")


@pytest.mark.fault("C09")
@pytest.mark.fault("C10")
def test_json_escapes_and_keeps(hostile: Program) -> None:
    for words in (*COMMANDS, ["show", ONE, "--raw"]):
        run = hostile.run(*words, "-o", "json")
        assert not BYTES.search(run.out), words
    titles = {row["trial"]: row["title"] for row in hostile.json("list")["trials"]}
    kept = one_line(TITLE)
    assert titles == {ONE: kept, TWO: FORMULA, THREE: "@SUM(1)"}


@pytest.mark.fault("C11")
def test_formulas(hostile: Program) -> None:
    cells = {row["trial"]: row["title"] for row in hostile.run("list", "-o", "csv").cells}
    assert cells[TWO] == "'" + FORMULA and cells[THREE][0] == "'"
    assert json.loads(hostile.run("show", TWO).out)["record"]["title"]["brief"] == FORMULA


def test_errors_about_hostile_words(hostile: Program) -> None:
    for words in (["list", "--sort", TITLE], ["changes", "--since", TITLE], ["import", f"/tmp/{TITLE[:30]}"], [TITLE]):
        text, told = hostile.run(*words, expect=2), hostile.run(*words, "-o", "json", expect=2)
        assert not BYTES.search(text.err + told.out) and "\x1b" not in text.err + told.out
        assert text.err.count("\n") == 1 and told.json["error"]["kind"] == "usage"
    bytes_ = hostile.run("show", "NCT\udcff", "-o", "json", expect=2)
    assert bytes_.json["error"]["kind"] == "invalid_id"
