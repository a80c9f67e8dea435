"""Which trials the versions of the past are missing of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session

from storage.engine.bulk import batches, storable, table_of
from storage.tables.models import SnapshotRow, TrialRow
from storage.values.states import VersionSource

__all__ = ["without_past"]


def without_past(session: Session, trials: Iterable[str]) -> list[str]:
    """Return those of `trials` whose past was not fetched, or not to its end, in the order given.

    The past is fetched oldest first. At its end, the version that was polled gets its number in the registry's history.
    So a trial with such a version has its past.
    """
    names = list(trials)
    trial, snapshot = table_of(TrialRow).c, table_of(SnapshotRow).c
    polled = or_(
        snapshot.source == VersionSource.POLL,
        and_(snapshot.version == trial.current_version, trial.data_timestamp.is_not(None)),
    )
    numbered = sql_select(snapshot.version).where(
        snapshot.trial == trial.trial, snapshot.registry_version.is_not(None), polled
    )
    found: set[str] = set()
    for batch in batches(map(storable, names)):
        query = sql_select(trial.trial).where(trial.trial.in_(batch), ~numbered.exists())
        found.update(session.connection().execute(query).scalars())
    return [name for name in names if name in found]
