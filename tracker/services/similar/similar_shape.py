"""Similar trials in the shape of the outside contract."""

from __future__ import annotations

import msgspec

from storage.values.states import ResultsState
from tracker.api.similar import SharedReason, Similar, SimilarTrial
from tracker.similar.found import SimilarRecord, SimilarTrials

__all__ = ["similar_out"]


def similar_out(found: SimilarTrials) -> Similar:
    """Return what was found, the most alike first."""
    return Similar(trial=found.seed.trial, similar=[_row(item) for item in found.similar])


def _row(item: SimilarRecord) -> SimilarTrial:
    record = item.record
    return SimilarTrial(
        trial=record.trial,
        title=record.title.brief,
        score=item.score,
        reasons=[
            SharedReason(kind=it.kind, value=it.value, share=msgspec.UNSET if it.share is None else it.share)
            for it in item.reasons
        ],
        status=record.status,
        phases=list(record.phases),
        sponsor=record.sponsor.lead,
        countries=list(record.countries),
        has_results=record.results.state == ResultsState.POSTED,
    )
