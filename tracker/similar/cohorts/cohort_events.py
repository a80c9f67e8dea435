"""The events of a cohort after a search: which trials entered and which left, one event per trial. Pure."""

from __future__ import annotations

from storage.values.severity import Severity
from tracker.changes.event import LONGEST, Event
from tracker.changes.wording.words import shortened
from tracker.similar.cohorts.cohort_definition import Definition
from tracker.similar.cohorts.cohort_members import CohortChange

__all__ = ["news"]


def news(cohort: Definition, change: CohortChange) -> list[tuple[str, Event]]:
    """Return each trial with its event.

    All that enter have the same sentence, so that many can be grouped in one message.
    """
    now, no_more = (shortened(f"{beginning} {cohort.words}", LONGEST) for beginning in ("Now among", "No longer among"))
    entered = [(trial, Event("cohort.entered", Severity.MINOR, now, subject=cohort.name)) for trial in change.entered]
    return entered + [
        (trial, Event("cohort.left", Severity.MINOR, no_more, subject=cohort.name)) for trial in change.left
    ]
