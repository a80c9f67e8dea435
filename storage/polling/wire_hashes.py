"""The wire hash of each trial's last answer: bytes that need not be decoded if they come again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, select
from sqlmodel import Session

from storage.engine.bulk import batches, storable, table_of, upsert
from storage.tables.models import TrialRow, WireHashRow

__all__ = ["current", "keep"]


def current(session: Session, trials: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return trial and light hash by wire hash, for those of `trials` whose current version came in that answer."""
    wire, trial = table_of(WireHashRow).c, table_of(TrialRow).c
    same = and_(trial.trial == wire.trial, trial.light_hash == wire.light_hash, trial.current_version.is_not(None))
    query = select(wire.wire_hash, wire.trial, wire.light_hash).join(TrialRow, same)
    found: dict[str, tuple[str, str]] = {}
    for batch in batches(map(storable, trials)):
        rows = session.connection().execute(query.where(wire.trial.in_(batch))).all()
        found |= {wire_hash: (trial_id, light_hash) for wire_hash, trial_id, light_hash in rows}
    return found


def keep(session: Session, answers: Sequence[tuple[str, str, str]]) -> None:
    """Note the last answers: trial, light hash, wire hash. Each trial needs its row. The last of a trial's counts."""
    rows = {trial: {"trial": trial, "light_hash": light, "wire_hash": wire} for trial, light, wire in answers}
    if rows:
        upsert(session, WireHashRow, list(rows.values()), update=("light_hash", "wire_hash"))
