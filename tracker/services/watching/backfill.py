"""Fetch the past of trials that are stored already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.reads.in_session import SessionReader
from storage.versions.missing_past import without_past
from storage.watching import watches
from tracker.backfill.backfill import PastReport
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import UsageError
from tracker.registries.ids import by_registry
from tracker.registries.listed import FIRST
from tracker.services.known_tags import check_tag
from tracker.services.known_trials import KnownTrials, held_trials
from tracker.services.past import PastPlan, fetch_past

__all__ = ["BackfillRequest", "FetchedPast", "backfill"]


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """Whose past to fetch: of these trials, or else of all watched trials (with `tag`) whose past is not here."""

    trials: Sequence[str] = ()
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedPast:
    """The result. `trials` are those whose past was asked for.

    `unknown` are ids about which nothing is stored. `without` are trials whose registry keeps no history. `complete`
    counts the watched trials whose past was here before.
    """

    trials: Sequence[str]
    report: PastReport
    unknown: Sequence[str] = ()
    without: Sequence[str] = ()
    complete: int = 0


def backfill(context: Context, request: BackfillRequest, plan: PastPlan, progress: Progress) -> FetchedPast:
    """Fetch what is missing of the past of trials. Ctrl-C ends it, and the report says what is left.

    Raise UnknownTrial if nothing is stored about any of them, and UsageError for a tag that nothing has, or if no
    registry of these trials keeps a history.
    """
    with context.database.read() as session:
        if request.trials:
            found = held_trials(SessionReader(session), request.trials)
        else:
            check_tag(session, request.tag)
            found = KnownTrials(watches.watched(session, request.tag), [])
        kept = by_registry(found.known).get(FIRST.name, [])
        wanted = kept if request.trials else without_past(session, kept)
        watched = watches.watched_of(session, wanted)
    without = [trial for trial in found.known if trial not in kept]
    if request.trials and not kept:
        names = ", ".join(without)
        raise UsageError(f"The register of {names} gives no history, so its past cannot be fetched", subject=names)
    report = fetch_past(context, wanted, plan, progress, watched).report if wanted else PastReport()
    return FetchedPast(wanted, report, found.unknown, without, len(kept) - len(wanted))
