"""Claims that one number is an obsolete id of another trial, and the merges that were believed.

A claim moves no watch. It is kept here until it is believed (`settle`). A believed merge can be undone (`undo`),
because everything stored about both trials stays in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from storage.engine.bulk import batches, storable, upsert
from storage.tables.models import AliasRow, MergeClaimRow
from storage.watching.watches import add_alias, rename_watch, watch
from storage.watching.watches import known as has_versions

__all__ = ["answered_on", "current_claims", "known", "note", "settle", "undo"]


def known(session: Session, aliases: Iterable[str]) -> dict[tuple[str, str], MergeClaimRow]:
    """Return the claims about these numbers, by number and by the trial it is said to belong to."""
    found: dict[tuple[str, str], MergeClaimRow] = {}
    for batch in batches(map(storable, aliases)):
        for row in session.exec(select(MergeClaimRow).where(col(MergeClaimRow.alias).in_(batch))):
            found[row.alias, row.trial] = row
    return found


def current_claims(session: Session) -> list[MergeClaimRow]:
    """Return the claims that were made when their number was last asked for. They are few at any time."""
    made = or_(col(MergeClaimRow.first_stamp).is_not(None), col(MergeClaimRow.leads))
    return list(session.exec(select(MergeClaimRow).where(made)))


def answered_on(session: Session, data_timestamp: str) -> set[str]:
    """Return the numbers that led elsewhere on the data of `data_timestamp`. Asking again would bring nothing new."""
    query = select(MergeClaimRow.alias).where(MergeClaimRow.last_stamp == data_timestamp, col(MergeClaimRow.leads))
    return set(session.exec(query))


def note(session: Session, alias: str, trial: str, *, first: str | None, last: str, leads: bool, now: datetime) -> None:
    """Store what was said about `alias` on the data of `last`. `MergeClaimRow` explains the values."""
    row = {"alias": alias, "trial": trial, "first_stamp": first, "last_stamp": last, "leads": leads, "noted_at": now}
    upsert(session, MergeClaimRow, [row], update=("first_stamp", "last_stamp", "leads"))


def settle(session: Session, alias: str, trial: str, now: datetime) -> None:
    """Believe a claim: give the watch and tags of `alias` to `trial`.

    The tags and versions of `alias` also stay with it.
    """
    # A merge target is alive, even if it was believed merged before. Two numbers never lead to each other.
    session.connection().execute(delete(AliasRow).where(col(AliasRow.alias) == trial))
    add_alias(session, alias, trial, now)
    rename_watch(session, alias, trial, now)
    session.connection().execute(delete(MergeClaimRow).where(col(MergeClaimRow.alias) == alias))


def undo(session: Session, alias: str, registry: str, now: datetime) -> str | None:
    """Undo a merge: watch `alias` by its own number again, with its old tags. Leave the other trial alone.

    Return the trial it was merged into, None if it was not merged. A merge of a trial that has versions of its own is
    not believed again. A number that was never read is asked for once more, and followed as before if the registry
    still says the same.
    """
    row = session.get(AliasRow, storable(alias))
    if row is None:
        return None
    trial = row.trial
    session.delete(row)
    session.flush()
    watch(session, alias, registry, now)
    if has_versions(session, [alias]):
        note(session, alias, trial, first=None, last="", leads=False, now=now)
        refused = update(MergeClaimRow).where(col(MergeClaimRow.alias) == alias, col(MergeClaimRow.trial) == trial)
        session.connection().execute(refused.values(refused_at=now))
    return trial
