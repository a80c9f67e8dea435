"""Stop watching trials. Their history stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.watching import watches
from tracker.api.trials import Trial
from tracker.errors import UnknownTrial
from tracker.services.listing.trial_list import trial_rows
from tracker.services.similar.cohorts import list_cohorts

__all__ = ["Unwatched", "unwatch"]


@dataclass(frozen=True, slots=True)
class Unwatched:
    """`missing` were not watched. `still_searched` are trials whose similar trials are still searched for."""

    rows: Sequence[Trial]
    missing: Sequence[str]
    still_searched: Sequence[str]


def unwatch(session: Session, wanted: Sequence[str], now: datetime) -> Unwatched:
    """Stop watching these. Raise UnknownTrial if none of them is watched."""
    names = [watches.resolve(session, trial) for trial in wanted]
    stopped = [trial for trial in names if watches.unwatch(session, trial, now)]
    if not stopped:
        unwatched = ", ".join(names)
        raise UnknownTrial(f"{unwatched} is not watched. See what is: trialwatch list", subject=unwatched)
    alive = {row.cohort for row in list_cohorts(session)}
    return Unwatched(
        rows=trial_rows(session, set(stopped), watched_only=False),
        missing=[trial for trial in names if trial not in stopped],
        still_searched=[trial for trial in stopped if f"like:{trial}" in alive],
    )
