"""The wider audience of an event: the other ids of its trial, and the tags it has in other registers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.reads.trials.known import linked, obsolete
from storage.watching import watches
from tracker.alerts.rules.rules import SHARED

__all__ = ["LinkedAudience", "linked_audience"]


class LinkedAudience(NamedTuple):
    """The other ids of a trial, and its tags. Those of other registers count only for events that are news there."""

    #: The tags of the trial, and of its ids in other registers.
    tags: frozenset[str]
    #: The trial's obsolete numbers, and its ids in other registers.
    same: frozenset[str]


def linked_audience(session: Session, events: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LinkedAudience]:
    """Return the audience of each (trial, kind) of an event."""
    wanted = set(events)
    reader = SessionReader(session)
    same = linked(reader, {trial for trial, kind in wanted if kind in SHARED})
    former = obsolete(reader, {trial for trial, _ in wanted})
    tags = watches.tags_of(session, {trial for trial, _ in wanted}.union(*same.values()))
    found = {}
    for trial, kind in wanted:
        others = frozenset(same.get(trial, ()) if kind in SHARED else ())
        of = frozenset(tag for name in (trial, *others) for tag in tags.get(name, ()))
        found[trial, kind] = LinkedAudience(of, others | former[trial])
    return found
