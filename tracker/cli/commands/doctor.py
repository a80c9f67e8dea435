"""doctor: check this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from storage.files.atomic_files import place_for, write_whole
from tracker.api.poll import Check
from tracker.app import open_context
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.typed.file_targets import file_to_write
from tracker.cli.typed.given_options import only_with
from tracker.config.settings import Settings
from tracker.errors import UsageError
from tracker.http.polite_client import Exchange
from tracker.services.diagnostics.doctor import examine, in_order
from tracker.services.diagnostics.live_check import LiveCheck, report_of
from tracker.services.polling.poll import lift_refusals

__all__ = ["command"]


def command(
    live: Annotated[bool, typer.Option("--live", help="Also ask the registries seven questions.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Make no network connection.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            parser=file_to_write,
            help=(
                "File for what --live finds, with the headers of the answers. Default: trialwatch-live- "
                "DATE-TIME.txt here."
            ),
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Check this installation: settings, store, SQLite, the registry, the clock, the alert channels.

    What has to be put right comes first. Each channel is dialled: a mail server up to the login, a webhook up to its
    certificate. No message is sent. A channel of type notify cannot be dialled without sending, so it is not tried.

    --live tests what the program expects of the registries: their version, one trial, an obsolete number, 200 numbers
    in one request, a search for twelve words, the history of one trial, and a page of the EU register. That takes
    about ten seconds. The headers of the answers are written to a file, which you can attach to a bug report.

    Exit code 1 if something must be fixed.

    \b
    Example:  trialwatch doctor
              trialwatch doctor --live --report live.txt
    """
    if live and offline:
        raise UsageError("--live asks the registries and --offline does not: give one of them", subject="doctor")
    only_with("--live", live, report=report)
    loaded = settings()
    checks = examine(loaded, offline=offline, ask_registries=not live)
    if live:
        checks = in_order([*checks, *_live(loaded, report)])
    columns = (
        Column("check", "Check"),
        Column("ok", "State", lambda row: {True: "ok", False: "broken", None: "note"}[row["ok"]], style=_style),
        Column("detail", "Detail", room=1),
    )
    emit(
        Answer({"checks": msgspec.to_builtins(checks)}, "checks", ("check", "ok", "detail"), columns),
        output,
        pager=True,
    )
    if chosen(output) is Format.TABLE:
        note(_summary(checks))
    raise typer.Exit(1 if any(it.ok is False for it in checks) else 0)


def _summary(checks: list[Check]) -> str:
    broken = sum(it.ok is False for it in checks)
    remarks = sum(it.ok is None for it in checks)
    more = f" {count_of(remarks, 'remark')}." if remarks else ""
    if broken:
        return f"{count_of(broken, 'thing')} to put right.{more}"
    return f"Nothing has to be put right.{more}" if remarks else "All is well."


def _live(loaded: Settings, report: Path | None) -> list[Check]:
    """Return a row for each of the seven questions. The report is written in any case."""
    if report is not None:
        place_for(report, force=True)
    heard: list[Exchange] = []
    with open_context(loaded, listener=heard.append) as context, progress() as show:
        lift_refusals(context.database)
        asked = LiveCheck(context, heard).run(show)
        now = context.clock.now()
    path = report or Path(f"trialwatch-live-{now:%Y%m%d-%H%M%S}.txt")
    write_whole(path, report_of(asked, now).encode(), force=report is not None)
    note(f"The heads of the answers are in {path}.")
    return [Check(check=f"live: {it.found.question}", ok=it.found.holds, detail=it.found.detail) for it in asked]


def _style(row: Any) -> str:
    return {True: "green", False: "bold red", None: "yellow"}[row["ok"]]
