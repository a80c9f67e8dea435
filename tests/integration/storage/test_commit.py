"""Numbers, ids, chains and heads of what is committed."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from sqlmodel import col, select

from storage.documents.documents import NotCanonical
from storage.engine.database import Database
from storage.errors import Contradiction
from storage.tables.models import EventRow, FieldChangeRow, SightingRow, SnapshotRow, TrialRow
from storage.values.write_models import THIS_VERSION, Committed, NewField, NewStep
from storage.versions import history, snapshots, trials
from tests.support.store.store_factories import NOW, TRIAL, add_event, add_version, event, kept, small_store, version


def test_a_version_and_its_event_come_back_whole(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        new = version(kept(session, {"a": 1}), results="submitted", enrollment_count=10**12, submit_date="2025-12-31")
        fields = (NewField("enrollment.count", "Enrollment", None, {"n": [1, "ü"]}), NewField("b", "B", "x", None))
        told = event(from_version=None, to_version=THIS_VERSION, fields=fields)
        [done] = snapshots.commit(session, [NewStep(new, (told,), None)])
        assert done == Committed(TRIAL, False, 1, True, (1,), done.ids)
    with database.read() as session:
        stored, listed = history.current(session, TRIAL), session.get(TrialRow, TRIAL)
        [(seen, changes)] = history.changes(session, history.ChangeFilter())
    assert stored is not None and listed is not None
    assert done.ids == (seen.id,)
    for name in ("raw_sha256", "content_hash", "effective", "effective_basis", "submit_date", "observed_at", "results"):
        assert getattr(stored, name) == getattr(new, name)
    assert (listed.current_version, listed.versions, listed.light_hash) == (1, 1, new.light_hash)
    assert (listed.title, listed.enrollment_count, listed.results) == (new.title, 10**12, "submitted")
    assert (seen.seq, seen.to_version, seen.kind, seen.observed_at) == (1, 1, told.kind, NOW)
    assert [(it.before, it.after) for it in changes] == [("null", '{"n":[1,"ü"]}'), ('"x"', "null")]


def test_there_and_back_again_is_three_versions_and_two_changes_with_ids_of_their_own(database: Database) -> None:
    """Fault B21; and A -> B -> A -> B tells the same change twice under two ids."""
    with database.write() as session:
        shas = {name: kept(session, name) for name in "AB"}
        trials.add(session, [TRIAL], "ctgov")
        for number, (before, after) in enumerate(pairwise("-ABAB")):
            told = event(from_content=before, to_content=after, to_version=THIS_VERSION)
            snapshots.commit(session, [NewStep(version(shas[after]), (told,), number or None)])
    with database.read() as session:
        found = session.exec(select(EventRow).order_by(col(EventRow.seq))).all()
        assert [it.version for it in history.timeline(session, TRIAL)] == [1, 2, 3, 4]
    assert len({it.id for it in found}) == 4
    assert [it.identity for it in found].index(found[3].identity) == 1


def test_an_id_is_made_of_the_change_alone(database: Database) -> None:
    """The same change found again in another store, or after a restore, has the same id; this one is for ever."""
    with database.write() as session:
        add_event(session, subject="other")
        add_event(session)
        row = session.get(EventRow, 2)
    assert row is not None
    assert row.id == "evt_s2dg47psb64kjw4cljc2datihd"


def test_equal_changes_in_one_commit_are_counted_too(database: Database) -> None:
    with database.write() as session:
        snapshots.commit(session, [NewStep(None, (event(), event()), None), NewStep(None, (event(),), None)])
        ids = session.exec(select(EventRow.id)).all()
    assert len(set(ids)) == 3


def test_a_moved_head_is_answered_and_nothing_of_it_written(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None)
        other = "NCT00000002"
        trials.add(session, [other], "ctgov")
        stale = NewStep(version(kept(session, "B")), (event(),), None)
        fine = NewStep(version(kept(session, "C"), other), (event(other),), None)
        answers = snapshots.commit(session, [stale, fine])
        assert answers == [Committed(TRIAL, moved=True), Committed(other, False, 1, True, (2,), answers[1].ids)]
    with database.read() as session:
        assert [it.version for it in history.timeline(session, TRIAL)] == [1]
        assert history.last_seq(session) == 2
        [(_, _), (second, _)] = history.changes(session, history.ChangeFilter())
        assert answers[1].ids == (second.id,)


def test_a_later_step_sees_the_earlier_ones_version(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        days = ("2026-01-01", "2026-01-02", "2026-01-03")
        steps = [
            NewStep(version(kept(session, day), effective=day), (), number or None) for number, day in enumerate(days)
        ]
        assert [it.version for it in snapshots.commit(session, steps)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("late", "becomes_current"),
    [
        ({"effective": "2026-01-01"}, False),
        ({"effective": "2026-02-01", "submit_date": "2026-01-30"}, False),
        ({"effective": "2026-02-01", "submit_date": "2026-01-31", "registry_version": 4}, False),
        ({"effective": "2026-02-01", "submit_date": "2026-01-31"}, False),
        ({"effective": "2026-02-01", "submit_date": "2026-01-31", "registry_version": 5}, True),
        ({"effective": "2026-02-01", "submit_date": "2026-02-01"}, True),
        ({"effective": "2026-02-02"}, True),
    ],
)
def test_a_late_arrival_takes_its_place_in_time(
    database: Database, late: dict[str, object], becomes_current: bool
) -> None:
    with database.write() as session:
        now = {"effective": "2026-02-01", "submit_date": "2026-01-31", "registry_version": 5}
        add_version(session, "now", head=None, **now)
        done = add_version(session, "late", head=1, title="late", seen_day=None, **late)
        assert (done.version, done.current) == (2, becomes_current)
    with database.read() as session:
        ordered = history.timeline(session, TRIAL)
        row, head = session.get(TrialRow, TRIAL), trials.heads(session, [TRIAL])[TRIAL]
    assert [it.version for it in ordered] == ([1, 2] if becomes_current else [2, 1])
    assert row is not None
    assert (row.current_version, row.versions) == (ordered[-1].version, 2)
    assert (row.title == "late", head.light_hash == head.light_hash) == (becomes_current, True)
    assert head.raw_sha256 == ordered[-1].raw_sha256


def test_a_registry_number_noted_later_moves_the_version(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, title="A")
        add_version(session, "B", head=1, title="B")
        snapshots.note_registry_version(session, TRIAL, 1, 7)
        snapshots.note_registry_version(session, TRIAL, 1, 8)
    with database.read() as session:
        row = session.get(TrialRow, TRIAL)
        assert [(it.version, it.registry_version) for it in history.timeline(session, TRIAL)] == [(2, None), (1, 7)]
        assert row is not None
        assert (row.current_version, row.title) == (1, "A")


def test_a_version_nobody_saw_has_no_sighting(database: Database) -> None:
    with database.write() as session:
        add_version(session, "A", head=None, seen_day=None)
        assert session.exec(select(SightingRow)).all() == []


def test_a_version_without_its_trial_or_its_document_is_a_contradiction(database: Database) -> None:
    with pytest.raises(Contradiction, match=TRIAL), database.write() as session:
        snapshots.commit(session, [NewStep(version(kept(session, 1)), (), None)])
    with pytest.raises(Contradiction), database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        snapshots.commit(session, [NewStep(version("0" * 64), (), None)])


def test_what_cannot_be_written_leaves_the_counter_alone(database: Database) -> None:
    with pytest.raises(NotCanonical), database.write() as session:
        add_event(session)
        add_event(session, fields=(NewField("a", "A", None, float("nan")),))
    with database.read() as session:
        assert history.last_seq(session) == 0


def test_a_step_about_nothing_and_a_number_of_nothing_are_mistakes(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(ValueError, match="version or an event"):
            snapshots.commit(session, [NewStep(None, (), None)])
        with pytest.raises(ValueError, match=TRIAL):
            add_event(session, to_version=THIS_VERSION)


def test_events_about_us_need_no_trial(database: Database) -> None:
    with database.write() as session:
        assert add_event(session, trial="", kind="ops.stale") == 1


def test_two_writers_leave_no_gap_and_lose_no_head(database: Database) -> None:
    """Each tries to be the one to add the next version; who comes second is told so, and decides anew.

    Each has opened the store for itself, as two processes would: no lock of ours in memory is between them.
    """
    moved = []

    def work(name: str) -> None:
        mine = Database.open(database.where)
        for number in range(12):
            done = Committed(TRIAL, moved=True)
            while done.moved:
                with mine.read() as session:
                    heads = trials.heads(session, [TRIAL])
                head = heads[TRIAL].current_version if heads else None
                with mine.write() as session:
                    done = add_version(session, f"{name} {number}", head=head, events=2)
                moved.append(done.moved)
        mine.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.exec(select(EventRow.seq).order_by(EventRow.seq)).all() == list(range(1, 49))  # type: ignore[arg-type]
        assert sorted(session.exec(select(SnapshotRow.version))) == list(range(1, 25))
        assert history.last_seq(session) == 48
        assert len(session.exec(select(FieldChangeRow)).all()) == 48
    assert moved.count(False) == 24


def test_chains_begin_with_nothing_and_link_each_row_to_the_one_before(database: Database) -> None:
    with database.write() as session:
        small_store(session)
    with database.read() as session:
        store = history.store(session)
        events = session.exec(select(EventRow).order_by(EventRow.seq)).all()  # type: ignore[arg-type]
        versions = history.timeline(session, TRIAL)
    for rows in (events, versions):
        assert [it.previous for it in rows] == ["", *(it.chain for it in rows[:-1])]
        assert len({it.chain for it in rows}) == len(rows)
    assert (store.seq, store.event_head) == (events[-1].seq, events[-1].chain)
