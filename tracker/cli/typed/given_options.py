"""The options that were given, and whether they go together."""

from __future__ import annotations

from tracker.errors import UsageError
from tracker.services.spelling import as_option

__all__ = ["given", "not_with", "only_with"]


def given(**options: object) -> list[str]:
    """Return those options that were given a value, as they are typed: `posted_since` is --posted-since."""
    return [as_option(name) for name, value in options.items() if _is_given(value)]


def _is_given(value: object) -> bool:
    """Whether an option has a value. By identity, because 0 is a value, and equal to False."""
    return value is not None and value is not False and value != []


def only_with(what: str, is_there: object, **options: object) -> None:
    """Raise UsageError for an option that says something about `what`, if that was not asked for.

    An option that is taken and not obeyed would do something else than was asked.
    """
    names = given(**options)
    if names and not _is_given(is_there):
        go = "goes" if len(names) == 1 else "go"
        raise UsageError(f"{' and '.join(names)} {go} with {what}; add it", subject=names[0])


def not_with(what: str, is_there: object, **options: object) -> None:
    """Raise UsageError for an option that says nothing about `what`, if that was asked for."""
    names = given(**options)
    if names and _is_given(is_there):
        go = "does" if len(names) == 1 else "do"
        raise UsageError(f"{' and '.join(names)} {go} not go with {what}; leave one of them out", subject=names[0])
