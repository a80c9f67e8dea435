"""poll: check the watched trials now."""

from __future__ import annotations

from typing import Annotated

import typer

from storage.values.states import RunOutcome
from tracker.app import open_context, open_delivery
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.local_time import local_minute
from tracker.cli.render.notes.common_notes import nothing_watched
from tracker.cli.render.notes.delivery_notes import tell_delivered
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.terminal import console
from tracker.cli.typed.arguments import WatchedTrials, storable
from tracker.cli.typed.given_options import not_with
from tracker.polling.run.report import PollReport
from tracker.records.clean import clean
from tracker.services.polling.poll import DaemonPart, PollRequest, poll_now
from tracker.services.typed.trial_ids import trial_ids

__all__ = ["EXIT_CODES", "command"]

EXIT_CODES = {
    RunOutcome.COMPLETE: 0,
    RunOutcome.UNCHANGED: 0,
    RunOutcome.PARTIAL: 3,
    RunOutcome.HELD: 3,
    RunOutcome.FAILED: 1,
}


def command(
    ids: WatchedTrials = None,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Only poll; send no messages.")] = False,
    accept: Annotated[
        int | None,
        typer.Option("--accept", metavar="RUN", help="Store the changes of this held run.", callback=storable),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Ask again although the registry refused us in the last hour.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Say why a record that differs was not reported.")
    ] = False,
    output: Output = None,
) -> None:
    """Check the watched trials now, store what changed, and send the messages that are due.

    If a daemon is running, it makes the poll, and this command waits for the result.

    A run is one check of all these trials. A run that looks implausible, such as one in which most trials are gone, is
    held: no version is written until newer data show the same or you accept it. Its number is shown here and by:
    trialwatch status

    A registry whose firewall refused this program is left alone for an hour. --now asks it again at once, to see
    whether another proxy, network or contact helps. A pause that the registry itself asked for is always kept.

    Exit codes: 0 done, 1 nothing could be read, 3 partly done or held.

    \b
    Example:  trialwatch poll
              trialwatch changes --new
              trialwatch poll --accept 12
    """
    # A held run is stored as it came: no trial is chosen, and no registry is asked.
    not_with("trials", ids, accept=accept)
    not_with("--accept", accept, now=now)
    loaded = settings()
    with open_context(loaded) as context:
        delivery = None if no_deliver else open_delivery(context, loaded)
        request = PollRequest(trial_ids(ids) if ids else None, accept, despite_refusals=now)
        with progress() as show:
            polled = poll_now(context, request, delivery, show, _tell_daemon)
    _print(polled.report, output)
    for item in polled.report.quiet if verbose else ():
        note(f"{item.trial}: nothing is told, because {item.reason.sentence}.")
    if polled.delivered is not None:
        tell_delivered(polled.delivered, context.alerts.unusable)
    if polled.undelivered:
        messages = count_of(polled.undelivered, "message")
        note(f"{messages} due now could not be delivered. To see why: trialwatch status")
    if polled.is_idle:
        note(nothing_watched(None))
    for trial in polled.missing:
        note(f"{trial} is not watched. Watch it: trialwatch watch {trial}")
    raise typer.Exit(EXIT_CODES[polled.report.outcome] or (3 if polled.missing or polled.undelivered else 0))


def _tell_daemon(part: DaemonPart, holder: str) -> None:
    if part is DaemonPart.POLLS:
        note(f"The daemon ({holder}) polls for us.")
    else:
        note("The daemon ended before it answered; polling without it.")


def _print(report: PollReport, output: Output) -> None:
    document = {"poll": report.document()}
    fields = ("run", "outcome", "data_timestamp", "checked", "new", "changed", "unchanged", "requests")
    emit(Answer(document, "poll", fields, table=lambda: _sentences(report)), output)
    for fault in report.faults[:20]:
        note(f"{fault.trial}: {fault.trace}")
    if chosen(output) is Format.TABLE:
        return
    for trial, reason in _troubles(report)[:20]:
        note(f"{trial}: {reason}")


def _troubles(report: PollReport) -> list[tuple[str, str]]:
    """Return the new troubles, or all of them if nothing could be read."""
    failed = [(item.trial, item.reason) for item in report.failed]
    whole = report.outcome == RunOutcome.FAILED
    return failed + [(item.trial, item.reason) for item in report.quarantined if item.new or whole]


def _sentences(report: PollReport) -> None:
    lines = [_headline(report)]
    lines += [f"  held: {item.reason}" for item in report.held]
    if report.held:
        lines.append(f"  no version was written. Check it, then: trialwatch poll --accept {report.run}")
    troubles = _troubles(report)
    lines += [f"  {trial}: {reason}" for trial, reason in troubles[:10]]
    if len(troubles) > 10:
        lines.append(f"  and {len(troubles) - 10:,} more; see: trialwatch poll -o json")
    if report.changed:
        lines.append("See what changed: trialwatch changes --new")
    console().print(clean("\n".join(lines)))


def _headline(report: PollReport) -> str:
    asked = count_of(report.requests, "request")
    when = f"registry data of {local_minute(report.data_timestamp)}" if report.data_timestamp else "no answer"
    if report.outcome == RunOutcome.UNCHANGED:
        return f"Nothing new: the {when} has been read already ({asked})."
    counts = f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
    return f"Poll {report.run} is {report.outcome}: {counts} of {count_of(report.checked, 'trial')}; {when}, {asked}."
