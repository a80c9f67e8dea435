"""The table of trials that `watch`, `unwatch` and `list` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tracker.api.trials import Trial
from tracker.changes.wording.words import status_words
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer
from tracker.services.watching.trial_list import SortBy

__all__ = ["answer_of_rows"]

MERITS = ("sponsor", "due", "overdue", "late", "posted", "slip", "changed")
"""As in `tracker.services.results.portfolio.PortfolioLine`."""


def answer_of_rows(trials: Sequence[Trial], empty: str, sort: SortBy = SortBy.TRIAL) -> Answer:
    """Return the rows in every format. `empty` is the table's sentence for no rows. `sort` is the column to add."""
    rows = msgspec.to_builtins(list(trials))
    merit = {
        SortBy.OVERDUE: Column("overdue", "Overdue", lambda row: _days(row["overdue"]), right=True),
        SortBy.SLIP: Column("slip", "Slip", lambda row: _days(row["slip"]), right=True),
        SortBy.CHANGED: Column("changed", "Last change", lambda row: row["changed"] or "-"),
    }
    return Answer(
        {"trials": rows},
        "trials",
        (
            "trial",
            "title",
            "status",
            "enrollment.count",
            "enrollment.type",
            "results",
            "version",
            "last_checked",
            "tags",
            *(MERITS if sort.needs_versions else ()),
        ),
        (
            Column("trial", "Trial"),
            Column("title", "Title", room=3, line=True),
            Column("status", "Status", _status),
            Column("enrollment", "Enrolled", _enrolled, right=True),
            Column("results", "Results", lambda row: row["results"] or "-"),
            *([merit[sort]] if sort in merit else []),
            Column("tags", "Tags", lambda row: ", ".join(row["tags"]), room=1, line=True, spare=True),
            Column("last_checked", "Last checked", _checked, spare=True),
            Column("version", "Version", lambda row: str(row["version"] or "-"), right=True, spare=True),
        ),
        empty,
    )


def _days(days: int | None) -> str:
    return "-" if days is None else f"{days:,} {'day' if abs(days) == 1 else 'days'}"


def _status(row: Any) -> str:
    if row["gone_since"]:
        return "Gone from the registry"
    return status_words(row["status"]) if row["status"] else "not read yet"


def _checked(row: Any) -> str:
    return (row["last_checked"] or "never")[:16].replace("T", " ")


def _enrolled(row: Any) -> str:
    count, kind = row["enrollment"]["count"], row["enrollment"]["type"]
    if count is None:
        return "-"
    return f"{count:,}" if kind == "ACTUAL" else f"({count:,})"
