"""results: show the state of results, who asks for them by when, and the scorecard of sponsors."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from storage.files.private_files import opener
from tracker.changes.wording.words import count_of, moved_days
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.notes.common_notes import nothing_watched, tell_left_out, tell_unknown
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.table import print_table
from tracker.cli.render.tables.owing_table import answer_of_owing, tell_owing
from tracker.cli.render.tables.reported_table import answer_of_reported
from tracker.cli.render.tables.results_table import print_results
from tracker.cli.render.tables.trial_table import EARLIER
from tracker.cli.typed.arguments import Tag, WatchedTrials, storable
from tracker.cli.typed.file_targets import file_or_stdout, is_stdout
from tracker.cli.typed.given_options import given
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door, opened
from tracker.errors import UsageError
from tracker.results.duties import RULES
from tracker.services.moments import since_of
from tracker.services.results.owing import OwingRequest, OwingSort, owing
from tracker.services.results.results_report import ResultsReport, ResultsRequest, results_report
from tracker.services.titles import titles_of
from tracker.services.typed.choices import check_choice
from tracker.services.typed.trial_ids import trial_id, trial_ids
from tracker.services.versions.reported import reported_results
from tracker.services.versions.show import VersionChoice
from tracker.web.feeds.calendar import calendar_of

__all__ = ["command"]

BY = "sponsor"
Calendar = Annotated[
    Path | None,
    typer.Option(
        "--ical",
        metavar="FILE|-",
        parser=file_or_stdout,
        help="Also write the due dates to this .ics file. With -, print the calendar alone.",
    ),
]
SPONSOR_FIELDS = ("sponsor", "trials", "due", "late", "overdue", "pending", "posted", "median_slip")


Unposted = Annotated[
    bool, typer.Option("--unposted", help="Only trials that have ended and whose results are not posted.")
]
PostedSince = Annotated[
    str | None,
    typer.Option("--posted-since", metavar="TIME", help="Only results posted since then: as --since of changes."),
]
ByWhom = Annotated[
    str | None, typer.Option("--by", metavar=BY, help="One line for each sponsor instead of each trial.")
]
Reported = Annotated[bool, typer.Option("--reported", help="What one trial reported: flow, outcomes, adverse events.")]
OwingOnly = Annotated[
    bool,
    typer.Option(
        "--owing", help="List only results that are due and missing under a rule that applies, most days late first."
    ),
]
Rule = Annotated[str | None, typer.Option("--rule", metavar="RULE", help="With --owing: fdaaa801, eu-ctr or who-2017.")]
Sponsor = Annotated[
    str | None, typer.Option("--sponsor", metavar="NAME", help="With --owing: a part of the sponsor's name.")
]
Sort = Annotated[
    OwingSort | None, typer.Option("--sort", help="With --owing: most days late first, by due day, or by trial.")
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="With --owing: show at most N rows.", callback=storable),
]
Version = Annotated[
    int | None,
    typer.Option(
        "--version", metavar="N", help="With --reported: as in version N. Default: the current one.", callback=storable
    ),
]


def command(
    ids: WatchedTrials = None,
    tag: Tag = None,
    unposted: Unposted = False,
    posted_since: PostedSince = None,
    by: ByWhom = None,
    ical: Calendar = None,
    reported: Reported = False,
    owing_only: OwingOnly = False,
    rule: Rule = None,
    sponsor: Sponsor = None,
    sort: Sort = None,
    limit: Limit = None,
    version: Version = None,
    output: Output = None,
) -> None:
    """Show the results status of each trial, every step so far, who asks for results by when, and how late they are.

    Three rules are applied. fdaaa801: the law of the United States. eu-ctr: that of the European Union. who-2017: the
    joint statement that WHO and funders signed in 2017.

    A due date with a question mark holds if the rule applies, which the record does not show. One with a star is what
    WHO asks of every trial: it binds only if a signatory of the statement supports the trial. Several trials are
    followed by one line for each sponsor: how many results are due, late, missing, pending, posted.

    --owing lists results that are due by a rule that surely applies, and that were not submitted. During the grace
    period they are owed, but not late yet.

    \b
    Example:  trialwatch results
              trialwatch results NCT05349331
              trialwatch results --owing --tag hcc --rule fdaaa801
              trialwatch results --tag hcc --unposted
              trialwatch results --tag hcc --by sponsor
              trialwatch results NCT05349331 --reported
    """
    if reported:
        _print_reported(ids, version, output, alone=not any((tag, unposted, posted_since, by, ical)))
        return
    if owing_only:
        for option in given(unposted=unposted, posted_since=posted_since, by=by, ical=ical, version=version):
            raise UsageError(f"--owing and {option} are two questions; ask one", subject="--owing")
        asked = OwingRequest(trial_ids(ids) if ids else None, tag, rule, sponsor, sort or OwingSort.LATE, limit)
        _print_owing(asked, output)
        return
    _refuse_without(owing=rule or sponsor or sort or limit, reported=version)
    if by is not None:
        check_choice("--by", by, [BY])
    now = (clock := clock_of(loaded := settings())).now()
    since = since_of(posted_since, now, "--posted-since") if posted_since is not None else None
    request = ResultsRequest(trial_ids(ids) if ids else None, tag, unposted, since)
    with open_door(loaded, clock) as door:
        with progress() as show:
            report = results_report(door, lambda: opened(loaded, clock), request, now, show)
        if ical is not None:
            _write_calendar(ical, report, now)
        if ical is None or not is_stdout(str(ical)):
            _print_report(report, tag, by, output)
        _end(report)


def _print_report(report: ResultsReport, tag: str | None, by: str | None, output: Output) -> None:
    empty = nothing_watched(tag) if report.is_empty else "None of these trials is one."
    emit(_cards_answer(report, empty) if by else _results_answer(report, empty, output), output, pager=True)


def _refuse_without(*, owing: object, reported: object) -> None:
    """Raise UsageError for an option that only goes with another one."""
    if owing is not None:
        raise UsageError("--rule, --sponsor, --sort and --limit go with --owing; add it", subject="--owing")
    if reported is not None:
        raise UsageError("--version says which results to show; give it with --reported")


def _print_owing(request: OwingRequest, output: Output) -> None:
    """Show who owes results."""
    if request.rule is not None:
        check_choice("--rule", request.rule, list(RULES))
    clock = clock_of(loaded := settings())
    with open_door(loaded, clock) as door, progress() as show:
        found = owing(door, lambda: opened(loaded, clock), request, clock.now().date(), show)
    looked_at = f"None of {count_of(found.looked_at, 'trial')} owes results."
    emit(answer_of_owing(found, looked_at if found.looked_at else nothing_watched(request.tag)), output, pager=True)
    if chosen(output) is Format.TABLE:
        tell_owing(found)
    tell_unknown(found.unknown)
    if tell_left_out(found.left_out) or found.unknown:
        raise typer.Exit(3)


def _end(report: ResultsReport) -> None:
    """Name the trials that are not in the answer. Exit with 3 if there are any."""
    tell_unknown(report.unknown)
    if tell_left_out(report.left_out) or report.unknown:
        raise typer.Exit(3)


def _print_reported(ids: list[str] | None, version: int | None, output: Output, *, alone: bool) -> None:
    """Show what one trial reported."""
    if len(ids or ()) != 1 or not alone:
        raise UsageError("--reported shows the results of one trial; give one id and no other filter")
    loaded = settings()
    with open_door(loaded, clock_of(loaded)) as door, door.read() as reader:
        found = reported_results(reader, trial_id((ids or [""])[0]), VersionChoice(version))
        title = titles_of(reader, [found.trial]).get(found.trial)
    emit(answer_of_reported(found, title), output, pager=True)


def _write_calendar(file: Path, report: ResultsReport, now: datetime) -> None:
    calendar = calendar_of([msgspec.to_builtins(row) for row in report.rows()], now)
    if is_stdout(str(file)):
        sys.stdout.write(calendar)
        return
    with open(file, "wb", opener=opener) as out:
        out.write(calendar.encode())
    count = calendar.count("BEGIN:VEVENT")
    note(f"{count:,} due {'date is' if count == 1 else 'dates are'} in {file}")


def _results_answer(report: ResultsReport, empty: str, output: Output) -> Answer:
    # Counting costs another look at each trial, and only one object has both.
    sponsors = msgspec.to_builtins(report.cards) if chosen(output) is Format.JSON else []

    def table() -> None:
        rows = [msgspec.to_builtins(row) for row in report.rows()]
        if not rows:
            note(empty)
            return
        print_results(rows)
        if len(rows) > 1:
            _print_cards(report)

    return Answer(
        {"trials": [], "sponsors": sponsors},
        "trials",
        (
            *("trial", "state", "cycle", "duties", "since", "days_in_state"),
            *("title", "status", "sponsor", "vanished", "states"),
        ),
        empty=empty,
        table=table,
        each=report.rows,
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
        Column("overdue", "Missing", right=True, style=lambda card: "bold red" if card["overdue"] else ""),
        Column("pending", "Pending", right=True),
        Column("posted", "Posted", right=True),
        Column("median_slip", "Median slip", _slip, right=True, spare=1, legend=EARLIER),
    )
    cards = [*report.cards, report.whole] if len(report.cards) > 1 else report.cards
    print_table(columns, msgspec.to_builtins(cards))


def _slip(card: Any) -> str:
    days = card["median_slip"]
    return "-" if days is None else moved_days(days)
