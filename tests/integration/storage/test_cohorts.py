"""Cohorts in the store: made, due in turn, stopped and begun again, and who is kept out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.tables.models import CohortRow
from storage.watching import cohorts, watches
from tests.integration.storage.test_hostile import HOSTILE
from tests.support.store.store_factories import NOW

HORIZON = NOW + timedelta(days=11)
A, B, C = (f"NCT{number:08d}" for number in range(1, 4))


def cohort(name: str = "like:NCT00000009", size: int = 10, **more: object) -> CohortRow:
    return CohortRow(name=name, registry_name="ctgov", kind="similar", size=size, created_at=NOW, **more)  # type: ignore[arg-type]


def put(session: Session, name: str, *names: str, brought: bool = True) -> None:
    for trial in names:
        watches.watch(session, trial, "ctgov", NOW, [name])
    rows = [{"trial": trial, "entered_at": NOW, "missing": 0, "brought": brought} for trial in names]
    cohorts.set_members(session, name, rows)


def test_those_due_come_in_the_order_they_have_waited(database: Database) -> None:
    with database.write() as session:
        for name, days in (("a", -1), ("b", -3), ("c", 1), ("d", 30), ("e", None)):
            at = None if days is None else NOW + timedelta(days=days)
            cohorts.define(session, cohort(name))
            cohorts.note(session, name, next_search_at=at)
    found = []
    with database.write() as session:
        while (name := cohorts.due(session, NOW, HORIZON)) is not None:
            found.append(name)
            cohorts.note(session, name, next_search_at=NOW + timedelta(days=7))
    assert found == ["b", "a", "e", "d"]  # d was planned by a clock that was set back


def test_the_same_cohort_again_is_due_at_once_and_a_larger_one_is_filled_anew(database: Database) -> None:
    with database.write() as session:
        cohorts.define(session, cohort(size=10))
        cohorts.note(session, cohort().name, filled_at=NOW, next_search_at=NOW + timedelta(days=7))
    for size, filled in ((10, True), (8, True), (12, False)):
        with database.write() as session:
            row = cohorts.define(session, cohort(size=size))
            assert (row.size, row.next_search_at, row.filled_at is not None) == (size, None, filled)


def test_one_that_is_stopped_is_not_due_and_begun_again_it_is_filled_anew(database: Database) -> None:
    with database.write() as session:
        cohorts.define(session, cohort())
        cohorts.note(session, cohort().name, filled_at=NOW)
        assert cohorts.stop(session, cohort().name, NOW)
        assert not cohorts.stop(session, cohort().name, NOW)
    with database.write() as session:
        assert cohorts.due(session, NOW, HORIZON) is None and cohorts.every(session) == []
        assert cohorts.define(session, cohort()).filled_at is None
        assert [row.name for row in cohorts.every(session)] == [cohort().name]


def test_members_are_replaced_and_counted(database: Database) -> None:
    with database.write() as session:
        cohorts.define(session, cohort())
        put(session, cohort().name, A, B)
        put(session, cohort().name, C)
        assert [member.trial for member in cohorts.members(session, cohort().name)] == [C]
        assert cohorts.sizes(session) == {cohort().name: 1}


def test_a_rejected_trial_is_out_at_once_without_the_tag_until_it_is_let_in(database: Database) -> None:
    name = cohort().name
    with database.write() as session:
        cohorts.reject(session, name, [B], NOW)  # before there is a cohort
        cohorts.define(session, cohort())
        put(session, name, A, B)
        cohorts.reject(session, name, [A, B], NOW)
        cohorts.reject(session, name, [A], NOW)
        assert cohorts.members(session, name) == []
        assert watches.tags_of(session, [A, B]) == {A: [], B: []}
        assert watches.watched(session) == [A, B]
        assert cohorts.rejected(session, name) == {A, B}
        cohorts.reject(session, name, [A], NOW, keep_out=False)
        assert cohorts.rejected(session, name) == {B}


def test_what_only_one_cohort_brought(database: Database) -> None:
    with database.write() as session:
        for name in ("x", "y", "z"):
            cohorts.define(session, cohort(name))
        put(session, "x", A, B, C)
        put(session, "y", B, brought=False)
        put(session, "z", C)
        cohorts.stop(session, "z", NOW)
        assert cohorts.brought_alone(session, "x") == [A, C]
        assert cohorts.brought_alone(session, "y") == []


@pytest.mark.fault("C17")
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_find_nothing_and_break_nothing(database: Database, text: str) -> None:
    with database.write() as session:
        cohorts.define(session, cohort())
        assert cohorts.find(session, text) is None
        assert cohorts.members(session, text) == [] and cohorts.rejected(session, text) == set()
        assert not cohorts.stop(session, text, NOW)
        assert [row.name for row in cohorts.every(session)] == [cohort().name]
