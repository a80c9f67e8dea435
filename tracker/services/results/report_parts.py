"""What a report of results is made of: which trials it names, and a card for each sponsor."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from storage.reads.changes import stored_changes
from storage.reads.row_reader import RowReader, RowSource
from storage.values.change_filter import ChangeFilter
from storage.values.states import ResultsState
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.results.scorecard import NO_SPONSOR, ResultsStatus, SponsorCard, SponsorCount, cards, is_unposted
from tracker.services.results.date_slips import slips
from tracker.services.results.kept.kept_statuses import each_statuses, statuses_of
from tracker.services.tag_by_door import OpenStore

__all__ = ["ALL_SPONSORS", "posted_in", "posted_since", "scorecard", "unposted"]

LeftOut = list[RecordError] | None
"""Gets an error for each trial with a version that cannot be read. Such a trial is in no answer."""
ALL_SPONSORS = "(all sponsors)"


def scorecard(
    source: RowSource,
    store: OpenStore,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> tuple[list[SponsorCard], SponsorCard]:
    """Return a card for each sponsor of these trials, most late trials first, and one card for all together."""
    counts: defaultdict[str, SponsorCount] = defaultdict(SponsorCount)
    whole = SponsorCount()
    for known in each_statuses(source, store, wanted, progress, left_out):
        with source.read() as reader:
            slipped = slips(reader, known, list(known))
        for trial, results in known.items():
            for count in (counts[results.sponsor or NO_SPONSOR], whole):
                count.add(results, slipped.get(trial), today)
    return cards(counts), whole.card(ALL_SPONSORS)


def unposted(
    source: RowSource, store: OpenStore, wanted: Sequence[str], progress: Progress = silent, left_out: LeftOut = None
) -> list[str]:
    """Return those of `wanted` that have ended and have no posted results."""
    found = each_statuses(source, store, wanted, progress, left_out)
    return [trial for known in found for trial, results in known.items() if is_unposted(results)]


def posted_since(
    source: RowSource,
    store: OpenStore,
    wanted: Sequence[str],
    bounds: Mapping[str, Any],
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> list[str]:
    """Return those of `wanted` whose results were posted, or first seen as posted, since then.

    `bounds` is `since_day` or `since_instant`, as in `ChangeFilter`. Results that were posted earlier but seen later
    were in no search before, so they are included.
    """
    known = statuses_of(source, store, wanted, progress, left_out)
    with source.read() as reader:
        posted = posted_in(reader, known, bounds)
    return [trial for trial in wanted if trial in posted]


def posted_in(reader: RowReader, known: Mapping[str, ResultsStatus], bounds: Mapping[str, Any]) -> set[str]:
    """Return the trials of `known` that `posted_since` means."""
    query, named = stored_changes.choose(ChangeFilter(kinds=("results.posted",), **bounds), None)
    reported = {row.trial for row in reader.rows(query, **named)}
    since = bounds["since_day"] or bounds["since_instant"].date().isoformat()
    posted = {trial: results for trial, results in known.items() if results.state == ResultsState.POSTED}
    return {trial for trial, results in posted.items() if trial in reported or (results.posted or "") >= since}
