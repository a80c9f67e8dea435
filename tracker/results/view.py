"""What `results` says of one trial, put together from its stored versions."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from storage import history
from tracker.past import records_of
from tracker.results.cycle import merged_steps

__all__ = ["results_of"]


def results_of(session: Session, trial: str) -> dict[str, Any]:
    """State, cycle and duties of a trial that has a version. No duty is computed yet: the list is empty."""
    versions = history.timeline(session, trial)
    told = [version for version in versions if version.results is not None]
    steps = merged_steps(records_of(session, told))
    return {
        "trial": trial,
        "title": versions[-1].title or None,
        "state": told[-1].results if told else None,
        "cycle": [{"event": step.event, "date": step.date} for step in steps],
        "duties": [],
    }
