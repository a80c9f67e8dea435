"""Kept standings: they count only for the versions and the rules they were made by. Slips and last changes."""

from __future__ import annotations

from storage.engine.database import Database
from storage.versions import results_cache
from storage.versions.results_cache import DateChange, Made
from storage.versions.snapshots import NewField
from tests.support.store.store_factories import TRIAL, add_event, add_version

OTHER = "NCT00000002"
COMPLETION = {"date.completion_changed": "dates.completion"}


def test_a_standing_is_kept_for_its_versions_and_its_rules_alone(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None)
        results_cache.keep(session, [Made(TRIAL, 1, 1, '{"state":"none"}')], "rules/1")
    with database.read() as session:
        assert results_cache.kept(session, [TRIAL, OTHER], "rules/1") == {TRIAL: '{"state":"none"}'}
        assert results_cache.kept(session, [TRIAL], "rules/2") == {}
        assert results_cache.kept(session, [], "rules/1") == {}
    with database.write() as session:
        add_version(session, "B", head=1, effective="2026-02-01")
        assert results_cache.kept(session, [TRIAL], "rules/1") == {}, "there is a version more"
        results_cache.keep(session, [Made(TRIAL, 2, 2, '{"state":"posted"}')], "rules/2")
        assert results_cache.kept(session, [TRIAL], "rules/2") == {TRIAL: '{"state":"posted"}'}


def test_a_standing_made_of_versions_that_are_no_more_the_last_does_not_count(database: Database) -> None:
    """Another process stored a version while it was made."""
    with database.write() as session:
        add_version(session, "A", head=None)
        add_version(session, "B", head=1, effective="2026-02-01")
        results_cache.keep(session, [Made(TRIAL, 1, 1, "{}")], "rules/1")
        assert results_cache.kept(session, [TRIAL], "rules/1") == {}


def test_more_trials_than_one_statement_takes(database: Database) -> None:
    with database.read() as session:
        assert results_cache.kept(session, [f"NCT{number:08}" for number in range(1200)], "rules/1") == {}


def test_the_changes_of_a_date_in_the_order_of_time(database: Database) -> None:
    def change(before: str | None, after: str | None) -> tuple[NewField, ...]:
        others = NewField("dates.completion.type", "Completion type", "ESTIMATED", "ACTUAL")
        return (NewField("dates.completion", "Completion", before, after), others)

    kind = "date.completion_changed"
    with database.write() as session:
        add_version(session, "A", head=None)
        add_event(session, head=1, kind=kind, effective="2026-03-01", fields=change("2027-01", None))
        add_event(session, head=1, kind=kind, effective="2026-02-01", fields=change("2026-12", "2027-01"))
        add_event(session, head=1, kind="status.changed", effective="2026-02-01")
    with database.read() as session:
        assert results_cache.date_changes(session, COMPLETION) == [
            DateChange(TRIAL, "dates.completion", "2026-12", "2027-01"),
            DateChange(TRIAL, "dates.completion", "2027-01", None),
        ]


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
