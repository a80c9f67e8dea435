"""Options and arguments whose plain values skip typer's conversion, so that a command starts without pydantic.

Typer converts every value by pydantic, even the value of an option that was left out. The import alone takes a third of
a short command. A text comes out as it went in, and a small whole number is easily read. Typer still converts all other
values, and explains those that are wrong.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from typer.core import TyperArgument, TyperOption

__all__ = ["as_typed"]

_MOST_DIGITS = 18
_TYPERS = object()
"""Stands for a value that typer converts."""


@cache
def as_typed(made: Any) -> Any:
    """Return a parameter that typer has made, as one that reads plain values itself. Always the same one for `made`."""
    return _Option(made) if isinstance(made, TyperOption) else _Argument(made)


class _ReadsPlainValues:
    """What both kinds of parameters do before typer does."""

    def __init__(self, made: TyperOption | TyperArgument) -> None:
        vars(self).update(vars(made))

    def process_value(self, ctx: Any, value: Any) -> Any:
        parameter: Any = self
        plain = _plain(parameter, value)
        if plain is not _TYPERS:
            return _called_back(parameter, ctx, plain)
        typers: Any = super()
        return typers.process_value(ctx, value)


class _Option(_ReadsPlainValues, TyperOption):
    pass


class _Argument(_ReadsPlainValues, TyperArgument):
    pass


def _plain(parameter: TyperOption | TyperArgument, value: Any) -> Any:
    """Return a plain value as the command takes it, or `_TYPERS`."""
    if parameter.required and parameter.value_is_missing(value):
        return _TYPERS
    wanted = parameter.type_descriptor
    if value is None or wanted.annotation in (str, list[str]):
        return value
    if wanted.parameter_info.parser is not None:
        return wanted.parameter_info.parser(value)
    if wanted.annotation is int and isinstance(value, str) and value.isascii() and value.isdigit():
        return _number(parameter, value)
    return _TYPERS


def _number(parameter: TyperOption | TyperArgument, digits: str) -> Any:
    if len(digits) > _MOST_DIGITS:
        return _TYPERS
    number = int(digits)
    least, most = parameter.min, parameter.max
    return number if (least is None or number >= least) and (most is None or number <= most) else _TYPERS


def _called_back(parameter: TyperOption | TyperArgument, ctx: Any, value: Any) -> Any:
    """Return what the parameter's own callback makes of a value, as typer does."""
    return value if parameter.callback is None else parameter.callback(ctx, parameter, value)
