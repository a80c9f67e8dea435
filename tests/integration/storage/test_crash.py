"""kill -9 leaves all of a transaction or nothing."""

from __future__ import annotations

import pytest
from sqlmodel import func, select

from storage.engine.database import Database
from storage.integrity import verify
from storage.tables.models import DocumentRow, EventRow, SnapshotRow
from storage.versions import history, trials
from tests.support.store.raw_sqlite import address_of
from tests.support.store.store_processes import child


def test_killed_half_way_nothing_is_there(database: Database) -> None:
    with child(address_of(database), "is_half_way") as process:
        process.kill()
        process.wait()
    with database.read() as session:
        assert trials.rows(session, watched_only=False) == []
        assert session.exec(select(func.count()).select_from(DocumentRow)).one() == 0
        assert history.last_seq(session) == 0
        assert list(verify.verify(session)) == []


@pytest.mark.parametrize("acknowledged", [1, 4])
def test_killed_at_any_time_what_was_acknowledged_is_there_and_whole(database: Database, acknowledged: int) -> None:
    with child(address_of(database), "writes_for_ever", lines=acknowledged) as process:
        process.kill()
        process.wait()
    with database.read() as session:
        versions = session.exec(select(func.count()).select_from(SnapshotRow)).one()
        assert versions >= acknowledged
        assert session.exec(select(func.count()).select_from(EventRow)).one() == 2 * versions
        assert list(verify.verify(session)) == []
