"""The tags that trials have, for questions about one of them."""

from __future__ import annotations

from sqlmodel import Session

from storage.watching import cohorts, watches
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError
from tracker.similar.cohorts.cohort_rows import definition_of

__all__ = ["check_tag"]


def check_tag(session: Session, tag: str | None) -> None:
    """Raise UsageError, with the nearest tag, for a tag that nothing has: it would never find anything.

    A trial that is no longer watched keeps its tags. A cohort's name is the tag of its trials, also before it has any.
    """
    if tag is None or tag in (known := watches.every_tag(session)):
        return
    if not watches.watched(session):
        raise UsageError(
            f"No trial is watched yet, so none has the tag {tag[:40]!r}. Try: trialwatch watch NCT05349331 --tag TAG",
            subject=tag[:40],
        )
    for row in cohorts.every(session):
        known |= {row.name, *definition_of(row).tags}
    if tag not in known:
        raise UsageError(
            f"No watched trial has the tag {tag[:40]!r}.{did_you_mean(tag, sorted(known))} See all: trialwatch list",
            subject=tag[:40],
        )
