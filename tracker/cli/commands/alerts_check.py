"""alerts check: check the channels and rules of the config file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import typer
from rich.text import Text

from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.terminal import console, hanging
from tracker.context.clock_of import clock_of
from tracker.records.clean import clean
from tracker.services.alerts.check import check_with_store

__all__ = ["command"]

MISTAKEN = 2
"""Exit code of `alerts check` for a wrong setting, as for any command that reads the file."""


def command(output: Output = None) -> None:
    """Check the channels and rules of the config file, and show what each of them does. Nothing is sent.

    Exit code 2 if something in the file is wrong, or a secret it names is missing.

    \b
    Example:  trialwatch alerts check
    """
    loaded = settings()
    found = check_with_store(loaded, clock_of(loaded))
    fields = ("file", "owner", "mistakes", "channels", "rules", "notes")
    shown = msgspec.to_builtins(found)
    emit(Answer({"check": shown}, "check", fields, table=lambda: _page(shown)), output, pager=True)
    unusable = any(row.state == "unusable" for row in found.channels)
    raise typer.Exit(MISTAKEN if found.mistakes or unusable else 0)


def _page(found: Mapping[str, Any]) -> None:
    out = console()
    mistakes = found["mistakes"]
    verdict = count_of(len(mistakes), "mistake") if mistakes else "no mistakes"
    head = f"{found['file']}: {verdict}" if found["file"] else "There is no config file"
    out.print(Text(clean(head), style="bold red" if mistakes else "bold"))
    for row in mistakes:
        line = f"line {row['line']}, " if row["line"] else ""
        hanging(out, Text("  ! ", style="red"), Text(clean(f"{line}{row['place']}: {row['key']} {row['reason']}")))
    for heading, key, kind in (("Channels", "channels", "channel"), ("Rules", "rules", "rule")):
        width = max((len(row[kind]) for row in found[key]), default=0)
        if found[key]:
            out.print(f"\n{heading}", style="bold")
        for row in found[key]:
            hanging(out, f"  {clean(row[kind]):<{width}}  ", _does(row))
    out.print() if found["notes"] else None
    for sentence in found["notes"]:
        hanging(out, Text("  ! ", style="yellow"), Text(clean(f"{sentence}."), style="yellow"))


def _does(row: Mapping[str, Any]) -> Any:
    state = row.get("state", "ready")
    text = Text() if state == "ready" else Text(f"{state}: ", style="bold red")
    reason = row.get("reason", "")
    return text.append(clean("; ".join(part for part in (row["does"], reason) if part)), style="")
