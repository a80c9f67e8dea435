"""The steps of a trial between versions that have events, each with its contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlmodel import Session

from storage.engine.bulk import batches, table_of
from storage.tables.models import EventRow, SnapshotRow

__all__ = ["Stepped", "Way", "steps_of"]

Way = tuple[str, int | None, int]
"""A trial, the version before (None for no version) and the version after."""


class Stepped(NamedTuple):
    """The content hashes of both versions, "" for no version. `times` counts earlier equal steps in this store.

    A trial that goes back and forth repeats a step. It is a new event with the same content.
    """

    before: str
    after: str
    times: int


def steps_of(session: Session, trials: Iterable[str]) -> dict[Way, Stepped]:
    """Return every step of these trials that has events. Events without a new version make no step."""
    found: dict[Way, Stepped] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for some in batches(sorted(set(trials))):
        for trial, start, end, before, after in session.connection().execute(_STEPS.where(_EVENT.trial.in_(some))):
            same = (trial, before or "", after)
            found[trial, start, end] = Stepped(*same[1:], times=seen[same])
            seen[same] += 1
    return found


_EVENT = table_of(EventRow).c
_OLD, _NEW = table_of(SnapshotRow).alias("old"), table_of(SnapshotRow).alias("new")
_STEPS = (
    select(_EVENT.trial, _EVENT.from_version, _EVENT.to_version, _OLD.c.content_hash, _NEW.c.content_hash)
    .join(_NEW, and_(_NEW.c.trial == _EVENT.trial, _NEW.c.version == _EVENT.to_version))
    .outerjoin(_OLD, and_(_OLD.c.trial == _EVENT.trial, _OLD.c.version == _EVENT.from_version))
    .where(_EVENT.from_version.is_distinct_from(_EVENT.to_version))
    .distinct()
    .order_by(_EVENT.trial, _EVENT.to_version, _EVENT.from_version)
)
