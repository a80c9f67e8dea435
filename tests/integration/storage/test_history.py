"""What was true or known on a day, and which changes match."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from storage.tables.models import SightingRow
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.store.store_factories import NOW, TRIAL, add_event, add_version, small_store

OTHER = "NCT00000002"


def number(found: Any) -> int | None:
    return None if found is None else found.version


def at(day: str) -> datetime:
    return datetime.fromisoformat(day + "T12:00:00+00:00")


def found(session: Session, **wanted: Any) -> list[int]:
    return [it.seq for it, _ in history.changes(session, ChangeFilter(**wanted))]


def test_one_version_and_none(database: Database) -> None:
    with database.write() as session:
        small_store(session)
    with database.read() as session:
        assert number(history.snapshot(session, TRIAL, 2)) == 2
        assert history.snapshot(session, TRIAL, 9) is None
        assert history.current(session, "NCT9") is None
        assert history.timeline(session, "NCT9") == []
        assert as_of(SessionReader(session), "NCT9", "2026-01-01") is None


@pytest.mark.parametrize(
    ("day", "true"), [("2025-12-31", None), ("2026-01-01", 1), ("2026-02-03", 2), ("2027-01-01", 3)]
)
def test_as_of_is_the_last_version_effective_by_that_day(database: Database, day: str, true: int | None) -> None:
    with database.write() as session:
        small_store(session)
        assert number(as_of(SessionReader(session), TRIAL, day)) == true


@pytest.mark.parametrize(("day", "true"), [("2026-01-02", 1), ("2026-01-03", 2), ("2026-01-05", 1), ("2026-01-08", 2)])
def test_a_version_sighted_again_later_is_true_on_the_days_it_was_sighted(
    database: Database, day: str, true: int
) -> None:
    """A was seen, B came late with a day between, and A was seen again from the 5th to the 6th."""
    with database.write() as session:
        add_version(session, "A", head=None, seen_day="2026-01-01")
        add_version(session, "B", head=1, effective="2026-01-03", seen_day=None)
        session.add(SightingRow(trial=TRIAL, version=1, first_day="2026-01-05", last_day="2026-01-06"))
        session.flush()
        assert number(as_of(SessionReader(session), TRIAL, day)) == true


def test_a_run_that_began_before_does_not_outweigh_a_later_version(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day="2026-01-01")
        add_version(session, "B", head=1, effective="2026-01-03", seen_day=None)
        session.add(SightingRow(trial=TRIAL, version=1, first_day="2026-01-02", last_day="2026-01-06"))
        session.flush()
        assert number(as_of(SessionReader(session), TRIAL, "2026-01-04")) == 2


def test_known_is_what_was_held_by_then(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, effective="2026-01-02", observed_at=at("2026-01-02"))
        add_version(session, "old", head=1, effective="2025-01-01", observed_at=at("2026-01-05"))
        add_version(session, "B", head=1, effective="2026-01-04", observed_at=at("2026-01-06"))

        def known(day: str, known_at: datetime | None = None) -> int | None:
            return number(as_of(SessionReader(session), TRIAL, day, "known", known_at))

        assert [known(f"2026-01-0{day}") for day in (1, 2, 5, 6)] == [None, 1, 1, 3]
        assert known("2026-01-06", at("2026-01-06") - timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({}, [1, 2, 3, 4]),
        ({"trials": (OTHER,)}, [3]),
        ({"trials": ()}, []),
        ({"kinds": ("results.*",)}, [1, 2]),
        ({"kinds": ("results.posted", "trial.*")}, [2, 4]),
        ({"kinds": ("*",)}, [1, 2, 3, 4]),
        ({"kinds": ("results",)}, []),
        ({"kinds": ("Results.*",)}, []),
        ({"kinds": ("results%",)}, []),
        ({"kinds": ("results_posted",)}, []),
        ({"kinds": ("r%*",)}, []),
        ({"kinds": ()}, []),
        ({"severities": ("critical",)}, [2]),
        ({"tag": "hcc"}, [3]),
        ({"tag": "%"}, []),
        ({"after_seq": 2}, [3, 4]),
        ({"limit": 2}, [3, 4]),
        ({"limit": 2, "after_seq": 0}, [1, 2]),
        ({"limit": 0}, []),
        ({"since_day": "2026-03-02"}, [2, 3]),
        ({"until_day": "2026-03-01"}, [1, 4]),
        ({"since_day": "2026-03-02", "until_day": "2026-03-02"}, [2]),
        ({"since_instant": at("2026-03-03")}, [3]),
        ({"until_instant": at("2026-03-02")}, [1, 2, 4]),
        ({"until_instant": at("2026-03-02") - timedelta(microseconds=1)}, [1, 4]),
    ],
)
def test_a_filter_finds_what_it_says(database: Database, wanted: dict[str, Any], seqs: list[int]) -> None:
    """The fourth was observed last of all, but is backfilled: its effective day counts."""
    with database.write() as session:
        add_event(session, kind="results.submitted", observed_at=at("2026-03-01"))
        add_event(session, kind="results.posted", severity="critical", observed_at=at("2026-03-02"))
        add_event(session, OTHER, kind="status.changed", observed_at=at("2026-03-03"))
        backfilled = {"backfilled": True, "effective": "2026-02-01"}
        add_event(session, kind="trial.first_seen", observed_at=at("2026-03-09"), **backfilled)
        watches.watch(session, OTHER, "ctgov", NOW, ["hcc"])
        assert found(session, **wanted) == seqs


def test_what_a_reader_was_shown_never_goes_back(database: Database) -> None:
    with database.write() as session:
        add_event(session)
        add_event(session)
        history.mark_shown(session, "me", 1)
        assert (history.shown(session, "me"), history.shown(session, "you")) == (1, 0)
        history.mark_shown(session, "me", history.last_seq(session))
        history.mark_shown(session, "me", 1)
        assert history.shown(session, "me") == 2


def test_many_changes_keep_their_fields_apart(database: Database) -> None:
    with database.write() as session:
        for trial_number in range(6):
            add_version(session, trial_number, head=None, trial=f"NCT{trial_number:08}", events=100)
        every = history.changes(session, ChangeFilter())
    assert [it.seq for it, _ in every] == list(range(1, 601))
    assert all([field.seq for field in fields] == [it.seq] for it, fields in every)
