"""diff: compare two versions of a trial."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from tracker.cli.arguments import OneTrial, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.page import print_diff
from tracker.cli.version_choice import typed_moment
from tracker.context.open_store import clock_of, read_store
from tracker.errors import UsageError
from tracker.services.versions.diff import Span, diff
from tracker.services.versions.show import VersionChoice

__all__ = ["command"]

_NUMBER = re.compile(r"\d{1,6}")


def command(
    id_: OneTrial,
    span: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="Version numbers or dates; default: the last two versions.")
    ] = None,
    output: Output = None,
) -> None:
    """Show the differences between two versions of a trial.

    \b
    Example:  trialwatch diff NCT05349331 2024-01-01..2025-01-01
    """
    loaded = settings()
    clock = clock_of(loaded)
    wanted = None if span is None else _span(span, clock.now())
    with read_store(loaded, clock) as session:
        found = diff(session, trial_id(id_), wanted)
    document = msgspec.to_builtins(found.diff)

    def table() -> None:
        print_diff(document, found.before, found.after, found.names)

    emit(Answer(document, "fields", ("field", "label", "before", "after"), table=table), output)


def _span(text: str, now: datetime) -> Span:
    first, dots, second = text.partition("..")
    if not dots or not first or not second:
        raise UsageError(f"{text[:40]!r} is not A..B, such as 1..2 or 2024-01-01..2025-01-01", subject=text[:40])
    return _end(first, now), _end(second, now)


def _end(text: str, now: datetime) -> VersionChoice:
    return VersionChoice(int(text)) if _NUMBER.fullmatch(text) else VersionChoice(when=typed_moment(text, now))
