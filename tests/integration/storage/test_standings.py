"""The last change of a trial, as it is kept with its results status."""

from __future__ import annotations

from storage.engine.database import Database
from storage.versions import results_cache
from tests.support.store.store_factories import TRIAL, add_event, add_version


def test_the_last_change_that_was_no_housekeeping(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None)
        assert results_cache.last_changes(session) == {}
        add_event(session, head=1, kind="trial.first_seen", effective="2026-09-01", from_version=None, to_version=1)
        add_event(session, head=1, effective="2026-02-01", from_version=1, to_version=2)
        add_event(session, head=1, effective="2026-01-15", from_version=1, to_version=2)
        add_event(session, head=1, severity="admin", effective="2026-03-01", from_version=1, to_version=2)
        add_event(session, head=1, kind="results.overdue", effective="2026-04-01", from_version=2, to_version=2)
        assert results_cache.last_changes(session) == {TRIAL: "2026-02-01"}
        add_event(session, head=1, kind="trial.gone", effective="2026-05-01", from_version=2, to_version=2)
        assert results_cache.last_changes(session) == {TRIAL: "2026-05-01"}
