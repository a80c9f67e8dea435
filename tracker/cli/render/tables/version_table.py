"""The table of a trial's versions."""

from __future__ import annotations

import msgspec

from tracker.api.trials import History
from tracker.changes.wording.words import status_words
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Format, emit
from tracker.cli.render.tables.enrollment import enrollment_column
from tracker.cli.render.trial_heading import trial_heading

__all__ = ["answer_of_versions", "print_versions"]

_BASES = {
    "data": "By data: the registry gives no day for this, so it counts from the data set in which it was seen.",
    "page": "By page: the day that a saved page gives itself.",
}


def print_versions(versions: History) -> None:
    """Print the table of versions, in the order of time."""
    emit(answer_of_versions(versions), Format.TABLE)


def answer_of_versions(versions: History, title: str | None = None) -> Answer:
    """Return the versions in every format. `title` is the trial's, for the line above the table."""
    return Answer(
        msgspec.to_builtins(versions),
        "versions",
        (
            "version",
            "registry_version",
            "effective",
            "effective_basis",
            "observed_at",
            "source",
            "status",
            "enrollment.count",
            "enrollment.type",
            "results",
            "sha256",
        ),
        (
            Column("version", "Version", right=True),
            Column("effective", "In effect from"),
            Column("effective_basis", "By", spare=1, legend=_BASES),
            Column("status", "Status", lambda row: status_words(row["status"]), room=1),
            enrollment_column(),
            Column("results", "Results", lambda row: row["results"] or "not told"),
            Column("observed_at", "Seen by us", spare=2, instant=True),
            Column("source", "Source", spare=3),
        ),
        heading=trial_heading(versions.trial, title) if title else "",
    )
