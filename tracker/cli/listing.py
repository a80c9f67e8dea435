"""The table of trials that `watch`, `unwatch` and `list` show: its rows and its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.cli.output import Answer, Column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from storage.versions.trials import Listed

__all__ = ["BY_MERIT", "SORTS", "answer_of_rows", "listed_rows"]

SORTS = ("trial", "status", "title", "checked", "overdue", "slip", "changed")
BY_MERIT = frozenset({"overdue", "slip", "changed"})
"""What only the versions of each trial tell; the most comes first."""
MERITS = ("sponsor", "due", "overdue", "late", "posted", "slip", "changed")
"""As `tracker.services.portfolio.Line` has them."""


def listed_rows(
    session: Session, now: datetime, only: set[str] | None, *, tag: str | None = None, watched_only: bool = True
) -> list[dict[str, Any]]:
    """The rows of `list`, by id: of `only` these trials (None: all), with `tag`, watched or not."""
    from storage.versions import trials

    found = [item for item in trials.rows(session, tag, watched_only) if only is None or item.trial.trial in only]
    return [_row(item, now) for item in found]


def _row(item: Listed, now: datetime) -> dict[str, Any]:
    from tracker.polling.schedule import planned_check
    from tracker.recording.row_mapping import instant_out
    from tracker.records.text import one_line

    trial = item.trial
    look = planned_check(trial, item.effective, now)
    return {
        "trial": trial.trial,
        "title": one_line(trial.title) or None,
        "status": trial.status or None,
        "enrollment": {"count": trial.enrollment_count, "type": trial.enrollment_type or None},
        "results": trial.results,
        "version": trial.current_version,
        "last_checked": instant_out(trial.last_checked_at),
        "tags": list(item.tags),
        "gone_since": instant_out(trial.gone_since),
        "next_look": {"at": instant_out(look.at), "reason": look.reason} if look and item.active else None,
    }


def answer_of_rows(rows: list[dict[str, Any]], empty: str, sort: str = "trial") -> Answer:
    """The rows in every format. `empty`: what a table says when there are none. `sort`: which column to add."""
    merit = {
        "overdue": Column("overdue", "Overdue", lambda row: _days(row["overdue"]), right=True),
        "slip": Column("slip", "Slip", lambda row: _days(row["slip"]), right=True),
        "changed": Column("changed", "Last change", lambda row: row["changed"] or "-"),
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
            *(MERITS if sort in BY_MERIT else ()),
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
    from tracker.changes.wording.words import status_words

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
