"""show: show a record, now or as it was."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from tracker.api.reported import ReportedResults
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Format, Output, emit, note, write_json
from tracker.cli.render.progress_bar import progress
from tracker.cli.typed.arguments import OneTrial, storable
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door
from tracker.errors import UsageError
from tracker.services.known_trials import step_to_store
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id
from tracker.services.typed.version_choice import version_choice
from tracker.services.versions.reported import reported_results
from tracker.services.versions.show import ShownVersion, show, show_raw

__all__ = ["command"]


def command(
    id_: OneTrial,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The record on this day (UTC). 2024-06 means its last day."),
    ] = None,
    basis: Annotated[
        str,
        typer.Option(
            "--basis", metavar="BASIS", help="With --as-of. registry: in effect that day. known: seen by then."
        ),
    ] = "registry",
    version: Annotated[
        int | None,
        typer.Option(
            "--version", metavar="N", help="Show version N. All versions: trialwatch history ID", callback=storable
        ),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print the registry's own document, as it was stored.")] = False,
    results: Annotated[bool, typer.Option("--results", help="What this version reported as results.")] = False,
    output: Output = None,
) -> None:
    """Show a trial's record: the current one, an older version, or as it was on a day.

    A trial that is not stored is asked for at its registry and shown as it is now. Nothing of it is stored.

    \b
    Example:  trialwatch show NCT05349331
              trialwatch show NCT05349331 --as-of 2024-06-01
              trialwatch show NCT05349331 --results
    """
    if raw and results:
        raise UsageError("--raw and --results show two different things; give one of them")
    loaded = settings()
    clock = clock_of(loaded)
    choice = version_choice(version, as_of, basis, clock.now())
    trial = trial_id(id_)
    may_be_asked = version is None and as_of is None and not results
    with open_door(loaded, clock) as door, door.read() as reader:
        step = step_to_store(reader, trial)
        if not step or not may_be_asked:
            if raw:
                write_json(show_raw(reader, trial, choice))
                return
            found = reported_results(reader, trial, choice) if results else show(reader, trial, choice)
            title = titles_of(reader, [trial]).get(trial)
    if step:
        _show_unstored(loaded, trial, raw=raw, output=output)
        note(f"Nothing is stored about {trial}: this is what the registry says now. {step.replace(' first', '')}")
    else:
        _emit(found, title, output)


def _emit(found: ShownVersion | ReportedResults, title: str | None, output: Format | None) -> None:
    document = msgspec.to_builtins(found) if isinstance(found, ReportedResults) else found.document

    def table() -> None:
        from tracker.cli.render.page import print_page, print_reported  # noqa: PLC0415  (rich is of no use in a pipe)

        if isinstance(found, ReportedResults):
            print_reported(found, title)
        else:
            print_page(found.record, found.document)

    emit(Answer(document, "", tuple(document), table=table), output, pager=True)


def _show_unstored(loaded: Settings, trial: str, *, raw: bool, output: Format | None) -> None:
    """Show what the registry says now, and store nothing."""
    # Imports HTTP, alerts and the backfill: half a second that a stored trial does not need.
    from tracker.app import open_context  # noqa: PLC0415
    from tracker.services.versions.show_unstored import show_unstored, show_unstored_raw  # noqa: PLC0415

    with open_context(loaded) as context, progress() as tell:
        tell("Asking the registry", 0, 0)
        document = show_unstored_raw(context, trial) if raw else None
        found = None if raw else show_unstored(context, trial)
    if found is None:
        write_json(document)
    else:
        _emit(found, None, output)
        if found.record.trial != trial:
            note(f"{trial} is an obsolete number of {found.record.trial}.")
