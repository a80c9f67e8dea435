"""A group of commands whose modules are imported only when needed."""

from __future__ import annotations

import os
from collections import UserDict
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

from typer.core import TyperCommand, TyperGroup

from tracker.changes.wording.nearest import nearest
from tracker.cli.command_table import COMPLETE_VARIABLE, LazyCommand
from tracker.cli.typed.as_typed import as_typed

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
    if COMPLETE_VARIABLE in os.environ:
        from tracker.cli.completion.parameters import stand_in  # noqa: PLC0415  (only for a shell's completion)

        if (found := stand_in(row.module, row.name, row.short_help)) is not None:
            return found
    from tracker.cli.one_command import command_of  # noqa: PLC0415  (the help of a group needs no command)

    module = import_module(f"tracker.cli.commands.{row.module}")
    return command_of(module.command, row.name, short_help=row.short_help)


def lazy_group(
    table: Sequence[LazyCommand],
    groups: Mapping[str, Sequence[str]] = MappingProxyType({}),
    sections: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> type[TyperGroup]:
    """Return the class of a group that offers these commands, first and in this order.

    `groups` are the names of the commands of the groups in it. `sections`: heading -> names, for `--help`.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = _LazyCommands(table, self.commands)

        def get_params(self, ctx: Any) -> list[Any]:
            return [as_typed(param) for param in super().get_params(ctx)]

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            """Find the command. An unknown one is refused with the nearest, also one of a group below."""
            if args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
                below = {last: f"{group} {last}" for group, names in groups.items() for last in names}
                near = nearest(args[0], [*self.commands, *below])
                hint = f" Did you mean: {below.get(near, near)}?" if near else ""
                ctx.fail(f"No such command {args[0][:40]!r}.{hint}")
            return super().resolve_command(ctx, args)

        def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
            """Offer the commands from the table, so that the names of commands import none of them."""
            whole = self.commands
            named = {row.name: TyperCommand(row.name, short_help=row.short_help) for row in table}
            self.commands = named | {name: whole[name] for name in whole if name not in named}
            try:
                return super().shell_complete(ctx, incomplete)
            finally:
                self.commands = whole

        def format_commands(self, _: Any, formatter: Any) -> None:
            """List the commands from the table, so that help imports none of them."""
            short = {row.name: row.short_help for row in table}
            rows = {name: short.get(name) or self.commands[name].get_short_help_str() for name in self.commands}
            wide = max(map(len, rows))
            for heading, names in {**sections, "Commands": [*rows]}.items():
                found = [(f"{name:<{wide}}", rows.pop(name)) for name in names if name in rows]
                if found:
                    with formatter.section(heading):
                        formatter.write_dl(found)

    return LazyGroup
