"""Print `results --owing`: one line for each trial and rule that asks for its results."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.changes.wording.words import count_of
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, note
from tracker.services.results.owing import FoundOwing

__all__ = ["answer_of_owing", "tell_owing"]

FIELDS = ("trial", "title", "sponsor", "rule", "due", "days_late", "state")
LONG = 365
"""Days late from which a line is shown in red."""


def answer_of_owing(found: FoundOwing, empty: str) -> Answer:
    """Return what is owed, as JSON and as a table."""
    columns = (
        Column("trial", "Trial"),
        Column("title", "Title", room=2, line=True),
        Column("sponsor", "Sponsor", room=1, line=True),
        Column("rule", "Rule"),
        Column("due", "Due"),
        Column("days_late", "Days late", _late, right=True, style=_style),
        Column("state", "Results", lambda row: row["state"] or "not told", spare=True),
    )
    rows = msgspec.to_builtins(found.rows)
    return Answer({"owing": rows}, "owing", FIELDS, columns, empty)


def tell_owing(found: FoundOwing) -> None:
    """Say below the table what it leaves out."""
    if found.more:
        note(f"And {found.more:,} more. All of them: leave out --limit")
    if found.perhaps:
        note(
            f"{count_of(found.perhaps, 'other trial')} may owe results: the record cannot tell whether a rule applies. "
            "See the due days with a question mark: trialwatch results"
        )


def _late(row: Any) -> str:
    return "in grace" if row["days_late"] is None else f"{row['days_late']:,}"


def _style(row: Any) -> str:
    return "red" if (row["days_late"] or 0) > LONG else ""
