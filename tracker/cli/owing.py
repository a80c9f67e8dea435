"""results: where the results are, who asks for them by when, and the scorecard of sponsors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tag, Trials, known_trials, moment, nothing_watched, settings, tell_left_out, tell_unknown
from tracker.cli.output import Answer, Column, Output, emit, note
from tracker.errors import RecordError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.engine.database import Database

__all__ = ["add_to"]

BY = "sponsor"
SPONSOR_FIELDS = ("sponsor", "trials", "due", "late", "overdue", "pending", "posted", "median_slip")


def add_to(app: typer.Typer) -> None:
    app.command("results", short_help="Show where the results are.")(results)


def results(
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
    output: Output = None,
) -> None:
    """Show where each trial's results are, every step so far, who asks for them by when, and how late they are.

    A due date with a question mark holds if the rule applies, which the record cannot tell. "Asked for by" is what WHO
    asks of every clinical trial: results are due then only if a signatory supports it. Below several trials stands
    the scorecard of their sponsors: how many results are due, late, missing past the grace, pending, posted.

    \b
    Example:  trialwatch results NCT05349331
              trialwatch results --tag hcc --unposted
              trialwatch results --tag hcc --by sponsor
    """
    from tracker.context.open_store import clock_of, open_store

    if by not in (None, BY):
        raise typer.BadParameter(f"{by[:40]!r} is not {BY}", param_hint="--by")
    loaded = settings()
    clock = clock_of(loaded)
    now = clock.now()
    with open_store(loaded, clock) as database:
        chosen, unknown = _chosen(database, ids, tag)
        left_out: list[RecordError] = []
        known = _filtered(database, chosen, unposted, posted_since, now, left_out)
        rows = [] if by and ical is None else _rows(database, known, now, left_out)
        cards = _scorecard(database, known, now, left_out)
        if left_out and len(chosen) == 1 and not unknown:
            raise left_out[0]
    if ical is not None:
        _write_calendar(ical, rows, now)
    empty = nothing_watched(tag) if not chosen else "None of these trials is one."
    emit(_cards_answer(cards, empty) if by else _results_answer(rows, cards, empty), output)
    tell_unknown(unknown)
    if tell_left_out(left_out) or unknown:
        raise typer.Exit(3)


def _chosen(database: Database, ids: list[str] | None, tag: str | None) -> tuple[list[str], list[str]]:
    """The trials that are meant and have a version, and ids about which nothing is stored."""
    from storage.versions import trials

    with database.read() as session:
        if ids:
            return known_trials(session, ids)
        return [row.trial.trial for row in trials.rows(session, tag) if row.trial.current_version is not None], []


def _filtered(
    database: Database,
    wanted: list[str],
    unposted: bool,
    posted_since: str | None,
    now: datetime,
    left_out: list[RecordError],
) -> list[str]:
    from tracker.cli.terminal import progress
    from tracker.services import portfolio

    if not unposted and posted_since is None:
        return wanted
    with progress() as tell:
        if unposted:
            wanted = portfolio.unposted(database, wanted, now.date(), tell, left_out)
        if posted_since is not None:
            day, instant = moment(posted_since, now)
            bounds = {"since_day": day, "since_instant": instant}
            wanted = portfolio.posted_since(database, wanted, now.date(), bounds, tell, left_out)
    return wanted


def _rows(database: Database, wanted: list[str], now: datetime, left_out: list[RecordError]) -> list[dict[str, Any]]:
    """One row a trial; a trial with a version that cannot be read has none, and is in `left_out`."""
    from tracker.cli.terminal import progress
    from tracker.services.results import results_of

    rows = []
    with progress() as tell:
        for done, trial in enumerate(wanted):
            tell("Reading versions", done, len(wanted))
            with database.read() as session:
                try:
                    rows.append(results_of(session, trial, now.date()))
                except RecordError as error:
                    left_out.append(error)
    return rows


def _scorecard(
    database: Database, wanted: list[str], now: datetime, left_out: list[RecordError]
) -> list[dict[str, Any]]:
    """A card a sponsor, and last that of all together."""
    import msgspec

    from tracker.cli.terminal import progress
    from tracker.services.portfolio import scorecard

    with progress() as tell:
        cards, whole = scorecard(database, wanted, now.date(), tell, left_out)
    return [msgspec.to_builtins(card) for card in (*cards, whole)]


def _write_calendar(file: Path, rows: list[dict[str, Any]], now: datetime) -> None:
    from storage.engine.private_files import opener
    from tracker.results.ical import calendar_of

    calendar = calendar_of(rows, now)
    with open(file, "wb", opener=opener) as out:
        out.write(calendar.encode())
    count = calendar.count("BEGIN:VEVENT")
    note(f"{count:,} due {'date is' if count == 1 else 'dates are'} in {file}")


def _results_answer(rows: list[dict[str, Any]], cards: list[dict[str, Any]], empty: str) -> Answer:
    def table() -> None:
        from tracker.cli.duties import print_results

        print_results(rows)
        if len(rows) > 1:
            _print_cards(cards)

    return Answer(
        {"trials": rows, "sponsors": cards[:-1]},
        "trials",
        (
            *("trial", "state", "cycle", "duties", "since", "days_in_state"),
            *("title", "status", "sponsor", "vanished", "states"),
        ),
        empty=empty,
        table=table if rows else None,
    )


def _cards_answer(cards: list[dict[str, Any]], empty: str) -> Answer:
    sponsors = cards[:-1]
    return Answer(
        {"sponsors": sponsors},
        "sponsors",
        SPONSOR_FIELDS,
        empty=empty,
        table=(lambda: _print_cards(cards)) if sponsors else None,
    )


def _print_cards(cards: list[dict[str, Any]]) -> None:
    """A line a sponsor; the sum of several last."""
    from tracker.cli.table import print_table

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
    print_table(columns, cards if len(cards) > 2 else cards[:-1])


def _slip(card: Any) -> str:
    days = card["median_slip"]
    return "-" if days is None else f"{days:,} {'day' if abs(days) == 1 else 'days'}"
