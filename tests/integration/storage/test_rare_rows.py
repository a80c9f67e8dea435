"""What is rare and asked often: answered right on both databases, and on SQLite along an index of those rows alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlmodel import Session

from storage.engine.database import Database
from storage.reads import in_session
from storage.reads.health import monitoring
from storage.reads.in_session import SessionReader, execute_text
from storage.reads.query import FOR_SQLITE
from storage.reads.trials.planned_checks import first_check, never_found, upcoming
from storage.values.change_filter import ChangeFilter
from storage.versions import history, trials
from storage.watching import watches
from tests.support.store.store_factories import NOW, TRIAL, add_event, add_version

OTHER, THIRD = "NCT00000002", "NCT00000003"


def several(session: Session) -> None:
    for number, name in enumerate((TRIAL, OTHER, THIRD)):
        watches.watch(session, name, "ctgov" if name != OTHER else "euctr", NOW + timedelta(days=number))
    add_version(session, "one", head=None)
    watches.unwatch(session, THIRD, NOW)
    for at, kind in enumerate(("cohort.entered", "status.changed", "cohort.left", "cohort.moved")):
        add_event(session, head=1, kind=kind, subject=str(at), to_content=str(at))


def test_turns_of_sets_are_those_of_two_kinds(database: Database) -> None:
    with database.write() as session:
        several(session)
    with database.read() as session:
        found = history.turns_of_sets(session)
        assert [row.kind for row, _ in found] == ["cohort.entered", "cohort.left"]
        assert found == history.changes(session, ChangeFilter(kinds=("cohort.entered", "cohort.left")))


def test_watched_trials_by_registry(database: Database) -> None:
    with database.write() as session:
        several(session)
    with database.read() as session:
        found = SessionReader(session).rows(monitoring.WATCHED)
        assert found == [("ctgov", 1, NOW), ("euctr", 1, NOW + timedelta(days=1))]


def test_the_next_checks_are_those_of_watched_trials_with_one(database: Database) -> None:
    with database.write() as session:
        several(session)
        watches.watch(session, "NCT00000004", "ctgov", NOW)
    with database.read() as session:
        assert first_check(SessionReader(session)) is None
        assert upcoming(SessionReader(session), 5) == []
    with database.write() as session:
        trials.set_next_checks(
            session, {TRIAL: (NOW + timedelta(days=2), ""), OTHER: (NOW, ""), THIRD: (NOW - timedelta(days=9), "")}
        )
    with database.read() as session:
        reader = SessionReader(session)
        assert first_check(reader) == NOW
        assert [row.trial for row in upcoming(reader, 5)] == [OTHER, TRIAL]
        assert upcoming(reader, 1) == [(OTHER, "", NOW)]


QUESTIONS: dict[str, Callable[[Session], Any]] = {
    "ix_event_kind": history.turns_of_sets,
    "ix_trial_missing_count": lambda session: never_found(SessionReader(session)),
    "ix_watch_registry_name_added_at": lambda session: SessionReader(session).rows(monitoring.WATCHED),
    "ix_trial_next_look_at": lambda session: first_check(SessionReader(session)),
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_sqlite_reads_along_the_index(_sqlite_database: Database, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []
    with _sqlite_database.read() as session:
        connection = session.connection()

        def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
            asked.append((statement, values))

        def note_text(connection: Any, sql: str, **named: Any) -> Any:
            asked.append(FOR_SQLITE.statement(sql, named))
            return execute_text(connection, sql, **named)

        monkeypatch.setattr(in_session, "execute_text", note_text)  # texts go past SQLAlchemy
        sa_event.listen(connection, "before_cursor_execute", note)
        QUESTIONS[index](session)
        sa_event.remove(connection, "before_cursor_execute", note)
        statement, values = asked[0]
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any(f"INDEX {index}" in step for step in plan), plan
