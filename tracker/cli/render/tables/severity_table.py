"""Print `changes --explain`: under each change the reasons of its severity, and what was muted in the step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from tracker.cli.render.column import Row
from tracker.cli.render.table_layout import cut
from tracker.cli.render.tables.severity_styles import SEVERITY_STYLES
from tracker.cli.render.terminal import console, hanging
from tracker.cli.render.trial_heading import trial_heading
from tracker.records.clean import clean

__all__ = ["print_reasons"]

_LEAD = 12
_SHOWN = 12
_OTHERS = {
    "dates": "from dates alone",
    "duty": "of what a rule asks for",
    "trial": "of the trial as a whole",
    "cohort": "of a set it is in",
}


def print_reasons(rows: Sequence[Row]) -> None:
    """Print one block per change, in the given order. What was muted follows once per step, after its last change."""
    out = console()
    several = len({row["trial"] for row in rows}) > 1
    if not several and rows[0]["title"]:
        out.print(Text(cut(clean(trial_heading(rows[0]["trial"], rows[0]["title"])), out.width), style="bold"))
    for place, row in enumerate(rows):
        head = f"No. {row['seq']}  {row['effective']}  {row['trial'] or '(us)'}  {row['severity']}  {row['kind']}"
        out.print(Text(clean(head), style=SEVERITY_STYLES[row["severity"]]))
        if several and row["title"]:
            out.print(Text(cut(f"  {clean(row['title'])}", out.width), style="dim"))
        _line(out, "", row["summary"])
        why = row["explained"]
        for reason in why["reasons"]:
            _line(out, reason["by"], _said(reason, row["summary"]))
        if why["severity"] is None:
            _line(out, "today", "today's rules would not tell this of these two versions; it stays as it was stored")
        elif why["severity"] != row["severity"]:
            _line(out, "today", f"today's rules would say {why['severity']}; it stays as it was stored")
        if place + 1 == len(rows) or _step(rows[place + 1]) != _step(row):
            _print_muted(out, [item for item in why["muted"] if item["field"] not in _listed(rows[: place + 1], row)])
        out.print()


def _step(row: Row) -> tuple[Any, ...]:
    return (row["trial"], row["from_version"], row["to_version"])


def _listed(rows: Sequence[Row], last: Row) -> set[str]:
    """Return fields whose rows were already printed by other changes of the same step."""
    of_step = (row for row in rows if _step(row) == _step(last))
    return {field["field"] for row in of_step for field in row["fields"]}


def _said(reason: Row, summary: str) -> str:
    if reason["by"] == "field":
        return f"{reason['severity']} by the row {reason['name']} ({reason['said']})"
    if reason["by"] == "values":
        value_words = "" if summary.startswith(reason["said"]) else f": {reason['said']}"
        return f"{reason['severity']} by what it changed to{value_words}"
    if reason["by"] == "sign":
        return f"{reason['severity']} by {reason['name']}: {reason['said']}"
    return f"{reason['severity']}, told {_OTHERS.get(reason['by'], 'as it is')}: {reason['name']}"


def _print_muted(out: Console, muted: Sequence[dict[str, str]]) -> None:
    if not muted:
        return
    for item in muted[:_SHOWN]:
        _line(out, "muted", f"{item['field']} ({item['because']})")
    if len(muted) > _SHOWN:
        _line(out, "muted", f"and {len(muted) - _SHOWN:,} more; all with -o json")


def _line(out: Console, lead: str, text: str) -> None:
    hanging(out, Text(f"  {lead:<{_LEAD}}", style="dim"), Text(clean(text)))
