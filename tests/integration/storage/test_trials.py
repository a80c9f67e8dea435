"""Watches, tags, aliases; heads, marks, sightings, absences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlmodel import Session, select

from storage.engine.database import Database
from storage.reads import in_session
from storage.reads.in_session import execute_text
from storage.tables.models import SightingRow, WatchRow
from storage.versions import trials
from storage.watching import watches
from tests.support.store.store_factories import NOW, TRIAL, add_version

LATER = NOW + timedelta(days=1)
OTHER = "NCT00000002"


def sightings(session: Session) -> list[tuple[int, str, str]]:
    rows = session.exec(select(SightingRow).order_by(SightingRow.id))  # type: ignore[arg-type]
    return [(it.version, it.first_day, it.last_day) for it in rows]


def see(session: Session, names: list[str], mark: str, day: str) -> None:
    trials.seen(session, names, data_timestamp=mark, day=day, now=NOW)


def test_a_watch_is_new_once_and_again_after_it_was_stopped(database: Database) -> None:
    with database.write() as session:
        assert watches.watch(session, TRIAL, "ctgov", NOW, ["b", "a"])
        assert not watches.watch(session, TRIAL, "ctgov", LATER, ["c", "a"])
        assert watches.watch(session, OTHER, "ctgov", NOW)
        assert watches.unwatch(session, OTHER, LATER)
        assert not watches.unwatch(session, OTHER, LATER)
        assert not watches.unwatch(session, "NCT99999999", LATER)
    with database.write() as session:
        assert watches.watched(session) == [TRIAL]
        assert watches.watched(session, "c") == [TRIAL]
        assert watches.watched(session, "none") == []
        assert watches.watched_of(session, [OTHER, "NCT99999999", TRIAL]) == {TRIAL}
        assert watches.tags_of(session, [OTHER, TRIAL]) == {OTHER: [], TRIAL: ["a", "b", "c"]}
        stopped = session.get(WatchRow, OTHER)
        assert stopped is not None and stopped.stopped_at == LATER
        assert watches.watch(session, OTHER, "ctgov", LATER)
        assert watches.watched(session) == [TRIAL, OTHER]


def test_known_is_what_has_a_version(database: Database) -> None:
    with database.write() as session:
        watches.watch(session, TRIAL, "ctgov", NOW)
        add_version(session, "A", head=None, trial=OTHER)
        assert watches.known(session, [TRIAL, OTHER, "NCT9"]) == {OTHER}


def test_aliases_are_followed_to_their_end(database: Database) -> None:
    with database.write() as session:
        watches.add_alias(session, "A", "B", NOW)
        watches.add_alias(session, "B", "C", NOW)
        watches.add_alias(session, "D", "D", NOW)
        watches.add_alias(session, "B", TRIAL, LATER)
        assert [watches.resolve(session, name) for name in ("A", "B", TRIAL, "D")] == [TRIAL, TRIAL, TRIAL, "D"]
        watches.add_alias(session, TRIAL, "A", NOW)
        assert watches.resolve(session, "A") in ("A", "B", TRIAL)


def test_a_merged_trial_takes_watch_and_tags_with_it(database: Database) -> None:
    with database.write() as session:
        watches.watch(session, TRIAL, "ctgov", NOW, ["a", "b"])
        watches.watch(session, OTHER, "ctgov", NOW, ["b", "c"])
        watches.rename_watch(session, TRIAL, OTHER, LATER)
        watches.rename_watch(session, TRIAL, OTHER, LATER)
    with database.read() as session:
        assert watches.watched(session) == [OTHER]
        assert watches.tags_of(session, [TRIAL, OTHER]) == {TRIAL: ["a", "b"], OTHER: ["a", "b", "c"]}


def test_a_head_before_and_after_the_first_version(database: Database) -> None:
    with database.write() as session:
        watches.watch(session, TRIAL, "ctgov", NOW)
        assert trials.heads(session, [TRIAL, "NCT9"]) == {
            TRIAL: trials.Head(TRIAL, None, 0, "", "", "", None, None, None, 0, None, "", "")
        }
        add_version(session, "A", head=None, submit_date="2025-12-01")
        see(session, [TRIAL], "2026-03-01T09:00:05", "2026-03-01")
        trials.set_light_hash(session, {TRIAL: "lighter", OTHER: "nobody"})
        trials.set_light_hash(session, {})
        head = trials.heads(session, [TRIAL])[TRIAL]
    assert (head.current_version, head.versions, head.light_hash) == (1, 1, "lighter")
    assert (head.effective, head.submit_date, head.data_timestamp) == (
        "2026-01-01",
        "2025-12-01",
        "2026-03-01T09:00:05",
    )
    assert head.full_read_at == NOW
    assert head.content_hash == "content-" + head.raw_sha256[:8]


def test_many_heads_cost_one_question_and_many_sightings_three(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(connection: Any, sql: str, **named: Any) -> Any:
        asked.append(sql)
        return execute_text(connection, sql, **named)

    names = [f"NCT{number:08}" for number in range(200)]
    asked: list[str] = []
    with database.write() as session:
        trials.add(session, names, "ctgov")
    sa_event.listen(database.engine, "before_cursor_execute", lambda *it: asked.append(it[2]))
    monkeypatch.setattr(in_session, "execute_text", note)  # texts go past SQLAlchemy
    with database.write() as session:
        assert len(trials.heads(session, names)) == 200
        see(session, names, "2026", "2026-03-01")
    asked = [it for it in asked if not it.startswith(("BEGIN", "SET"))]
    assert [it.split()[0] for it in asked] == ["SELECT", "UPDATE", "UPDATE", "INSERT"]


def test_a_mark_and_a_sighting_never_go_back(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day="2026-01-05")
        for mark, day in (("2026-01-07T09", "2026-01-07"), ("2026-01-06T09", "2026-01-06")):
            see(session, [TRIAL], mark, day)
        assert sightings(session) == [(1, "2026-01-05", "2026-01-07")]
        assert trials.heads(session, [TRIAL])[TRIAL].data_timestamp == "2026-01-07T09"


def test_a_refused_read_is_noted_apart_without_a_sighting(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day="2026-01-05")
        trials.missed(session, TRIAL, "T1", NOW)
        for timestamp in ("T2", "T1"):
            trials.refused(session, TRIAL, data_timestamp=timestamp, now=LATER)
        head = trials.heads(session, [TRIAL])[TRIAL]
        assert (head.data_timestamp, head.reads, head.full_read_at, head.missing_count) == (None, ("T2",), LATER, 0)
        assert sightings(session) == [(1, "2026-01-05", "2026-01-05")]
        see(session, [TRIAL], "T3", "2026-01-06")
        assert trials.heads(session, [TRIAL])[TRIAL].reads == ("T3",)


def test_only_the_last_run_of_the_current_version_is_extended(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day="2026-01-05")
        add_version(session, "B", head=1, seen_day="2026-01-06")
        session.add(SightingRow(trial=TRIAL, version=2, first_day="2026-01-08", last_day="2026-01-08"))
        session.flush()
        see(session, [TRIAL], "2026", "2026-01-09")
        assert sightings(session) == [
            (1, "2026-01-05", "2026-01-05"),
            (2, "2026-01-06", "2026-01-06"),
            (2, "2026-01-08", "2026-01-09"),
        ]


def test_a_backfilled_version_is_sighted_when_a_poll_finds_it(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day=None)
        trials.add(session, [OTHER], "ctgov")
        see(session, [TRIAL, OTHER], "2026", "2026-01-09")
        see(session, [TRIAL, OTHER], "2026", "2026-01-10")
        assert sightings(session) == [(1, "2026-01-09", "2026-01-10")]


def test_absence_is_counted_once_a_data_timestamp_and_forgotten_when_seen(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        counted = [trials.missed(session, TRIAL, mark, NOW) for mark in ("T1", "T1", "T2", "T1", "T2", "T3")]
        assert counted == [1, 1, 2, 2, 2, 3]
        assert trials.missed(session, "NCT9", "T1", NOW) == 0
        trials.set_gone(session, TRIAL, NOW)
        assert trials.heads(session, [TRIAL])[TRIAL].gone_since == NOW
        see(session, [TRIAL], "T4", "2026-01-09")
        trials.set_gone(session, TRIAL, None)
        head = trials.heads(session, [TRIAL])[TRIAL]
        assert (head.missing_data_timestamp, head.missing_count, head.gone_since) == (None, 0, None)
        assert trials.missed(session, TRIAL, "T4", NOW) == 1


def test_the_next_check_and_its_reason_stay_until_another_is_planned(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        trials.set_next_checks(session, {TRIAL: (LATER, "it changed within the last year")})
        see(session, [TRIAL], "T", "2026-01-01")
        [row] = trials.listing(session, [TRIAL])
        assert (row.next_check_at, row.next_check_reason) == (LATER, "it changed within the last year")
        trials.set_next_checks(session, {TRIAL: (NOW, "")})
        session.refresh(row)
        assert (row.next_check_at, row.next_check_reason) == (NOW, "")


def test_the_list_knows_tags_and_what_is_watched(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [OTHER], "ctgov")
        watches.watch(session, TRIAL, "ctgov", NOW, ["b", "a"])
    with database.read() as session:
        [line] = trials.rows(session)
        assert (line.trial.trial, line.tags, line.active) == (TRIAL, ("a", "b"), True)
        everything = trials.rows(session, watched_only=False)
        assert [(it.trial.trial, it.active) for it in everything] == [(TRIAL, True), (OTHER, False)]
        assert trials.rows(session, tag="c") == []
        assert len(trials.rows(session, tag="a")) == 1
