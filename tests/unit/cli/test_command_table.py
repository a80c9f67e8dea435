"""The table of commands against the modules it names."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from inspect import isfunction

import pytest

from tests.support.paths import ROOT
from tracker.cli.command_table import ALERTS, COMMANDS, CONFIG, SECTIONS, TOKENS, LazyCommand

FOLDER = ROOT / "tracker/cli/commands"


def test_every_module_is_one_command() -> None:
    named = [row.module for row in (*COMMANDS, *ALERTS, *CONFIG, *TOKENS)]
    assert sorted(named) == sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("row", [*COMMANDS, *ALERTS, *CONFIG, *TOKENS], ids=lambda row: row.module)
def test_a_module_offers_its_command_and_is_named_as_it(row: LazyCommand) -> None:
    module = import_module(f"tracker.cli.commands.{row.module}")
    assert isfunction(module.command) and module.command.__module__ == module.__name__
    assert row.module.removeprefix("alerts_").removeprefix("config_").removeprefix("tokens_").rstrip("_") == row.name
    assert row.short_help.endswith(".") and len(row.short_help) <= 60


def test_each_command_is_in_one_section_of_the_help() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted([*(row.name for row in COMMANDS), "alerts", "config", "tokens"])


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("alerts", "--help"), ("config", "--help")])
def test_help_imports_no_command(words: tuple[str, ...]) -> None:
    script = "import sys; from tracker.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "tracker.cli.lazy_group" in run.stdout
    assert not [name for name in run.stdout.split() if name.startswith("tracker.cli.commands.")]
