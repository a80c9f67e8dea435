"""The table of trials that `watch`, `unwatch` and `list` print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tracker.api.trials import Trial
from tracker.changes.wording.words import moved_days, status_words
from tracker.cli.render.column import Column, Row
from tracker.cli.render.output import Answer, note
from tracker.cli.render.tables.enrollment import enrollment_column
from tracker.services.listing.list_order import SortBy

__all__ = ["EARLIER", "answer_of_rows"]

MERITS = ("sponsor", "due", "overdue", "late", "posted", "slip", "changed")
"""As in `tracker.services.results.portfolio.PortfolioLine`."""
EARLIER = {"−": "A slip with a minus: the date is earlier now."}

_LAST_NOTE = Column(
    "notes", "Your last note", lambda row: row["notes"][-1]["text"] if row["notes"] else "", room=1, line=True, spare=2
)


def answer_of_rows(trials: Iterable[Trial], empty: str, sort: SortBy = SortBy.TRIAL) -> Answer:
    """Return the rows in every format. `empty` is the table's sentence for no rows. `sort` is the column to add."""

    def table() -> None:
        from tracker.cli.render.table import print_table  # noqa: PLC0415  (rich costs 60 ms, in a pipe for nothing)

        rows = [msgspec.to_builtins(trial) for trial in trials]
        if rows:
            print_table(_columns(rows, sort), rows)
        else:
            note(empty)

    return Answer(
        {"trials": []},
        "trials",
        (
            *("trial", "title", "status", "enrollment.count", "enrollment.type"),
            *("results", "version", "last_checked", "tags"),
            *(MERITS if sort.needs_versions else ()),
        ),
        table=table,
        each=lambda: trials,
    )


def _columns(rows: Sequence[Row], sort: SortBy) -> Sequence[Column]:
    merit = {
        SortBy.OVERDUE: Column("overdue", "Overdue", lambda row: _days(row["overdue"]), right=True),
        SortBy.SLIP: Column("slip", "Slip", lambda row: _days(row["slip"]), right=True, legend=EARLIER),
        SortBy.CHANGED: Column("changed", "Last change", lambda row: row["changed"] or "-"),
    }
    return (
        Column("trial", "Trial"),
        Column("title", "Title", room=3, line=True),
        Column("status", "Status", _status, room=1, style=_status_style),
        enrollment_column(),
        Column("results", "Results", lambda row: row["results"] or "-"),
        *([merit[sort]] if sort in merit else []),
        Column("tags", "Tags", lambda row: ", ".join(row["tags"]), room=1, line=True, spare=1),
        *([_LAST_NOTE] if any(row["notes"] for row in rows) else []),
        Column("last_checked", "Last checked", lambda row: row["last_checked"] or "never", spare=2, instant=True),
        Column("version", "Version", lambda row: str(row["version"] or "-"), right=True, spare=3),
    )


def _days(days: int | None) -> str:
    return "-" if days is None else moved_days(days)


def _status(row: Any) -> str:
    if row["gone_since"]:
        return "Gone from the registry"
    return status_words(row["status"]) if row["status"] else "not read yet"


def _status_style(row: Any) -> str:
    return "bold red" if row["gone_since"] else ""
