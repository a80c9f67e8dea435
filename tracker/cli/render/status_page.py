"""Print `status` for a person."""

from __future__ import annotations

from rich.text import Text

from tracker.api.poll import Status
from tracker.cli.render.local_time import local_minute
from tracker.cli.render.terminal import console, hanging
from tracker.records.clean import clean

__all__ = ["print_status"]


def print_status(found: Status) -> None:
    out = console()
    well = found.healthy
    out.print("Healthy" if well else "Needs attention", style="bold green" if well else "bold red")
    software = f"schema {found.schema}" + (f", SQLite {found.sqlite}" if found.sqlite else "")
    rows = (
        ("last poll", local_minute(found.last_poll) or "never; try: trialwatch poll"),
        ("registry data", local_minute(found.data_timestamp)),
        ("watched trials", f"{found.watched:,}"),
        ("daemon", _daemon(found)),
        ("alerts", _alerts(found)),
        ("store", f"{found.store}, {software}"),
    )
    for label, value in rows:
        if value:
            hanging(out, f"  {label:<15} ", clean(value))
    for warning in found.warnings:
        hanging(out, Text("  ! ", style="yellow"), Text(clean(warning), style="yellow"))


def _alerts(found: Status) -> str:
    """Return which messages are waiting or dead. Empty if there are none."""
    waiting = ((found.pending, "pending"), (found.dead, "dead"))
    return ", ".join(f"{count:,} {state}" for count, state in waiting if count)


def _daemon(found: Status) -> str:
    """Return what polls by itself and when. Empty if nothing does."""
    if found.daemon is None:
        return ""
    return f"{found.daemon}, next look {local_minute(found.next_look) or 'at once'}"
