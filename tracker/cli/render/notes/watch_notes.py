"""Notes beside the table of trials: the results of cohorts, of queries, and of a first poll."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tracker.changes.wording.words import count_of
from tracker.cli.render.local_time import local_minute
from tracker.cli.render.notes.past_notes import tell_past
from tracker.cli.render.output import note
from tracker.context.context import Context
from tracker.polling.run.report import PollReport
from tracker.recording.instants import instant_out
from tracker.registries.listed import REGISTRIES
from tracker.services.alerts.audience import looking_at, told_of
from tracker.services.similar.watch_cohorts import FirstPoll
from tracker.similar.cohorts.cohort_definition import Definition
from tracker.similar.cohorts.cohort_update import Kept

__all__ = ["tell_audience", "tell_first_poll", "tell_kept", "tell_query_notes", "tell_unread"]

SOME = 5


def tell_query_notes(cohort: Definition) -> None:
    """Say what a person may not expect of a query."""
    language = REGISTRIES[cohort.registry].search
    for sentence in language.notes(cohort.query) if language is not None else ():
        note(f"Note: {sentence}.")


def tell_first_poll(found: FirstPoll | None) -> None:
    """Say which parts of the past of newly found trials could not be fetched."""
    if found is not None and found.past is not None:
        tell_past(found.past, found.trials, found.trials, table=False)


def tell_kept(found: Iterable[Kept], *, table: bool, remarks: bool = True) -> bool:
    """Report the results of cohorts on stderr. Return whether a search failed.

    With `remarks`, also say what was not seen.
    """
    troubled = False
    for kept in found:
        for remark in kept.remarks[:SOME] if remarks else ():
            note(f"Note on {kept.cohort}: {remark}.")
        if remarks and len(kept.remarks) > SOME:
            note(f"And {count_of(len(kept.remarks) - SOME, 'more such note')}.")
        if kept.error is not None:
            troubled = True
            note(f"{kept.cohort} was not searched for to the end: {kept.error.message}. {_next_try(kept)}")
        if table:
            note(
                f"{kept.cohort} has {count_of(len(kept.trials), 'trial')}{_moved(kept)}. See: trialwatch list --cohorts"
            )
    return troubled


def _next_try(kept: Kept) -> str:
    if kept.is_refused:
        return f"It is asked again in a week. To end it: trialwatch unwatch --cohort {kept.cohort}"
    return "It is kept, and the daemon tries again."


def _moved(kept: Kept) -> str:
    if kept.first or not (kept.entered or kept.left):
        return ""
    return f", {len(kept.entered):,} new in it and {len(kept.left):,} no longer"


def tell_unread(report: PollReport, unknown: Collection[str] = ()) -> bool:
    """Name watched trials that could not be read. Return whether there is one without a known reason."""
    unread = [item for item in report.failed if item.trial not in unknown]
    for item in unread[:SOME]:
        note(f"{item.trial} is watched, but could not be read yet: {item.reason}. The next poll asks again.")
    if len(unread) > SOME:
        note(f"And {len(unread) - SOME:,} more.")
    for record in report.quarantined:
        note(f"{record.trial} is watched, but its record cannot be read: {record.reason}. It is kept aside.")
    if report.held:
        note(
            f"Watched, but the poll was held: {report.held[0].reason}. "
            f"Check it, then: trialwatch poll --accept {report.run}"
        )
    return bool(unread or report.held)


def tell_audience(context: Context, watched: Collection[str]) -> None:
    """Say who is told of changes of these trials, and what looks at them next."""
    if not watched:
        return
    with context.database.read() as session:
        sentences = told_of(session, context.alerts, watched)
    for sentence in sentences:
        note(f"{sentence}.")
    looking = looking_at(context.database)
    if looking.daemon:
        at = looking.next_check
        when = f"at {local_minute(instant_out(at))}" if at and at > context.clock.now() else "at once"
        note(f"The daemon looks next {when}.")
    else:
        note(
            "No daemon runs. Look every day: trialwatch poll && trialwatch changes --new. "
            "To let it look by itself: trialwatch daemon, or as a service: trialwatch init"
        )
