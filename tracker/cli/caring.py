"""verify and doctor: whether what we keep can be trusted, and whether this machine is fit for it."""

from __future__ import annotations

from typing import Any

import typer

from tracker.cli.common import settings
from tracker.cli.output import Answer, Column, Output, emit

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    app.command("verify", short_help="Check every stored byte.")(verify)
    app.command("doctor", short_help="Check this installation.")(doctor)


def verify(output: Output = None) -> None:
    """Check every stored byte against its hash, and every chain of versions and events. Exit code 1 when one is broken.

    \b
    Example:  trialwatch verify
    """
    from storage.integrity import verify as faults_of
    from tracker.cli.terminal import progress
    from tracker.opening import open_store

    with open_store(settings()) as database, database.read() as session, progress() as tell:
        found = [
            {"table": fault.table, "row": fault.row, "reason": fault.reason}
            for fault in faults_of(session, lambda what, done: tell(f"Checking {what}", done, 0))
        ]
    columns = (Column("table", "Table"), Column("row", "Row"), Column("reason", "What is wrong", room=1))
    fields = ("table", "row", "reason")
    emit(Answer({"faults": found}, "faults", fields, columns, "Everything stored is as it was written."), output)
    raise typer.Exit(1 if found else 0)


def doctor(output: Output = None) -> None:
    """Check this installation: settings, store, SQLite, the registry, the clock.

    Exit code 1 when something must be mended.

    \b
    Example:  trialwatch doctor
    """
    from tracker.doctor import examine

    rows: list[dict[str, Any]] = examine(settings())
    columns = (
        Column("check", "Check"),
        Column("ok", "State", lambda row: {True: "ok", False: "broken", None: "note"}[row["ok"]], style=_style),
        Column("detail", "Detail", room=1),
    )
    emit(Answer({"checks": rows}, "checks", ("check", "ok", "detail"), columns), output)
    raise typer.Exit(1 if any(row["ok"] is False for row in rows) else 0)


def _style(row: Any) -> str:
    return {True: "green", False: "bold red", None: "yellow"}[row["ok"]]
