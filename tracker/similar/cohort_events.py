"""What is told of a cohort after a search: who entered it and who left, an event of the trial each. Pure."""

from __future__ import annotations

from tracker.changes.event import LONGEST, Event
from tracker.changes.wording.words import shortened
from tracker.similar.cohort_definition import Definition
from tracker.similar.cohort_members import Change

__all__ = ["news"]


def news(cohort: Definition, change: Change) -> list[tuple[str, Event]]:
    """Each trial with its event. All that enter are told alike, so that many of them can be told as one."""
    now, no_more = (shortened(f"{beginning} {cohort.said}", LONGEST) for beginning in ("Now among", "No longer among"))
    entered = [(trial, Event("cohort.entered", "minor", now, subject=cohort.name)) for trial in change.entered]
    return entered + [(trial, Event("cohort.left", "minor", no_more, subject=cohort.name)) for trial in change.left]
