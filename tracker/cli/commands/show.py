"""show: show a record, now or as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from tracker.api.reported import ReportedResults
from tracker.backfill.choose_version import BASES
from tracker.cli.arguments import OneTrial, storable, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, write_json
from tracker.cli.version_choice import typed_moment
from tracker.context.open_store import clock_of, read_store
from tracker.errors import UsageError
from tracker.services.versions.reported import reported_results
from tracker.services.versions.show import VersionChoice, show, show_raw

__all__ = ["command"]


def command(
    id_: OneTrial,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As it was on this day.")] = None,
    basis: Annotated[
        str, typer.Option("--basis", metavar="B", help="registry: what the record said that day; known: what we knew.")
    ] = "registry",
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="This version.", callback=storable)
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The registry's own document, as stored.")] = False,
    results: Annotated[bool, typer.Option("--results", help="What this version reported as results.")] = False,
    output: Output = None,
) -> None:
    """Show a trial's record: the current one, an older version, or as it was on a day.

    \b
    Example:  trialwatch show NCT05349331 --as-of 2024-06-01
              trialwatch show NCT05349331 --results
    """
    if raw and results:
        raise UsageError("--raw and --results show two different things; give one of them")
    loaded = settings()
    clock = clock_of(loaded)
    choice = _choice(version, as_of, basis, clock.now())
    trial = trial_id(id_)
    with read_store(loaded, clock) as session:
        if raw:
            write_json(show_raw(session, trial, choice))
            return
        found = reported_results(session, trial, choice) if results else show(session, trial, choice)
    document = msgspec.to_builtins(found) if isinstance(found, ReportedResults) else found.document

    def table() -> None:
        from tracker.cli.render.page import print_page, print_reported  # noqa: PLC0415  (rich is of no use in a pipe)

        if isinstance(found, ReportedResults):
            print_reported(found)
        else:
            print_page(found.record, found.document)

    emit(Answer(document, "", tuple(document), table=table), output)


def _choice(version: int | None, as_of: str | None, basis: str, now: datetime) -> VersionChoice:
    """Return the version that the options mean."""
    meaning = next((it for it in BASES if it == basis), None)
    if meaning is None:
        raise typer.BadParameter(f"{basis[:40]!r} is none of {', '.join(BASES)}", param_hint="--basis")
    if version is not None and as_of is not None:
        raise UsageError("--version and --as-of name two different things; give one of them")
    if as_of is not None:
        return VersionChoice(when=typed_moment(as_of, now), basis=meaning)
    if meaning == "known":
        raise UsageError("--basis says how --as-of is meant; give a date with it, such as --as-of 2024-06-01")
    return VersionChoice(version)
