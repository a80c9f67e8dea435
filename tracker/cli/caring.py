"""doctor: whether this machine is fit for the work."""

from __future__ import annotations

from typing import Any

import typer

from tracker.cli.common import settings
from tracker.cli.output import Answer, Column, Output, emit

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    app.command("doctor", short_help="Check this installation.")(doctor)


def doctor(output: Output = None) -> None:
    """Check this installation: settings, store, SQLite, the registry, the clock, the channels of alerts.

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
