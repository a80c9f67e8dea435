"""What all commands have in common: -h, --json beside -o, and TRIALWATCH_OUTPUT."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from tracker.cli.command_table import HELP_OPTIONS
from tracker.cli.typed.as_typed import as_typed
from tracker.cli.typed.formats import OUTPUT_VARIABLE, Format, format_of
from tracker.errors import UsageError

__all__ = ["OneCommand", "command_of"]


_OUTPUT, _JSON = "output", "as_json"


def _with_json(
    as_json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
) -> None:
    """Hold the option that every command with -o gets."""


class OneCommand(TyperCommand):
    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        names = [param.name for param in self.params]
        if _OUTPUT in names:
            flag = next(param for param in command_of(_with_json, "json", TyperCommand).params if param.name == _JSON)
            self.params.insert(names.index(_OUTPUT) + 1, flag)

    def get_params(self, ctx: Any) -> list[Any]:
        return [as_typed(param) for param in super().get_params(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, and put the output format that --json or the environment names in the place of -o."""
        rest = super().parse_args(ctx, args)
        is_json = ctx.params.pop(_JSON, False)
        if _OUTPUT in ctx.params and not ctx.resilient_parsing:
            ctx.params[_OUTPUT] = _chosen(ctx.params[_OUTPUT], is_json=is_json)
        return rest


def _chosen(output: Format | None, *, is_json: bool) -> Format | None:
    if is_json:
        if output not in (None, Format.JSON):
            raise UsageError(f"--json is -o json, and -o {output} was given too; give one of them", subject="--json")
        return Format.JSON
    default = os.environ.get(OUTPUT_VARIABLE, "")
    return output or (format_of(default, OUTPUT_VARIABLE) if default else None)


def command_of(function: Any, name: str, kind: type[TyperCommand] = OneCommand, short_help: str = "") -> Any:
    """Return a function as a command."""
    single = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    single.command(name, cls=kind, short_help=short_help, context_settings=dict(HELP_OPTIONS))(function)
    return typer.main.get_command(single)
