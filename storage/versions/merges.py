"""Claims that one number is an obsolete id of another trial, and the merges that were believed.

A claim moves no watch. It is kept here until it is believed (`settle`), and a believed merge can be undone (`undo`):
everything stored about both trials stays where it is.
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

__all__ = ["answered_on", "known", "leads_to", "note", "settle", "standing", "undo"]


def known(session: Session, aliases: Iterable[str]) -> dict[tuple[str, str], MergeClaimRow]:
    """The claims about these numbers, by the number and the trial it is said to belong to."""
    found: dict[tuple[str, str], MergeClaimRow] = {}
    for batch in batches(map(storable, aliases)):
        for row in session.exec(select(MergeClaimRow).where(col(MergeClaimRow.alias).in_(batch))):
            found[row.alias, row.trial] = row
    return found


def standing(session: Session) -> list[MergeClaimRow]:
    """The claims that were made when their number was last asked for; few at any time."""
    made = or_(col(MergeClaimRow.first_stamp).is_not(None), col(MergeClaimRow.leads))
    return list(session.exec(select(MergeClaimRow).where(made)))


def answered_on(session: Session, data_timestamp: str) -> set[str]:
    """The numbers whose own answer led elsewhere on the data of `data_timestamp`: asking again tells nothing new."""
    query = select(MergeClaimRow.alias).where(MergeClaimRow.last_stamp == data_timestamp, col(MergeClaimRow.leads))
    return set(session.exec(query))


def note(session: Session, alias: str, trial: str, *, first: str | None, last: str, leads: bool, now: datetime) -> None:
    """Write down what was said about `alias` on the data of `last`; see `MergeClaimRow` for the values."""
    row = {"alias": alias, "trial": trial, "first_stamp": first, "last_stamp": last, "leads": leads, "noted_at": now}
    upsert(session, MergeClaimRow, [row], update=("first_stamp", "last_stamp", "leads"))


def leads_to(session: Session, alias: str) -> str | None:
    """The trial whose record the registry gave last for this number; None when it gives the number's own, or none."""
    query = select(MergeClaimRow).where(MergeClaimRow.alias == storable(alias), col(MergeClaimRow.leads))
    query = query.where(col(MergeClaimRow.refused_at).is_(None))
    latest = session.exec(query.order_by(col(MergeClaimRow.last_stamp).desc(), MergeClaimRow.trial).limit(1)).first()
    return latest.trial if latest else None


def settle(session: Session, alias: str, trial: str, now: datetime) -> None:
    """Believe a claim: the watch and the tags of `alias` go to `trial`. Its own tags and versions stay with it too."""
    # What is merged into is alive, whatever was believed of it before: two numbers never lead to each other.
    session.connection().execute(delete(AliasRow).where(col(AliasRow.alias) == trial))
    add_alias(session, alias, trial, now)
    rename_watch(session, alias, trial, now)
    session.connection().execute(delete(MergeClaimRow).where(col(MergeClaimRow.alias) == alias))


def undo(session: Session, alias: str, registry: str, now: datetime) -> str | None:
    """Take a merge back: `alias` is watched again by its own number, with the tags it had. The other trial is left
    alone. Returns the trial it was merged into, None when it was not.

    A merge of a trial that has versions of its own is not believed again. Of a number that was never read, nothing is
    known: it is asked for once more, and followed as before when the registry still says the same.
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
