"""results: where the results are, who asks for them by when, and the scorecard of sponsors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tag, Trials, known_trials, nothing_watched, settings, tell_unknown
from tracker.cli.output import Answer, Column, Output, emit, note

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    app.command("results", short_help="Show where the results are.")(results)


def results(
    ids: Trials = None,
    tag: Tag = None,
    ical: Annotated[
        Path | None, typer.Option("--ical", metavar="FILE", help="Also write the due dates as a calendar (.ics).")
    ] = None,
    output: Output = None,
) -> None:
    """Show where each trial's results are, every step so far, who asks for them by when, and how late they are.

    A due date with a question mark holds if the rule applies, which the record cannot tell.

    \b
    Example:  trialwatch results NCT05349331
    """
    from storage import trials
    from tracker.answers.results import results_of
    from tracker.opening import clock_of, open_store

    loaded = settings()
    clock = clock_of(loaded)
    now = clock.now()
    with open_store(loaded, clock) as database, database.read() as session:
        if ids:
            known, unknown = known_trials(session, ids)
        else:
            known, unknown = [row.trial.trial for row in trials.rows(session, tag) if row.trial.versions], []
        rows = [results_of(session, trial, now.date()) for trial in known]
    if ical is not None:
        _write_calendar(ical, rows, now)
    emit(_results_answer(rows, tag), output)
    tell_unknown(unknown)
    if unknown:
        raise typer.Exit(3)


def _write_calendar(file: Path, rows: list[dict[str, Any]], now: datetime) -> None:
    from tracker.results.calendar import calendar_of

    calendar = calendar_of(rows, now)
    file.write_bytes(calendar.encode())
    count = calendar.count("BEGIN:VEVENT")
    note(f"{count:,} due {'date is' if count == 1 else 'dates are'} in {file}")


def _results_answer(rows: list[dict[str, Any]], tag: str | None) -> Answer:
    return Answer(
        {"trials": rows},
        "trials",
        ("trial", "state", "cycle", "duties", "since", "days_in_state"),
        empty=nothing_watched(tag),
        table=(lambda: _results_table(rows)) if rows else None,
    )


def _results_table(rows: list[dict[str, Any]]) -> None:
    """One line a duty that applies or may apply; the trial is told on its first. A single trial's reasons follow."""
    from tracker.cli.table import print_table
    from tracker.cli.terminal import console, hanging
    from tracker.records.clean import clean

    columns = (
        Column("trial", "Trial"),
        Column("title", "Title", room=2, line=True, spare=True),
        Column("state", "Results", _state),
        Column("cycle", "Steps so far", _steps, room=3),
        Column("rule", "Asked by"),
        Column("due", "Due"),
        Column("late", "Days late", right=True),
    )
    print_table(columns, [line for row in rows for line in _duty_lines(row)])
    if len(rows) == 1:
        out = console()
        out.print()
        for duty in rows[0]["duties"]:
            hanging(out, f"{duty['rule']}:  ", clean(duty["why"]))


def _duty_lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    told = [
        {"rule": duty["rule"], "due": _due(duty), "late": _late(duty)}
        for duty in row["duties"]
        if duty["applies"] is not False
    ]
    first, *others = told or [{"rule": "-"}]
    return [row | first, *others]


def _due(duty: dict[str, Any]) -> str:
    return f"{duty['due'] or 'unknown'}{'' if duty['applies'] else '?'}"


def _late(duty: dict[str, Any]) -> str:
    days, strict = duty["days_late"], duty["days_late_strict"]
    if days == strict:
        return "" if days is None else f"{days:,}"
    return f"{days or 0:,}" if strict is None else f"{days or 0:,} (strictly {strict:,})"


def _state(row: Any) -> str:
    if "trial" not in row:
        return ""
    days = row["days_in_state"]
    return f"{row['state'] or 'not told'}{'' if days is None else f', {days:,} days'}"


def _steps(row: Any) -> str:
    told = ", ".join(f"{step['event']} {step['date'] or 'on an unknown day'}" for step in row.get("cycle", ()))
    return told or ("-" if "trial" in row else "")
