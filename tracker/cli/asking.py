"""changes and results: what happened, and where the results are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tag, Trials, known_trials, moment, settings
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.history import ChangeFilter

__all__ = ["add_to", "print_changes"]

SHOWN_IN_A_TABLE = 50
CHANGES_FOUND = 10
"""Exit code with --exit-code."""


def add_to(app: typer.Typer) -> None:
    app.command("changes", short_help="Show what changed.")(changes)
    app.command("results", short_help="Show where the results are.")(results)


def changes(
    ids: Trials = None,
    since: Annotated[str | None, typer.Option("--since", metavar="W", help="A date, an instant, or 7d, 12h.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="W", help="As --since.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="K", help="A kind or pattern, such as results.*; several times."),
    ] = None,
    min_severity: Annotated[str, typer.Option("--min-severity", help="admin, minor, major or critical.")] = "admin",
    tag: Tag = None,
    after: Annotated[int | None, typer.Option("--after", metavar="SEQ", help="Only changes after this seq.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what you have not been shown with --new before.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when there are changes.")] = False,
    output: Output = None,
) -> None:
    """Show what changed.

    A table shows the latest 50 in the order of time; the other formats everything that matches, in the order of seq.

    Example:  trialwatch changes --since 7d --min-severity major --kind 'results.*'
    """
    from storage import history
    from tracker.app import clock_of, open_store
    from tracker.rows import change_out

    loaded = settings()
    clock = clock_of(loaded)
    table = chosen(output) is Format.TABLE
    with open_store(loaded, clock) as database:
        with database.read() as session:
            known, unknown = known_trials(session, ids) if ids else (None, [])
            bounds = _bounds(since, until, clock.now())
            wanted = _filter(
                known, kind, min_severity, tag, after, limit or (SHOWN_IN_A_TABLE if table else None), new, bounds
            )
            found = [change_out(row, fields) for row, fields in history.changes(session, wanted)]
            last = found[-1]["seq"] if found else history.last_seq(session)
        if new:
            with database.write() as session:
                history.mark_shown(session, _reader(), last)
    if table:
        print_changes(found)
    else:
        emit(_answer(found), output)
    for trial in unknown:
        note(f"Nothing is stored about {trial}.")
    if exit_code and found:
        raise typer.Exit(CHANGES_FOUND)
    if unknown:
        raise typer.Exit(3)


def _bounds(since: str | None, until: str | None, now: datetime) -> dict[str, Any]:
    since_day, since_instant = moment(since, now) if since else (None, None)
    until_day, until_instant = moment(until, now) if until else (None, None)
    return {
        "since_day": since_day,
        "since_instant": since_instant,
        "until_day": until_day,
        "until_instant": until_instant,
    }


def _filter(
    known: list[str] | None,
    kinds: list[str] | None,
    min_severity: str,
    tag: str | None,
    after: int | None,
    limit: int | None,
    new: bool,
    bounds: dict[str, Any],
) -> ChangeFilter:
    from storage.history import ChangeFilter
    from tracker.changes.fields import SEVERITIES

    if min_severity not in SEVERITIES:
        raise UsageError(
            f"--min-severity is one of {', '.join(SEVERITIES)}, not {min_severity!r}", subject=min_severity
        )
    return ChangeFilter(
        trials=None if known is None else tuple(known),
        kinds=tuple(kinds) if kinds else None,
        severities=None if min_severity == "admin" else SEVERITIES[SEVERITIES.index(min_severity) :],
        tag=tag,
        after_seq=after,
        limit=limit,
        new_for=_reader() if new else None,
        **bounds,
    )


def _reader() -> str:
    """Who is asking: the same person at the same store is shown a thing once."""
    import getpass

    return f"cli:{getpass.getuser()}"


def print_changes(rows: list[dict[str, Any]]) -> None:
    """The table of changes, in the order of time."""
    emit(_answer(sorted(rows, key=lambda row: (row["effective"], row["seq"]))), Format.TABLE)


def _answer(rows: list[dict[str, Any]]) -> Answer:
    from tracker.cli.terminal import SEVERITY_STYLES

    def style(row: Any) -> str:
        return SEVERITY_STYLES[row["severity"]]

    return Answer(
        {"changes": rows},
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
        ),
        (
            Column("effective", "In effect"),
            Column("trial", "Trial", lambda row: row["trial"] or "(us)"),
            Column("severity", "Severity", style=style),
            Column("kind", "Kind"),
            Column("summary", "What happened", wide=True, style=style),
        ),
        "No changes.",
    )


def results(ids: Trials = None, tag: Tag = None, output: Output = None) -> None:
    """Show where each trial's results are: none, submitted, returned, cancelled or posted, and every step so far.

    Example:  trialwatch results NCT05349331
    """
    from storage import trials
    from tracker.app import open_store
    from tracker.results.view import results_of

    with open_store(settings()) as database, database.read() as session:
        if ids:
            known, unknown = known_trials(session, ids)
        else:
            known, unknown = [row.trial.trial for row in trials.rows(session, tag) if row.trial.versions], []
        rows = [results_of(session, trial) for trial in known]
    emit(_results_answer(rows), output)
    for trial in unknown:
        note(f"Nothing is stored about {trial}.")
    if unknown:
        raise typer.Exit(3)


def _results_answer(rows: list[dict[str, Any]]) -> Answer:
    return Answer(
        {"trials": rows},
        "trials",
        ("trial", "state", "cycle", "duties"),
        (
            Column("trial", "Trial"),
            Column("state", "Results"),
            Column("title", "Title", wide=True),
            Column("cycle", "Steps so far", _steps, wide=True),
        ),
        "No trial is watched yet. Try: trialwatch watch NCT05349331",
    )


def _steps(row: Any) -> str:
    return ", ".join(f"{step['event']} {step['date'] or 'on an unknown day'}" for step in row["cycle"]) or "-"
