"""Plain values that skip typer's conversion, against typer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand

from tracker.cli.one_command import command_of


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def _probe(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    *,
    needed: Annotated[str, typer.Option("--needed")],
    called: Annotated[str | None, typer.Option("--called", callback=_upper)] = None,
    many: Annotated[list[str] | None, typer.Option("--many")] = None,
    number: Annotated[int | None, typer.Option("--number")] = None,
    ranged: Annotated[int, typer.Option("--ranged", min=1, max=65_535)] = 7,
    file: Annotated[Path | None, typer.Option("--file")] = None,
    parsed: Annotated[Path | None, typer.Option("--parsed", parser=Path)] = None,
    flag: Annotated[bool, typer.Option("--flag")] = False,
) -> Any:
    """Return what a command is given."""
    return ids, needed, called, many, number, ranged, file, parsed, flag


def _answer(kind: type[TyperCommand] | None, words: list[str]) -> Any:
    command = command_of(_probe, "probe", kind) if kind else command_of(_probe, "probe")
    try:
        return command.main(words, standalone_mode=False)
    except typer.TyperException as error:
        return type(error), error.format_message()


_NUMBERS = ["5", "0", "007", "1", "65535", "65536", "-1", "+5", "5_0", "5.0", "", " 5", "٣", "x", "9" * 18, "9" * 30]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a", "b", "\udcff"],
        ["--called", "é", "--many", "", "--many", "\udcff"],
        ["--file", "here", "--parsed", "there", "--flag"],
        ["--called"],
        *([option, number] for option in ("--number", "--ranged") for number in _NUMBERS),
    ],
)
@pytest.mark.parametrize("needed", [["--needed", ""], []])
def test_a_command_is_given_what_typer_gives(words: list[str], needed: list[str]) -> None:
    assert _answer(None, [*words, *needed]) == _answer(TyperCommand, [*words, *needed])
