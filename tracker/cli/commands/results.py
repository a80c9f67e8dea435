"""results: show the state of results, who asks for them by when, and the scorecard of sponsors."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from storage.engine.private_files import opener
from tracker.cli.arguments import Tag, Trials, moment, storable, trial_id, trial_ids
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.notes.notes import nothing_watched, tell_left_out, tell_unknown
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.table import print_table
from tracker.cli.render.tables.reported_table import answer_of_reported
from tracker.cli.render.tables.results_table import print_results
from tracker.context.open_store import clock_of, open_store, read_store
from tracker.errors import UsageError
from tracker.results.ical import calendar_of
from tracker.services.results.results_report import ResultsReport, ResultsRequest, results_report
from tracker.services.versions.reported import reported_results
from tracker.services.versions.show import VersionChoice

__all__ = ["command"]

BY = "sponsor"
SPONSOR_FIELDS = ("sponsor", "trials", "due", "late", "overdue", "pending", "posted", "median_slip")


def command(
    ids: Trials = None,
    tag: Tag = None,
    unposted: Annotated[
        bool, typer.Option("--unposted", help="Only trials that have ended and whose results are not posted.")
    ] = False,
    posted_since: Annotated[
        str | None,
        typer.Option("--posted-since", metavar="W", help="Only results posted since then: a date, an instant, or 7d."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar=BY, help=f"A scorecard instead of the trials, by {BY}.")
    ] = None,
    ical: Annotated[
        Path | None, typer.Option("--ical", metavar="FILE", help="Also write the due dates as a calendar (.ics).")
    ] = None,
    reported: Annotated[
        bool, typer.Option("--reported", help="What one trial reported: flow, outcomes, adverse events.")
    ] = False,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="With --reported: as of this version.", callback=storable),
    ] = None,
    output: Output = None,
) -> None:
    """Show the results status of each trial, every step so far, who asks for results by when, and how late they are.

    A due date with a question mark holds if the rule applies, which the record cannot show. "Asked for by" is what WHO
    asks of every clinical trial: results are due then only if a signatory supports the trial. Several trials are
    followed by the scorecard of their sponsors: how many results are due, late, missing, pending, posted.

    \b
    Example:  trialwatch results NCT05349331
              trialwatch results --tag hcc --unposted
              trialwatch results --tag hcc --by sponsor
              trialwatch results NCT05349331 --reported
    """
    if reported:
        _print_reported(ids, version, output, alone=not any((tag, unposted, posted_since, by, ical)))
        return
    if version is not None:
        raise UsageError("--version says which results to show; give it with --reported")
    if by not in (None, BY):
        raise typer.BadParameter(f"{by[:40]!r} is not {BY}", param_hint="--by")
    now = (clock := clock_of(loaded := settings())).now()
    with open_store(loaded, clock) as database:
        request = ResultsRequest(
            trials=trial_ids(ids) if ids else None,
            tag=tag,
            unposted=unposted,
            posted_since=None if posted_since is None else moment(posted_since, now),
            cards_only=by is not None and ical is None,
        )
        with progress() as show:
            report = results_report(database, request, now, show)
    if ical is not None:
        _write_calendar(ical, msgspec.to_builtins(report.rows), now)
    empty = nothing_watched(tag) if report.is_empty else "None of these trials is one."
    emit((_cards_answer if by else _results_answer)(report, empty), output)
    _end(report)


def _end(report: ResultsReport) -> None:
    """Name the trials that are not in the answer. Exit with 3 if there are any."""
    tell_unknown(report.unknown)
    if tell_left_out(report.left_out) or report.unknown:
        raise typer.Exit(3)


def _print_reported(ids: list[str] | None, version: int | None, output: Output, *, alone: bool) -> None:
    """Show what one trial reported."""
    if len(ids or ()) != 1 or not alone:
        raise UsageError("--reported shows the results of one trial; give one id and no other filter")
    with read_store(settings()) as session:
        found = reported_results(session, trial_id((ids or [""])[0]), VersionChoice(version))
    emit(answer_of_reported(found), output)


def _write_calendar(file: Path, rows: list[dict[str, Any]], now: datetime) -> None:
    calendar = calendar_of(rows, now)
    with open(file, "wb", opener=opener) as out:
        out.write(calendar.encode())
    count = calendar.count("BEGIN:VEVENT")
    note(f"{count:,} due {'date is' if count == 1 else 'dates are'} in {file}")


def _results_answer(report: ResultsReport, empty: str) -> Answer:
    rows = msgspec.to_builtins(report.rows)

    def table() -> None:
        print_results(rows)
        if len(rows) > 1:
            _print_cards(report)

    return Answer(
        {"trials": rows, "sponsors": msgspec.to_builtins(report.cards)},
        "trials",
        (
            *("trial", "state", "cycle", "duties", "since", "days_in_state"),
            *("title", "status", "sponsor", "vanished", "states"),
        ),
        empty=empty,
        table=table if rows else None,
    )


def _cards_answer(report: ResultsReport, empty: str) -> Answer:
    sponsors = msgspec.to_builtins(report.cards)
    return Answer(
        {"sponsors": sponsors},
        "sponsors",
        SPONSOR_FIELDS,
        empty=empty,
        table=(lambda: _print_cards(report)) if sponsors else None,
    )


def _print_cards(report: ResultsReport) -> None:
    """Print one line per sponsor, and the sum of several last."""
    columns = (
        Column("sponsor", "Sponsor", room=1, line=True),
        Column("trials", "Trials", right=True),
        Column("due", "Due", right=True),
        Column("late", "Late", right=True),
        Column("overdue", "Missing", right=True),
        Column("pending", "Pending", right=True),
        Column("posted", "Posted", right=True),
        Column("median_slip", "Median slip", _slip, right=True),
    )
    cards = [*report.cards, report.whole] if len(report.cards) > 1 else report.cards
    print_table(columns, msgspec.to_builtins(cards))


def _slip(card: Any) -> str:
    days = card["median_slip"]
    return "-" if days is None else f"{days:,} {'day' if abs(days) == 1 else 'days'}"
