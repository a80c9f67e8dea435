"""Runs, what they stage, quarantine, documents nobody needs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from storage.documents import documents
from storage.documents.documents import pack
from storage.documents.read_documents import load
from storage.engine.database import Database
from storage.errors import Contradiction, Damaged
from storage.polling import runs
from storage.polling.runs import StagedRow
from storage.reads.in_session import SessionReader
from storage.tables.models import DocumentRow
from storage.values.states import RunOutcome
from tests.support.store.store_factories import NOW, TRIAL, add_version, kept

LATER = NOW + timedelta(hours=1)


def test_a_run_from_start_to_end(database: Database) -> None:
    with database.write() as session:
        assert runs.last(session) is None
        first = runs.start(session, "ctgov", "2026-03-01T09:00:05", NOW)
        second = runs.start(session, "euctr", None, LATER)
        assert first < second
        runs.finish(
            session, first, LATER, "partial", checked=9, new=1, changed=2, unchanged=6, requests=3, detail={"a": ["ü"]}
        )
    with database.read() as session:
        row, last = runs.get(session, first), runs.last(session)
        assert row is not None and last is not None
        assert runs.last(session, "ctgov") == row
        assert runs.last(session, "nobody") is None
    assert (row.outcome, row.finished_at, row.data_timestamp) == ("partial", LATER, "2026-03-01T09:00:05")
    assert (row.checked, row.new, row.changed, row.unchanged, row.requests) == (9, 1, 2, 6, 3)
    assert json.loads(row.detail) == {"a": ["ü"]}
    assert (last.id, last.outcome, last.finished_at) == (second, RunOutcome.RUNNING, None)


def test_ending_a_run_that_never_was_is_a_mistake(database: Database) -> None:
    with pytest.raises(Contradiction, match="run 7"), database.write() as session:
        runs.finish(session, 7, NOW, "complete")


def test_staged_rows_come_back_in_order_and_in_pages(database: Database) -> None:
    with database.write() as session:
        run, other = (runs.start(session, "ctgov", None, NOW) for _ in range(2))
        shas = [kept(session, number) for number in range(5)]
        rows = [StagedRow(f"NCT{number}", shas[number], "light", "http://x", NOW) for number in range(5)]
        runs.stage(session, run, [*rows[3:], *rows[:3]])
        runs.stage(session, other, rows[:1])
        again = StagedRow("NCT2", shas[4], "newer", "http://y", LATER)
        runs.stage(session, run, [again])
    with database.write() as session:
        expected = [*rows[:2], again, *rows[3:]]
        assert runs.staged(session, run, limit=3) == expected[:3]
        assert runs.staged(session, run, after="NCT2") == expected[3:]
        assert runs.staged_sample(session, run, 2) == [expected[0], expected[3]]
        assert runs.staged_sample(session, run, 50) == expected
        assert (runs.staged_count(session, run), runs.staged_count(session, other)) == (5, 1)
        runs.unstage(session, run)
        assert (runs.staged_count(session, run), runs.staged_count(session, other)) == (0, 1)


def test_only_documents_nobody_needs_are_dropped(database: Database) -> None:
    with database.write() as session:
        add_version(session, "kept by a version", head=None)
        run = runs.start(session, "ctgov", None, NOW)
        staged, loose = kept(session, "kept by a run"), kept(session, "kept by nobody")
        runs.stage(session, run, [StagedRow(TRIAL, staged, "", "", NOW)])
        assert runs.drop_unreferenced_documents(session) == 1
        assert session.get(DocumentRow, loose) is None
        assert load(SessionReader(session), staged) == b'"kept by a run"'
        runs.unstage(session, run)
        assert runs.drop_unreferenced_documents(session) == 1
        assert runs.drop_unreferenced_documents(session) == 0


def test_a_quarantine_is_news_once(database: Database) -> None:
    raw = b'{"no": "\xff status\x00"}'
    sha = documents.digest(raw)

    def tell(normalizer: int, trial: str = TRIAL) -> bool:
        return runs.quarantine(session, trial, raw, sha, normalizer, "a\x00.b", "no status", "http://x", LATER)

    with database.write() as session:
        assert runs.refused_before(session, 2) == set()
        assert [tell(1), tell(1), tell(2), tell(2)] == [True, False, True, False]
        assert tell(2, "NCT2")
        assert [runs.refused_before(session, it) for it in (2, 3)] == [set(), {TRIAL, "NCT2"}]
        runs.cleared(session, TRIAL, LATER)
        assert runs.refused_before(session, 3) == {"NCT2"}
        assert runs.refusals(session, [TRIAL, "NCT2"]) == {"NCT2": ""}
        assert [it.trial for it in runs.active_quarantines(session)] == ["NCT2"]
        assert [it.trial for it in runs.active_quarantines(session, "NCT2")] == ["NCT2"]
        assert runs.active_quarantines(session, TRIAL) == []
        assert tell(2)
        assert [it.trial for it in runs.active_quarantines(session)] == [TRIAL, "NCT2"]
        row = runs.active_quarantines(session)[0]
        assert (row.path, row.cleared_at, row.first_seen_at) == ("a\ufffd.b", None, LATER)
        assert runs.quarantined(row) == raw
        row.body = pack(b"something else")
        with pytest.raises(Damaged, match=TRIAL):
            runs.quarantined(row)


def test_several_trials_leave_quarantine_at_once(database: Database) -> None:
    sha = documents.digest(b"{")
    with database.write() as session:
        for trial in ("NCT1", "NCT2", "NCT3"):
            runs.quarantine(session, trial, b"{", sha, 1, "", "cut", "", NOW)
        runs.lift_quarantine(session, {"NCT3", "NCT1", "NCT9"}, LATER)
        assert [it.trial for it in runs.active_quarantines(session)] == ["NCT2"]
        assert [it.trial for it in runs.active_quarantines(session, "NCT2")] == ["NCT2"]
        assert runs.active_quarantines(session, TRIAL) == []
