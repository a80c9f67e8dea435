"""changes: show what changed."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from storage.values.severity import RANKS, Severity, rank
from storage.versions.history import ChangeFilter
from tracker.changes.kinds import odd_kind
from tracker.cli.arguments import Tag, Trials, moment, storable, trial_ids
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.notes import tell_left_out, tell_unknown
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.change_table import SHOWN_IN_A_TABLE, answer_of_changes, print_changes, print_quiet
from tracker.context.open_store import clock_of, read_store, write_store
from tracker.errors import UsageError
from tracker.services.changes.changes import ChangeReader, ChangesRequest, FoundChanges, changes
from tracker.services.changes.moments import Moment

__all__ = ["CHANGES_FOUND", "command"]

CHANGES_FOUND = 10
"""Exit code with --exit-code."""


def command(
    ids: Trials = None,
    since: Annotated[str | None, typer.Option("--since", metavar="W", help="A date, an instant, or 7d, 12h.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="W", help="As --since.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="K", help="A kind or pattern, such as results.*; several times."),
    ] = None,
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar="S", help="admin, minor, major or critical.")
    ] = Severity.ADMIN,
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

    A table shows the latest 50 in the order of time. The other formats show everything that matches, in the order of
    seq. With --explain, both versions are read again, by today's rules. What is stored does not change. For trials you
    name, --explain also lists the latest polls that saw another document and reported nothing, with the reason.

    \b
    Example:  trialwatch changes --since 7d --min-severity major --kind 'results.*'
              trialwatch changes NCT05349331 --explain
    """
    clock = clock_of(loaded := settings())
    table = chosen(output) is Format.TABLE
    reader = ChangeReader.of(f"cli:{_user()}", ids, kind, min_severity, tag, since, until)
    asked = _filter(kind, min_severity, tag, after, limit, _bounds(since, until, clock.now()))
    request = ChangesRequest(
        trials=trial_ids(ids) if ids else None,
        filter=asked,
        new_for=reader if new else None,
        at_most=SHOWN_IN_A_TABLE + 1 if table else None,
        explain=explain,
    )
    with read_store(loaded, clock) as session:
        found = changes(session, request)
    if table:
        _print(found, limit or (len(found.changes) if new else SHOWN_IN_A_TABLE), explain=explain)
    else:
        rows = msgspec.to_builtins(found.changes)
        emit(answer_of_changes(rows, explain=explain, quiet=found.quiet), output)
    if new:
        sys.stdout.flush()  # a change that could not be printed was not shown
        with write_store(loaded, clock) as session:
            reader.mark_shown(session, found.last_seq)
    tell_unknown(found.unknown)
    partial = tell_left_out(found.left_out) or found.unknown
    raise typer.Exit(CHANGES_FOUND if exit_code and found.changes else 3 if partial else 0)


def _print(found: FoundChanges, most: int, *, explain: bool) -> None:
    print_changes(msgspec.to_builtins(found.changes), found.titles, most, explain=explain)
    if found.quiet:
        print_quiet(found.quiet)


def _bounds(since: str | None, until: str | None, now: datetime) -> tuple[Moment, Moment]:
    return (moment(since, now) if since else Moment(), moment(until, now) if until else Moment())


def _filter(
    kinds: list[str] | None,
    min_severity: str,
    tag: str | None,
    after: int | None,
    limit: int | None,
    bounds: tuple[Moment, Moment],
) -> ChangeFilter:
    since, until = bounds
    return ChangeFilter(
        kinds=_kinds(kinds),
        severities=_severities(min_severity),
        since_day=since.day,
        since_instant=since.instant,
        until_day=until.day,
        until_instant=until.instant,
        tag=tag,
        after_seq=after,
        limit=limit,
    )


def _kinds(kinds: list[str] | None) -> tuple[str, ...] | None:
    """Return the requested kinds. Report a kind that no change can have, because it would never find anything."""
    for wrong in filter(None, map(odd_kind, kinds or ())):
        note(f"--kind {wrong}")
    return tuple(kinds) if kinds else None


def _severities(least: str) -> tuple[str, ...] | None:
    if least not in RANKS:
        raise UsageError(f"--min-severity is one of {', '.join(Severity)}, not {least[:40]!r}", subject=least[:40])
    return None if least == Severity.ADMIN else tuple(it for it in Severity if rank(it) <= rank(least))


def _user() -> str:
    """Return the user who runs this. In a container it may be a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
