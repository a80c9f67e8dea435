"""The steps of a trial from one version to the next that events were told of, each with its contents."""

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
"""A trial, the version it went from (None for no version) and the one it came to."""


class Stepped(NamedTuple):
    """The content hashes of both versions, "" for no version. `times`: how often this store saw the same step before.

    A trial that goes to and fro takes the same step again: it says the same, and is another thing that happened.
    """

    before: str
    after: str
    times: int


def steps_of(session: Session, trials: Iterable[str]) -> dict[Way, Stepped]:
    """Every step of these trials that an event was told of. Events that came without a new version make none."""
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
