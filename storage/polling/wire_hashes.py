"""The wire hash of each trial's last answer: bytes that need not be decoded if they come again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from storage.engine.bulk import batches, upsert
from storage.reads.in_session import SessionReader
from storage.reads.trials.heads import LAST_ANSWERS
from storage.tables.models import WireHashRow

__all__ = ["current", "keep"]


def current(session: Session, trials: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return trial and light hash by wire hash, for those of `trials` whose current version came in that answer."""
    reader = SessionReader(session)
    found: dict[str, tuple[str, str]] = {}
    for batch in batches(trials):
        found |= {it.wire_hash: (it.trial, it.light_hash) for it in reader.rows(LAST_ANSWERS, trials=batch)}
    return found


def keep(session: Session, answers: Sequence[tuple[str, str, str]]) -> None:
    """Note the last answers: trial, light hash, wire hash. Each trial needs its row. The last of a trial's counts."""
    rows = {trial: {"trial": trial, "light_hash": light, "wire_hash": wire} for trial, light, wire in answers}
    if rows:
        upsert(session, WireHashRow, list(rows.values()), update=("light_hash", "wire_hash"))
