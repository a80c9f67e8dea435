"""The wider audience of an event: the ids of its trial in other registers, and the tags there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.reads.trials.known import linked
from storage.watching import watches
from tracker.alerts.rules.rules import SHARED

__all__ = ["LinkedAudience", "linked_audience"]


class LinkedAudience(NamedTuple):
    """The linked ids and their tags. Empty for kinds of events that are not news for linked trials."""

    #: The tags of the trial and of its linked ids.
    tags: frozenset[str]
    #: The ids of the same trial in other registers.
    same: frozenset[str]


def linked_audience(session: Session, events: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LinkedAudience]:
    """Return the audience of each (trial, kind) of an event."""
    wanted = set(events)
    same = linked(SessionReader(session), {trial for trial, kind in wanted if kind in SHARED})
    tags = watches.tags_of(session, {trial for trial, _ in wanted}.union(*same.values()))
    found = {}
    for trial, kind in wanted:
        others = frozenset(same.get(trial, ()) if kind in SHARED else ())
        of = frozenset(tag for name in (trial, *others) for tag in tags.get(name, ()))
        found[trial, kind] = LinkedAudience(of, others)
    return found
