"""backfill: fetch the past of watched trials."""

from __future__ import annotations

import msgspec
import typer

from tracker.api.store import Backfill, Backfilled, NotFetched
from tracker.app import open_context
from tracker.changes.wording.words import count_of, listed
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import nothing_watched, tell_unknown
from tracker.cli.render.notes.past_notes import backfill_plan, tell_past
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.run_state import GO_ON
from tracker.cli.typed.arguments import Tag, WatchedTrials
from tracker.errors import UsageError
from tracker.services.typed.trial_ids import trial_ids
from tracker.services.watching.backfill import BackfillRequest, FetchedPast, backfill

__all__ = ["command"]

_MOST = 5


def command(ids: WatchedTrials = None, tag: Tag = None, output: Output = None) -> None:
    """Fetch the past of trials: the earlier versions in the registry's own history, one request a version.

    Without ids, of all watched trials (with --tag: of those with this tag) whose past is not here. First the number of
    trials and the time it takes are said. Ctrl-C stops it at any time, and the same command continues where it
    stopped. What is found is never alerted.

    \b
    Example:  trialwatch backfill
              trialwatch backfill --tag hcc
              trialwatch backfill NCT05349331
    """
    if ids and tag is not None:
        raise UsageError("Name trials, or a tag with --tag, and not both", subject="--tag")
    request = BackfillRequest(trial_ids(ids or []), tag)
    loaded = settings()
    with open_context(loaded) as context, progress() as show:
        found = backfill(context, request, backfill_plan(loaded.pace()), show)
    _print(found, tag, output)
    tell_past(found.report, found.trials, found.trials, table=False, go_on=GO_ON.get())
    _tell_skipped(found)
    undone = {*found.report.left, *found.report.failed}
    if undone or found.unknown:
        raise typer.Exit(1 if undone.issuperset(found.trials) else 3)


def _print(found: FetchedPast, tag: str | None, output: Output) -> None:
    report = found.report
    answer = Backfilled(
        backfill=Backfill(
            trials=list(found.trials),
            stored=report.stored,
            failed=[NotFetched(trial=trial, reason=reason) for trial, reason in report.failed.items()],
            left=[trial for trial in report.left if trial not in report.failed],
            stopped=report.stopped or None,
        )
    )
    fields = ("trials", "stored", "failed", "left", "stopped")
    document = msgspec.to_builtins(answer)
    emit(Answer(document, "backfill", fields, table=lambda: note(_sentence(found, tag))), output)


def _sentence(found: FetchedPast, tag: str | None) -> str:
    if found.trials:
        stored = count_of(found.report.stored, "version")
        return f"{stored} of the past stored, of {count_of(len(found.trials), 'trial')}."
    if found.complete:
        return f"Nothing to fetch: the past of {count_of(found.complete, 'watched trial')} is here."
    return "Nothing to fetch." if found.without else nothing_watched(tag)


def _tell_skipped(found: FetchedPast) -> None:
    if found.without:
        names = listed(found.without, most=_MOST)
        note(f"The register of {names} gives no history, so its past cannot be fetched.")
    tell_unknown(found.unknown)
