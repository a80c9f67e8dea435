"""Which trials are the same in several registers, as their records say. Found from either side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete
from sqlmodel import Session

from storage.engine.bulk import batches, insert_rows, storable, table_of
from storage.tables.models import RegisterLinkRow

__all__ = ["set_links"]

_LINK = table_of(RegisterLinkRow)


def set_links(session: Session, numbers: Mapping[str, Iterable[str]]) -> None:
    """Store the numbers that the record of each trial names now, in place of the earlier ones."""
    for batch in batches(sorted(numbers), 200):
        session.connection().execute(delete(_LINK).where(_LINK.c.trial.in_(batch)))
        rows = [{"trial": trial, "other": storable(other)} for trial in batch for other in sorted(set(numbers[trial]))]
        insert_rows(session, RegisterLinkRow, rows)
