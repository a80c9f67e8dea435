"""diff: compare two versions of a trial."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from storage.reads.in_session import SessionReader
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import end_without
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.page import print_diff
from tracker.cli.typed.arguments import OneTrial
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store
from tracker.services.typed.trial_ids import trial_id
from tracker.services.typed.version_choice import typed_span
from tracker.services.versions.diff import diff

__all__ = ["command"]


def command(
    id_: OneTrial,
    span: Annotated[
        list[str] | None,
        typer.Argument(metavar="A B", help="Version numbers or dates, also as A..B. Default: the last two versions."),
    ] = None,
    output: Output = None,
) -> None:
    """Show the differences between two versions of a trial.

    \b
    Example:  trialwatch diff NCT05349331 1 3
              trialwatch diff NCT05349331 2024-01-01 today
              trialwatch diff NCT05349331 2024-01-01..2025-01-01
    """
    loaded = settings()
    clock = clock_of(loaded)
    wanted = typed_span(span, clock.now()) if span else None
    with read_store(loaded, clock) as session:
        found = diff(SessionReader(session), trial_id(id_), wanted)
    document = msgspec.to_builtins(found.diff)

    def table() -> None:
        print_diff(document, found.before, found.after, found.names)

    emit(Answer(document, "fields", ("field", "label", "before", "after"), table=table), output, pager=True)
    end_without([found.left_out] if found.left_out is not None else [])
