"""changes and results: what happened, and where the results are."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tag, Trials, known_trials, moment, nothing_watched, settings, storable, tell_unknown
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

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
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar="S", help="admin, minor, major or critical.")
    ] = "admin",
    tag: Tag = None,
    after: Annotated[
        int | None, typer.Option("--after", metavar="SEQ", help="Only changes after this seq.", callback=storable)
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.", callback=storable)
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what you have not been shown with --new before.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when there are changes.")] = False,
    output: Output = None,
) -> None:
    """Show what changed.

    A table shows the latest 50 in the order of time; the other formats everything that matches, in the order of seq.

    \b
    Example:  trialwatch changes --since 7d --min-severity major --kind 'results.*'
    """
    from storage import history
    from tracker.opening import clock_of, open_store
    from tracker.past import titles_of
    from tracker.rows import change_out

    loaded = settings()
    clock = clock_of(loaded)
    asked = (sorted(ids or ()), sorted(kind or ()), min_severity, tag, since, until)
    table = chosen(output) is Format.TABLE
    reader = _Reader.of(asked if any((ids, kind, min_severity != "admin", tag, since, until)) else None)
    with open_store(loaded, clock) as database:
        with database.read() as session:
            known, unknown = known_trials(session, ids) if ids else (None, [])
            seen = max(after or 0, reader.shown(session)) if new else after
            bounds = _bounds(since, until, clock.now())
            few = SHOWN_IN_A_TABLE + 1 if table and seen is None else None
            wanted = _filter(known, kind, min_severity, tag, seen, limit or few, bounds)
            found = [change_out(row, fields) for row, fields in history.changes(session, wanted)]
            titles = titles_of(session, {row["trial"] for row in found})
            last = found[-1]["seq"] if found and limit else history.last_seq(session)
        if table:
            print_changes(found, titles, most=limit or (len(found) if new else SHOWN_IN_A_TABLE))
        else:
            emit(_answer(found), output)
        if new:
            sys.stdout.flush()  # what could not be printed has not been shown
            with database.write() as session:
                reader.mark(session, last)
    tell_unknown(unknown)
    raise typer.Exit(CHANGES_FOUND if exit_code and found else 3 if unknown else 0)


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
    bounds: dict[str, Any],
) -> ChangeFilter:
    from storage.history import ChangeFilter
    from tracker.changes.fields import SEVERITIES

    if min_severity not in SEVERITIES:
        raise UsageError(
            f"--min-severity is one of {', '.join(SEVERITIES)}, not {min_severity[:40]!r}", subject=min_severity[:40]
        )
    return ChangeFilter(
        trials=None if known is None else tuple(known),
        kinds=tuple(kinds) if kinds else None,
        severities=None if min_severity == "admin" else SEVERITIES[SEVERITIES.index(min_severity) :],
        tag=tag,
        after_seq=after,
        limit=limit,
        **bounds,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who is asking, so that the same person at the same store is shown a thing once.

    A question with filters keeps its own place, since it leaves out what the person has not seen. It never goes back
    behind what the same person was shown of everything.
    """

    user: str
    question: str

    @classmethod
    def of(cls, question: object) -> _Reader:
        import getpass
        from hashlib import sha256

        user = f"cli:{getpass.getuser()}"
        digest = sha256(repr(question).encode(errors="backslashreplace")).hexdigest()
        return cls(user, user if question is None else f"{user}:{digest[:16]}")

    def shown(self, session: Session) -> int:
        from storage import history

        return max(history.shown(session, self.user), history.shown(session, self.question))

    def mark(self, session: Session, seq: int) -> None:
        from storage import history

        history.mark_shown(session, self.question, seq)


def print_changes(rows: list[dict[str, Any]], titles: Mapping[str, str], most: int | None = None) -> None:
    """The table of changes in the order of time, the latest `most` of them, each with its trial's title."""
    shown = rows[-most:] if most else rows
    told = [{**row, "title": titles.get(row["trial"], "")} for row in shown]
    emit(_answer(sorted(told, key=lambda row: (row["effective"], row["seq"]))), Format.TABLE)
    if len(shown) < len(rows):
        note(f"These are the latest {len(shown)}. For more of them: --limit N, or all with -o csv")


def _answer(rows: list[dict[str, Any]]) -> Answer:
    from tracker.cli.terminal import SEVERITY_STYLES

    several = len({row["trial"] for row in rows}) > 1

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
            *([Column("title", "Title", room=1, line=True, spare=True)] if several else []),
            Column("severity", "Severity", style=style),
            Column("kind", "Kind", spare=True),
            Column("summary", "What happened", room=2, style=style),
        ),
        "No changes.",
    )


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
    from tracker.opening import clock_of, open_store
    from tracker.results_view import results_of

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
