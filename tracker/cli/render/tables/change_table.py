"""The table of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tracker.api.changes import Change, QuietPoll
from tracker.cli.render.column import Column, Row
from tracker.cli.render.output import Answer, Format, emit, note
from tracker.cli.render.tables.severity_styles import SEVERITY_STYLES
from tracker.cli.render.trial_heading import trial_heading
from tracker.polling.run.run_kinds import Quiet

__all__ = ["SHOWN_IN_A_TABLE", "answer_of_changes", "print_changes", "print_quiet"]

SHOWN_IN_A_TABLE = 50
_LEGEND = {"(us)": "(us): about Trialwatch itself, not about a trial."}


def print_changes(
    rows: Sequence[Row], titles: Mapping[str, str], most: int | None = None, *, explain: bool = False
) -> None:
    """Print the table of changes in the order of time, the latest `most` of them, with the titles of the trials."""
    shown = rows[-most:] if most else rows
    titled = [{**row, "title": titles.get(row["trial"], "")} for row in shown]
    titled.sort(key=lambda row: (row["effective"], row["seq"]))
    if explain and titled:
        from tracker.cli.render.tables.severity_table import print_reasons  # noqa: PLC0415  (rich, only for a table)

        print_reasons(titled)
    else:
        emit(answer_of_changes(titled), Format.TABLE)
    if len(shown) < len(rows):
        note(f"These are the latest {len(shown)}. For more of them: --limit N, or all with -o csv")


def print_quiet(polls: Sequence[QuietPoll], titles: Mapping[str, str]) -> None:
    """Print polls that reported nothing of a trial, in the order of time, with the reason of each."""
    sentences = {it.value: it.sentence for it in Quiet}
    rows = [
        {"at": it.at, "trial": it.trial, "title": titles.get(it.trial, ""), "why": sentences.get(it.reason, it.reason)}
        for it in polls
    ]
    columns = (
        Column("at", "Polled", instant=True),
        Column("trial", "Trial"),
        Column("title", "Title", room=1, line=True, spare=1, joins="why"),
        Column("why", "Why nothing was reported", room=1),
    )
    emit(Answer({"quiet": rows}, "quiet", ("at", "trial", "why"), columns), Format.TABLE)


def answer_of_changes(
    rows: Sequence[dict[str, Any]],
    *,
    explain: bool = False,
    quiet: Sequence[QuietPoll] | None = None,
    each: Callable[[], Iterable[Change]] | None = None,
) -> Answer:
    """Return the changes in every format. `each` yields them one at a time, for the formats without a table."""
    several = len({row["trial"] for row in rows}) > 1
    first = rows[0] if rows else {}

    def style(row: Any) -> str:
        return SEVERITY_STYLES[row["severity"]]

    return Answer(
        {"changes": rows} | ({} if quiet is None else {"quiet": msgspec.to_builtins(quiet)}),
        "changes",
        (
            "seq",
            "id",
            "trial",
            "kind",
            "severity",
            "summary",
            "effective",
            "observed_at",
            "from_version",
            "to_version",
            "backfilled",
            "fields",
            *(["explained"] if explain else []),
        ),
        (
            Column("seq", "No.", right=True),
            Column("effective", "In effect"),
            Column("trial", "Trial", lambda row: row["trial"] or "(us)", legend=_LEGEND),
            *([Column("title", "Title", room=1, line=True, spare=1, joins="summary")] if several else []),
            Column("severity", "Severity", style=style),
            Column("kind", "Kind", spare=2),
            Column("summary", "What happened", room=2, style=style),
        ),
        "No changes.",
        heading="" if several or not first.get("title") else trial_heading(first["trial"], first["title"]),
        each=each,
    )
