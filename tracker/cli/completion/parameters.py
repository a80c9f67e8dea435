"""Commands as a shell's completion needs them: from a table, without importing the modules of the commands.

A command's module imports what the command works with, which takes longer than a person waits after Tab. The table is
`parameters.json`, written by `python -m docs.generate`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.cli.completion.completed_words import words_for
from tracker.cli.one_command import command_of

__all__ = ["TABLE", "parameter_rows", "stand_in"]

TABLE = Path(__file__).with_name("parameters.json")

Row = Mapping[str, Any]
_WORDS = {
    "ID": "ids",
    "--tag": "tags",
    "--channel": "channels",
    "CHANNEL": "channels",
    "--kind": "kinds",
    "KIND": "kinds",
    "--field": "fields",
    "--rule": "rules",
    "config_set KEY": "config keys",
}
"""Which words a parameter takes: by its name, by its metavar, or by the module of its command and its metavar."""


def stand_in(module: str, name: str, short_help: str) -> Any:
    """Return a command with the parameters of the one in `module`, which does nothing. None if the table lacks it."""
    rows = _read().get(module)
    if rows is None:
        return None

    def function(**_: Any) -> None:
        """Do nothing."""

    parameters = [_parameter(f"p{place}", row) for place, row in enumerate(rows)]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {it.name: it.annotation for it in parameters}
    return command_of(function, name, short_help=short_help)


def parameter_rows(module: str, command: Any) -> list[Row]:
    """Return the rows of a command for the table."""
    return [_row(module, param) for param in command.params]


def _row(module: str, param: Any) -> Row:
    metavar = param.metavar or ""
    names = ["/".join([*param.opts, *param.secondary_opts])] if param.secondary_opts else list(param.opts)
    is_option = param.param_type_name == "option"
    words = next((_WORDS[it] for it in (*param.opts, metavar, f"{module} {metavar}") if it in _WORDS), "")
    choices = metavar.split("|") if is_option and metavar.islower() and "|" in metavar else []
    return {
        "names": names if is_option else [],
        "help": param.help or "",
        "kind": "flag"
        if getattr(param, "is_flag", False)
        else "list"
        if param.multiple or param.nargs == -1
        else "one",
        "words": words or choices,
    }


def _read() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return found


def _parameter(name: str, row: Row) -> inspect.Parameter:
    complete = _completer(row["words"]) if row["words"] else None
    kind: Any = {"flag": bool, "list": list[str] | None, "one": str | None}[row["kind"]]
    if row["names"]:
        about = typer.Option(*row["names"], help=row["help"], autocompletion=complete)
    else:
        about = typer.Argument(help=row["help"], autocompletion=complete)
    default = False if kind is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, about])


def _completer(words: str | list[str]) -> Callable[[str], list[tuple[str, str]]]:
    def complete(incomplete: str) -> list[tuple[str, str]]:
        return words_for(words, incomplete) if isinstance(words, str) else [(word, "") for word in words]

    return complete
