"""Print `results`: one line per duty, and for a single trial also its states and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.changes.wording.words import count_of
from tracker.cli.render.column import Column, Row
from tracker.cli.render.table import print_table
from tracker.cli.render.terminal import console, hanging
from tracker.records.clean import clean

__all__ = ["print_results"]

_LEGEND = {
    "?": "? The rule applies only under a condition that the record cannot show.",
    "*": "* WHO asks for results by then. They are due only if a signatory of its statement supports the trial.",
}


def print_results(rows: Sequence[Row]) -> None:
    """Print one line per duty that applies or may apply, the trial on its first. Add a single trial's reasons."""
    columns = (
        Column("trial", "Trial"),
        Column("title", "Title", room=2, line=True),
        Column("state", "Results", lambda row: row["state"] or "not told" if "trial" in row else ""),
        Column("since", "Since", _since, spare=2),
        Column("cycle", "Steps so far", _steps, room=3, spare=3),
        Column("rule", "Asked by"),
        Column("due", "Due", legend=_LEGEND),
        Column("late", "Days late", right=True, spare=1, style=lambda row: "bold red" if row.get("late") else ""),
    )
    print_table(columns, [line for row in rows for line in _duty_lines(row)])
    out = console()
    out.print()
    if len(rows) == 1:
        _print_reasons(rows[0])


def _print_reasons(row: Row) -> None:
    out = console()
    if row["states"]:
        hanging(out, "states:  ", clean(", ".join(_span(span) for span in row["states"])))
    if row["vanished"]:
        sentence = f"since {row['vanished']} the registry no longer lists what was {row['cycle'][-1]['event']}"
        hanging(out, "vanished:  ", clean(f"{sentence}: cancelled or erased, on an unknown day"))
    for duty in row["duties"]:
        hanging(out, f"{duty['rule']}:  ", clean(duty["why"]))


def _span(span: Row) -> str:
    days = span["days"]
    if days is None:
        return f"{span['state']} from {span['from'] or 'an unknown day'}"
    so_far = " so far" if span["to"] is None else ""
    return f"{span['state']} {count_of(days, 'day') if days else 'less than a day'}{so_far}"


def _duty_lines(row: Row) -> list[Row]:
    lines: list[Row] = [
        {"rule": duty["rule"], "due": _due(duty), "late": _late(duty)}
        for duty in row["duties"]
        if duty["applies"] is not False
    ]
    first, *others = lines or [{"rule": "-"}]
    return [{**row, **first}, *others]


def _due(duty: Row) -> str:
    mark = "*" if duty["asked_by"] and duty["due"] else "" if duty["applies"] else "?"
    return f"{duty['due'] or 'unknown'}{mark}"


def _late(duty: Row) -> str:
    days, strict = duty["days_late"], duty["days_late_strict"]
    if days == strict:
        return "" if days is None else f"{days:,}"
    return f"{days or 0:,}" if strict is None else f"{days or 0:,} (strictly {strict:,})"


def _since(row: Any) -> str:
    days = row["days_in_state"] if "trial" in row else None
    if days is None:
        return ""
    return "today" if days == 0 else f"{count_of(days, 'day')} ago"


def _steps(row: Any) -> str:
    steps = [f"{step['event']} {step['date'] or 'on an unknown day'}" for step in row.get("cycle", ())]
    if row.get("vanished"):
        steps.append(f"no longer listed since {row['vanished']}")
    return ", ".join(steps) or ("-" if "trial" in row else "")
