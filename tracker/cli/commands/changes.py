"""changes: show what changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Annotated, NoReturn

import msgspec
import typer

from schedules.clock import Clock
from storage.reads.door import ReadDoor
from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity
from tracker.api.changes import Change
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import tell_left_out, tell_unknown
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.pager import paged
from tracker.cli.render.tables.change_table import SHOWN_IN_A_TABLE, answer_of_changes, print_changes, print_quiet
from tracker.cli.typed.arguments import Since, StoredTrials, Tag, Until, storable
from tracker.cli.typed.given_options import given
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door, opened
from tracker.errors import UsageError
from tracker.services.changes.account import account
from tracker.services.changes.changes import ChangeReader, ChangesRequest, FoundChanges, changes, each_part, last_seq
from tracker.services.changes.moments import Moment
from tracker.services.typed.change_filters import severities_from, wanted_kinds
from tracker.services.typed.choices import check_choice

__all__ = ["CHANGES_FOUND", "command"]

CHANGES_FOUND = 10
"""Exit code with --exit-code."""
NEW_READER_BEGINS = timedelta(days=7)
"""How far back the first --new of a user looks."""
FOLLOW_EVERY = 1.0
"""Seconds between two looks of --follow."""


Kind = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="A kind or pattern, such as results.*. Can be repeated."),
]
MinSeverity = Annotated[
    str | None,
    typer.Option(
        "--min-severity",
        metavar="SEVERITY",
        help="Only changes of at least this severity: admin, minor, major or critical.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="Also administrative changes, in a table and with --new.")]
After = Annotated[
    int | None,
    typer.Option(
        "--after",
        metavar="SEQ",
        help="Only changes after the one with this number: No. in the table, seq in JSON and csv.",
        callback=storable,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        help="The latest N, or with --after the first N. Default: 50 in a table.",
        callback=storable,
    ),
]
OnlyNew = Annotated[bool, typer.Option("--new", help="Only what --new has not shown you before.")]
Follow = Annotated[
    bool, typer.Option("--follow", help="Keep running, and print changes as they are stored. Ctrl-C stops it.")
]
Explain = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Say why each has its severity. With ids, also which checks saw a difference and told nothing, and why.",
    ),
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Exit with code 10 if there are changes to show, else with 0.")
]


def command(
    ids: StoredTrials = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    min_severity: MinSeverity = None,
    all_: All = False,
    tag: Tag = None,
    after: After = None,
    limit: Limit = None,
    new: OnlyNew = False,
    follow: Follow = False,
    explain: Explain = False,
    exit_code: ExitCode = False,
    output: Output = None,
) -> None:
    """Show what changed.

    Each change has a number (No., in JSON and csv seq), a kind such as results.posted, and a severity: admin, minor,
    major or critical. --after and trialwatch evidence take the number.

    A table shows the latest 50 in the order of time. The other formats show everything that matches, in the order of
    the numbers. A table, and --new in any format, leave out administrative changes and say how many.

    --new shows what it has not shown you before. The first time, it shows the last seven days. The first look at a
    trial and its past, which come when you watch it, are not new. --follow waits for changes that a daemon or a poll
    stores.

    With --explain, both versions are read again. What is stored does not change. For trials you name, it also lists
    recent polls where the document differed but nothing was reported, and why.

    \b
    Example:  trialwatch changes --new
              trialwatch changes NCT05349331 --since 30d
              trialwatch changes --since 7d --min-severity major --kind 'results.*'
              trialwatch changes --follow -o jsonl
              trialwatch changes NCT05349331 --explain
    """
    loaded = settings()
    clock, table = clock_of(loaded), chosen(output) is Format.TABLE
    least = _least(min_severity, all_=all_)
    reader = ChangeReader.of(account(), ids, kind, least, tag, since, until) if new else None
    asked = _filter(kind, least, tag, after, limit, _period(since, until, clock))
    request = ChangesRequest(
        trials=_trials(ids) if ids else None,
        filter=asked,
        new_for=reader,
        new_since=clock.now() - NEW_READER_BEGINS if new and not (since or after) else None,
        at_most=SHOWN_IN_A_TABLE + 1 if table and not follow else None,  # what --follow leaves out never comes again
        explain=explain,
        without_admin=(table or new) and not (all_ or min_severity or _names_admin(kind)),
    )
    if follow:  # never returns
        check_choice("-o with --follow", chosen(output), [Format.TABLE, Format.JSONL])
        for option in given(until=until, limit=limit, explain=explain, exit_code=exit_code):
            raise UsageError(f"--follow never ends, so {option} does not go with it", subject="--follow")
        _follow(loaded, clock, request, output, begins_now=not (new or since or after))
    found = _show(loaded, clock, request, output)
    _tell_left_out(found, new=new)
    _end(found, exit_code=exit_code)


def _trials(ids: list[str]) -> list[str]:
    from tracker.services.typed.trial_ids import trial_ids  # noqa: PLC0415  (the patterns of all ids)

    return trial_ids(ids)


def _show(loaded: Settings, clock: Clock, request: ChangesRequest, output: Output) -> FoundChanges:
    """Print the changes, through a pager if they are many."""
    with open_door(loaded, clock) as door:
        if chosen(output) in (Format.JSONL, Format.CSV) and not request.explain and request.filter.limit is None:
            found = _show_in_parts(door, loaded, clock, request, output)
        else:
            found = changes(door, lambda: opened(loaded, clock), request)
            with paged() if chosen(output) is Format.TABLE else nullcontext():
                _print(found, request, output, every=request.new_for is not None)
    _mark(loaded, clock, request, found)
    return found


def _show_in_parts(
    door: ReadDoor, loaded: Settings, clock: Clock, request: ChangesRequest, output: Output
) -> FoundChanges:
    """Print any number of changes in the same memory."""
    parts = each_part(door, lambda: opened(loaded, clock), request)
    found = next(parts)  # before anything is printed: a question may be refused

    def each() -> Iterator[Change]:
        nonlocal found
        yield from found.changes
        for part in parts:
            found = found.and_then(part)
            yield from part.changes

    emit(answer_of_changes([], each=each), output)
    return found


def _follow(loaded: Settings, clock: Clock, request: ChangesRequest, output: Output, *, begins_now: bool) -> NoReturn:
    """Print changes as they are stored, until Ctrl-C or until the reader closes the pipe."""
    with open_door(loaded, clock) as door:
        last = last_seq(door) if begins_now else request.filter.after_seq
        note("Waiting for changes. Ctrl-C ends it.")
        while True:
            more = request._replace(filter=request.filter._replace(after_seq=last))
            found = changes(door, lambda: opened(loaded, clock), more)
            if found.changes:
                _print(found, more, output, every=True)  # nothing of it comes again
                _mark(loaded, clock, more, found)
            last = found.last_seq
            clock.pause(FOLLOW_EVERY)


def _mark(loaded: Settings, clock: Clock, request: ChangesRequest, found: FoundChanges) -> None:
    """Note for --new what was shown. A change that could not be printed was not."""
    sys.stdout.flush()
    if request.new_for is None or found.last_seq <= (found.after_seq or 0):
        return
    from tracker.context.open_store import write_store  # noqa: PLC0415  (SQLAlchemy, after the answer is printed)
    from tracker.services.changes.mark_shown import mark_shown  # noqa: PLC0415  (as above)

    with write_store(loaded, clock) as session:
        mark_shown(session, request.new_for, found.last_seq)


def _end(found: FoundChanges, *, exit_code: bool) -> None:
    """Name what is not in the answer, and end with the fitting exit code."""
    tell_unknown(found.unknown)
    partial = tell_left_out(found.left_out) or found.unknown
    raise typer.Exit(CHANGES_FOUND if exit_code and found.changes else 3 if partial else 0)


def _print(found: FoundChanges, request: ChangesRequest, output: Output, *, every: bool) -> None:
    """Print the changes. A table has the latest ones, unless it is to have every one."""
    rows = msgspec.to_builtins(found.changes)
    if chosen(output) is not Format.TABLE:
        emit(answer_of_changes(rows, explain=request.explain, quiet=found.quiet), output)
        return
    most = request.filter.limit or (len(rows) if every else SHOWN_IN_A_TABLE)
    print_changes(rows, found.titles, most, explain=request.explain)
    if found.quiet:
        print_quiet(found.quiet, found.titles)


def _tell_left_out(found: FoundChanges, *, new: bool) -> None:
    """Say what was left out and how to see it, also after --new has moved on."""
    after = f" --after {found.after_seq or 0}" if new else ""
    if found.left_out_admin:
        what = count_of(found.left_out_admin, "administrative change is", "administrative changes are")
        it = "it" if found.left_out_admin == 1 else "them"
        note(f"{what} not shown. To see {it}: trialwatch changes{after} --all")
    if found.left_out_past:
        what = count_of(found.left_out_past, "change is", "changes are")
        note(
            f"{what} not new: first looks, and the past that was fetched. To see them: trialwatch changes{after} --all"
        )
    if found.left_out_earlier:
        what = count_of(found.left_out_earlier, "change is", "changes are")
        days = NEW_READER_BEGINS.days
        note(f"{what} older than {days} days, where your first --new begins. To see them: trialwatch changes --all")


def _period(since: str | None, until: str | None, clock: Clock) -> tuple[Moment, Moment]:
    if not (since or until):
        return Moment(), Moment()
    from tracker.services.moments import period_of  # noqa: PLC0415  (its patterns, which most questions do not need)

    return period_of(since, until, clock.now())


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
        kinds=wanted_kinds(kinds),
        severities=severities_from(min_severity),
        since_day=since.day,
        since_instant=since.instant,
        until_day=until.day,
        until_instant=until.instant,
        tag=tag,
        after_seq=after,
        limit=limit,
    )


def _names_admin(kinds: list[str] | None) -> bool:
    """Return whether administrative changes are asked for by name."""
    return any(it.startswith("admin") for it in kinds or ())


def _least(min_severity: str | None, *, all_: bool) -> str:
    if all_ and min_severity not in (None, Severity.ADMIN):
        raise UsageError("--all shows every severity, and --min-severity only some: give one of them", subject="--all")
    return min_severity or Severity.ADMIN
