"""Options and arguments whose text stays as it was typed, so that a short command starts without pydantic.

Typer converts every value by pydantic, even the value of an option that was left out. The import alone takes a third of
a short command. A text comes out as it went in, so here it does not go in. Typer still converts all other values:
numbers, paths without a parser, choices.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from typer.core import TyperArgument, TyperOption

__all__ = ["as_typed"]


@cache
def as_typed(made: Any) -> Any:
    """Return a parameter that typer has made, as one that does not convert texts. For the same one, the same answer."""
    return _Option(made) if isinstance(made, TyperOption) else _Argument(made)


class _Option(TyperOption):
    def __init__(self, made: TyperOption) -> None:
        vars(self).update(vars(made))

    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value) if _is_text(self, value) else super().process_value(ctx, value)


class _Argument(TyperArgument):
    def __init__(self, made: TyperArgument) -> None:
        vars(self).update(vars(made))

    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value) if _is_text(self, value) else super().process_value(ctx, value)


def _is_text(parameter: TyperOption | TyperArgument, value: Any) -> bool:
    """Return whether a value is a text or left out. False for what is missing: typer refuses it."""
    if parameter.required and parameter.value_is_missing(value):
        return False
    wanted = parameter.type_descriptor
    return value is None or wanted.annotation in (str, list[str]) or wanted.parameter_info.parser is not None


def _processed(parameter: TyperOption | TyperArgument, ctx: Any, value: Any) -> Any:
    """Do what typer does with a value but convert it: our own parser and callback are called."""
    parser = parameter.type_descriptor.parameter_info.parser
    parsed = value if value is None or parser is None else parser(value)
    return parsed if parameter.callback is None else parameter.callback(ctx, parameter, parsed)
