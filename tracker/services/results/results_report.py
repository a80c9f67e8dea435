"""The results of several trials: the state of each, and a card for each of their sponsors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.engine.database import Database
from storage.versions import trials
from tracker.api.results import TrialResults
from tracker.context.progress import Progress
from tracker.errors import RecordError
from tracker.results.scorecard import SponsorCard
from tracker.services.changes.moments import Moment
from tracker.services.known_tags import check_tag
from tracker.services.known_trials import KnownTrials, known_trials
from tracker.services.results import portfolio
from tracker.services.results.results import results_of

__all__ = ["ResultsReport", "ResultsRequest", "results_report"]


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """Which results to report."""

    #: Only these. None for all that are watched.
    trials: Sequence[str] | None = None
    tag: str | None = None
    unposted: bool = False
    posted_since: Moment | None = None
    #: Leave out the rows of single trials.
    cards_only: bool = False


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """The results of several trials."""

    rows: Sequence[TrialResults]
    #: One for each sponsor, most late results first.
    cards: Sequence[SponsorCard]
    #: All sponsors together.
    whole: SponsorCard
    #: Trials about which nothing is stored.
    unknown: Sequence[str]
    #: Versions that cannot be read.
    left_out: Sequence[RecordError]
    #: The request covers no trial.
    is_empty: bool


def results_report(database: Database, request: ResultsRequest, now: datetime, progress: Progress) -> ResultsReport:
    """Choose and filter the trials, and report each one. Raise RecordError if the only one cannot be read.

    Raise UsageError for a tag that nothing has.
    """
    chosen, unknown = _chosen(database, request)
    left_out: list[RecordError] = []
    wanted = _filtered(database, request, chosen, now, progress, left_out)
    rows = [] if request.cards_only else _rows(database, wanted, now, progress, left_out)
    cards, whole = portfolio.scorecard(database, wanted, now.date(), progress, left_out)
    if left_out and len(chosen) == 1 and not unknown:
        raise left_out[0]
    return ResultsReport(rows, cards, whole, unknown, left_out, is_empty=not chosen)


def _chosen(database: Database, request: ResultsRequest) -> KnownTrials:
    """Return the requested trials that have a version, and those about which nothing is stored."""
    with database.read() as session:
        check_tag(session, request.tag)
        if request.trials:
            return known_trials(session, request.trials)
        found = [row.trial for row in trials.rows(session, request.tag)]
        return KnownTrials([trial.trial for trial in found if trial.current_version is not None], [])


def _filtered(
    database: Database,
    request: ResultsRequest,
    wanted: list[str],
    now: datetime,
    progress: Progress,
    left_out: list[RecordError],
) -> list[str]:
    if request.unposted:
        wanted = portfolio.unposted(database, wanted, now.date(), progress, left_out)
    if (since := request.posted_since) is not None:
        bounds = {"since_day": since.day, "since_instant": since.instant}
        wanted = portfolio.posted_since(database, wanted, now.date(), bounds, progress, left_out)
    return wanted


def _rows(
    database: Database, wanted: Sequence[str], now: datetime, progress: Progress, left_out: list[RecordError]
) -> list[TrialResults]:
    """Return one row per trial. A trial with a version that cannot be read has no row and is in `left_out`."""
    rows = []
    for done, trial in enumerate(wanted):
        progress("Reading versions", done, len(wanted))
        with database.read() as session:
            try:
                rows.append(results_of(session, trial, now.date()))
            except RecordError as error:
                left_out.append(error)
    return rows
