"""A group of commands whose modules are imported only when needed."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from tracker.cli.command_table import LazyCommand

__all__ = ["lazy_group"]


class _LazyCommands(UserDict[str, Any]):
    """Commands by name. A command of the table is imported when it is looked up."""

    def __init__(self, table: Sequence[LazyCommand], others: Mapping[str, Any]) -> None:
        super().__init__({row.name: row for row in table} | dict(others))

    def __getitem__(self, name: str) -> Any:
        found = self.data[name]
        if isinstance(found, LazyCommand):
            found = self.data[name] = _imported(found)
        return found


def _imported(row: LazyCommand) -> Any:
    module = import_module(f"tracker.cli.commands.{row.module}")
    single = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    single.command(row.name, short_help=row.short_help)(module.command)
    return typer.main.get_command(single)


def lazy_group(table: Sequence[LazyCommand]) -> type[TyperGroup]:
    """Return the class of a group that offers these commands, first and in this order."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = _LazyCommands(table, self.commands)

        def format_commands(self, _: Any, formatter: Any) -> None:
            """List the commands from the table, so that help imports none of them."""
            short = {row.name: row.short_help for row in table}
            rows = [(name, short.get(name) or self.commands[name].get_short_help_str()) for name in self.commands]
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    return LazyGroup
