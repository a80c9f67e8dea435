"""The results of several trials: the state of each, and a card for each of their sponsors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from storage.reads.row_reader import RowSource
from storage.reads.trials import standings
from tracker.api.results import TrialResults
from tracker.context.progress import Progress
from tracker.errors import RecordError
from tracker.results.scorecard import SponsorCard
from tracker.services.changes.moments import Moment
from tracker.services.known_by_door import known_ids
from tracker.services.results import report_parts
from tracker.services.results.kept.kept_statuses import bring_up_to_date, each_statuses
from tracker.services.results.results_on import results_on
from tracker.services.tag_by_door import OpenStore, refuse_unknown_tag

__all__ = ["ResultsReport", "ResultsRequest", "results_report"]


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """Which results to report."""

    #: Only these. None for all that are watched.
    trials: Sequence[str] | None = None
    tag: str | None = None
    unposted: bool = False
    posted_since: Moment | None = None


@dataclass(frozen=True)
class ResultsReport:
    """The results of several trials. They are read when they are asked for, and need not be in memory together."""

    source: RowSource
    store: OpenStore
    #: The trials it covers.
    trials: Sequence[str]
    today: date
    #: Trials about which nothing is stored.
    unknown: Sequence[str]
    #: The request covers no trial.
    is_empty: bool
    #: Versions that could not be read so far. A trial with one has no row.
    left_out: list[RecordError]

    def rows(self) -> Iterator[TrialResults]:
        """Yield one for each trial."""
        for known in each_statuses(self.source, self.store, self.trials, left_out=self.left_out):
            for trial, status in known.items():
                yield results_on(trial, status, self.today)

    @property
    def cards(self) -> Sequence[SponsorCard]:
        """Return one for each sponsor, most late results first."""
        return self._scorecard[0]

    @property
    def whole(self) -> SponsorCard:
        """Return the card of all sponsors together."""
        return self._scorecard[1]

    @cached_property
    def _scorecard(self) -> tuple[list[SponsorCard], SponsorCard]:
        return report_parts.scorecard(self.source, self.store, self.trials, self.today, left_out=self.left_out)


def results_report(
    source: RowSource, store: OpenStore, request: ResultsRequest, now: datetime, progress: Progress
) -> ResultsReport:
    """Choose and filter the trials, and report each one. Raise RecordError if the only one cannot be read.

    Raise UsageError for a tag that nothing has.
    """
    chosen, unknown = _chosen(source, store, request)
    left_out: list[RecordError] = []
    wanted = _filtered(source, store, request, chosen, progress, left_out)
    bring_up_to_date(source, store, wanted, progress, left_out)
    if left_out and len(chosen) == 1 and not unknown:
        raise left_out[0]
    return ResultsReport(source, store, wanted, now.date(), unknown, not chosen, left_out)


def _chosen(source: RowSource, store: OpenStore, request: ResultsRequest) -> tuple[Sequence[str], Sequence[str]]:
    """Return the requested trials that have a version, and those about which nothing is stored."""
    refuse_unknown_tag(source, store, request.tag)
    if request.trials:
        return known_ids(source, request.trials)
    query, named = standings.read_so_far(request.tag)
    with source.read() as reader:
        return [row.trial for row in reader.rows(query, **named)], []


def _filtered(
    source: RowSource,
    store: OpenStore,
    request: ResultsRequest,
    wanted: Sequence[str],
    progress: Progress,
    left_out: list[RecordError],
) -> Sequence[str]:
    if request.unposted:
        wanted = report_parts.unposted(source, store, wanted, progress, left_out)
    if (since := request.posted_since) is not None:
        bounds = {"since_day": since.day, "since_instant": since.instant}
        wanted = report_parts.posted_since(source, store, wanted, bounds, progress, left_out)
    return wanted
