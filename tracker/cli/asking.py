"""changes: what happened."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tag, Trials, known_trials, moment, settings, storable, tell_left_out, tell_unknown
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from storage.engine.database import Database
    from storage.versions.history import ChangeFilter
    from tracker.errors import RecordError

__all__ = ["add_to", "print_changes"]

SHOWN_IN_A_TABLE = 50
CHANGES_FOUND = 10
"""Exit code with --exit-code."""


def add_to(app: typer.Typer) -> None:
    app.command("changes", short_help="Show what changed.")(changes)


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
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each has its severity, and what was muted.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when there are changes.")] = False,
    output: Output = None,
) -> None:
    """Show what changed.

    A table shows the latest 50 in the order of time; the other formats everything that matches, in the order of seq.
    With --explain both versions are read anew, by today's rules; what is stored stays as it was told.

    \b
    Example:  trialwatch changes --since 7d --min-severity major --kind 'results.*'
              trialwatch changes NCT05349331 --explain
    """
    from storage.versions import history
    from tracker.backfill.stored_records import titles_of
    from tracker.context.open_store import clock_of, open_store

    loaded = settings()
    clock = clock_of(loaded)
    table = chosen(output) is Format.TABLE
    reader = _Reader.of(ids, kind, min_severity, tag, since, until)
    with open_store(loaded, clock) as database:
        with database.read() as session:
            known, unknown = known_trials(session, ids) if ids else (None, [])
            seen = max(after or 0, reader.shown(session)) if new else after
            bounds = _bounds(since, until, clock.now())
            most = limit or (SHOWN_IN_A_TABLE + 1 if table and seen is None else None)
            found, left_out = _found(session, _filter(known, kind, min_severity, tag, seen, most, bounds), explain)
            titles = titles_of(session, {row["trial"] for row in found})
            last = found[-1]["seq"] if found and limit else history.last_seq(session)
        if table:
            print_changes(found, titles, limit or (len(found) if new else SHOWN_IN_A_TABLE), explain=explain)
        else:
            emit(_answer(found, explain=explain), output)
        if new:
            reader.mark(database, last)
    tell_unknown(unknown)
    partial = tell_left_out(left_out) or unknown
    raise typer.Exit(CHANGES_FOUND if exit_code and found else 3 if partial else 0)


def _found(session: Session, wanted: ChangeFilter, explain: bool) -> tuple[list[dict[str, Any]], list[RecordError]]:
    """The changes, and what could not be read of the versions that explain them."""
    from storage.versions import history
    from tracker.recording.row_mapping import change_out

    stored = history.changes(session, wanted)
    found = [change_out(row, fields) for row, fields in stored]
    left_out: list[RecordError] = []
    if not explain:
        return found, left_out
    from tracker.services.changes_explained import explained

    return explained(session, found, [row.subject for row, _ in stored], left_out), left_out


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
    from storage.versions.history import ChangeFilter
    from tracker.changes.fields import SEVERITIES
    from tracker.changes.kinds import odd_kind

    for wrong in filter(None, map(odd_kind, kinds or ())):
        note(f"--kind {wrong}")  # a misspelled one would find nothing for ever
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


def _user() -> str:
    """Who runs us; in a container that may be a number without a name."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who is asking, so that the same person at the same store is shown a thing once.

    A question with filters keeps its own place, since it leaves out what the person has not seen. It never goes back
    behind what the same person was shown of everything.
    """

    user: str
    question: str

    @classmethod
    def of(cls, ids: list[str] | None, kinds: list[str] | None, min_severity: str, *rest: str | None) -> _Reader:
        from hashlib import sha256

        user = f"cli:{_user()}"
        if not (ids or kinds or min_severity != "admin" or any(rest)):
            return cls(user, user)
        question = (sorted(ids or ()), sorted(kinds or ()), min_severity, *rest)
        digest = sha256(repr(question).encode(errors="backslashreplace")).hexdigest()
        return cls(user, f"{user}:{digest[:16]}")

    def shown(self, session: Session) -> int:
        from storage.versions import history

        return max(history.shown(session, self.user), history.shown(session, self.question))

    def mark(self, database: Database, seq: int) -> None:
        from storage.versions import history

        sys.stdout.flush()  # what could not be printed has not been shown
        with database.write() as session:
            history.mark_shown(session, self.question, seq)


def print_changes(
    rows: list[dict[str, Any]], titles: Mapping[str, str], most: int | None = None, *, explain: bool = False
) -> None:
    """The table of changes in the order of time, the latest `most` of them, each with its trial's title."""
    shown = rows[-most:] if most else rows
    told = [{**row, "title": titles.get(row["trial"], "")} for row in shown]
    told.sort(key=lambda row: (row["effective"], row["seq"]))
    if explain and told:
        from tracker.cli.reasons import print_reasons

        print_reasons(told)
    else:
        emit(_answer(told), Format.TABLE)
    if len(shown) < len(rows):
        note(f"These are the latest {len(shown)}. For more of them: --limit N, or all with -o csv")


def _answer(rows: list[dict[str, Any]], *, explain: bool = False) -> Answer:
    several = len({row["trial"] for row in rows}) > 1

    def style(row: Any) -> str:
        from tracker.cli.terminal import SEVERITY_STYLES

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
            *(["explained"] if explain else []),
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
