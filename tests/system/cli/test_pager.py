"""A table that is longer than the screen is shown through a pager, as git does. JSON and pipes never are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.program.program import Program
from tests.support.program.screen import screen
from tests.system.cli.conftest import ONE, THREE, TWO

QUIET = {"NO_COLOR": "1"}


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that says that it was there, and keeps what it was given."""
    script = tmp_path / "my pager"
    script.write_text(f'#!/bin/sh\necho "paged by $0"\ntee "{tmp_path}/given"\n')
    script.chmod(0o755)
    return script


def quoted(path: Path) -> str:
    return f"'{path}' -x"


def test_a_long_table_goes_through_the_pager_and_a_short_one_does_not(lived: Program, pager: Path) -> None:
    with screen(lived, "changes", environment={"PAGER": quoted(pager), **QUIET}) as seen:
        assert seen.end() == 0
    assert f"paged by {pager}" in seen.seen and "Slow accrual" in pager.with_name("given").read_text()
    below = "3 administrative changes are not shown. To see them: trialwatch changes --all\n"
    assert seen.seen.endswith(below), "what is said beside the table comes after the pager"
    assert below not in pager.with_name("given").read_text()
    with screen(lived, "changes", rows=60, environment={"PAGER": quoted(pager)}) as seen:
        assert seen.end() == 0
    assert "paged by" not in seen.seen and "Slow accrual" in seen.seen


def test_the_own_variable_wins_and_turns_it_off(lived: Program, pager: Path) -> None:
    for off in ("", "cat", " "):
        environment = {"PAGER": quoted(pager), "TRIALWATCH_PAGER": off}
        with screen(lived, "changes", environment=environment) as seen:
            assert seen.end() == 0
        assert "paged by" not in seen.seen and "Slow accrual" in seen.seen, off
    with screen(lived, "changes", environment={"PAGER": "cat", "TRIALWATCH_PAGER": quoted(pager)}) as seen:
        assert seen.end() == 0
    assert "paged by" in seen.seen


@pytest.mark.parametrize("words", [("changes", "-o", "jsonl"), ("poll",), ("watch", ONE)])
def test_what_is_no_table_to_read_is_never_paged(lived: Program, pager: Path, words: tuple[str, ...]) -> None:
    with screen(lived, *words, rows=2, environment={"PAGER": quoted(pager)}) as seen:
        seen.end()
    assert "paged by" not in seen.seen and len(seen.seen.splitlines()) >= 2


def test_a_pipe_and_a_terminal_that_cannot_move_its_cursor_have_no_pager(lived: Program, pager: Path) -> None:
    piped = lived.run("changes", "-o", "table", PAGER=quoted(pager), LINES="5")
    assert "paged by" not in piped.out
    with screen(lived, "changes", environment={"PAGER": quoted(pager), "TERM": "dumb"}) as seen:
        assert seen.end() == 0
    assert "paged by" not in seen.seen and "\x1b" not in seen.seen


@pytest.mark.parametrize("pager", ["no-such-pager", "/etc/passwd", "'half a quotation", "sh -c 'exit 127'"])
def test_a_pager_that_cannot_be_started_is_named_and_the_table_printed(lived: Program, pager: str) -> None:
    with screen(lived, "changes", environment={"TRIALWATCH_PAGER": pager, **QUIET}) as seen:
        assert seen.end() == 0
    assert "Slow accrual" in seen.seen and "could not be started. Set TRIALWATCH_PAGER" in seen.seen
    assert "Traceback" not in seen.seen


def test_leaving_a_pager_early_is_no_error_and_counts_as_shown(lived: Program) -> None:
    """The pager reads one line of many and ends. Everything it could have shown is no longer new."""
    with screen(lived, "changes", "--new", environment={"PAGER": "head -n 1", **QUIET}) as seen:
        assert seen.end() == 0
    assert "Slow accrual" not in seen.seen and "Traceback" not in seen.seen and "rror" not in seen.seen
    assert lived.run("changes", "--new").out == ""


def test_ctrl_c_belongs_to_the_pager(lived: Program, tmp_path: Path) -> None:
    script = tmp_path / "waits"
    script.write_text("#!/bin/sh\ncat >/dev/null\necho waiting\nsleep 600\n")
    script.chmod(0o755)
    with screen(lived, "changes", environment={"PAGER": str(script)}) as seen:
        seen.wait_for("waiting")
        assert seen.end("\x03") == 0
    assert "Interrupted" not in seen.seen and "Traceback" not in seen.seen
    assert "administrative changes are not shown" in seen.seen


@pytest.mark.skipif(shutil.which("less") is None, reason="no less on this machine")
def test_less_shows_the_first_screen_in_colour_and_waits(lived: Program) -> None:
    with screen(lived, "changes", rows=12) as seen:
        seen.wait_for("Severity")
        seen.wait_for("minor")
        assert "Slow accrual" not in seen.seen, "that is further down"
        seen.type("G")
        seen.wait_for("Slow accrual")
        seen.type("\x03")
        assert seen.end("q") == 0
    assert "\x1b[1;31m" in seen.seen, "critical is red in it too"
    assert "ESC" not in seen.seen


def test_every_command_that_shows_can_page(lived: Program, pager: Path) -> None:
    for words in (["list"], ["results"], ["diff", TWO], ["show", THREE], ["doctor", "--offline"]):
        with screen(lived, *words, rows=3, environment={"PAGER": quoted(pager)}) as seen:
            seen.end()
        assert "paged by" in seen.seen, words
