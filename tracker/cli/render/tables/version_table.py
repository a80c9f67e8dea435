"""The table of a trial's versions."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.api.trials import History
from tracker.changes.wording.words import status_words
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Format, emit

__all__ = ["answer_of_versions", "print_versions"]


def print_versions(versions: History) -> None:
    """Print the table of versions, in the order of time."""
    emit(answer_of_versions(versions), Format.TABLE)


def answer_of_versions(versions: History) -> Answer:
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
            Column("effective_basis", "By", spare=True),
            Column("status", "Status", lambda row: status_words(row["status"])),
            Column("enrollment", "Enrolled", _enrolled, right=True),
            Column("results", "Results", lambda row: row["results"] or "not told"),
            Column("observed_at", "Seen by us", lambda row: row["observed_at"][:16].replace("T", " "), spare=True),
            Column("source", "Source", spare=True),
        ),
    )


def _enrolled(row: Any) -> str:
    count, kind = row["enrollment"]["count"], row["enrollment"]["type"]
    return "-" if count is None else f"{count:,}" if kind == "ACTUAL" else f"({count:,})"
