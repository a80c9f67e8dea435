"""Notes on both databases: order, numbers, obsolete ids."""

from __future__ import annotations

from datetime import timedelta

from storage.engine.database import Database
from storage.integrity import verify
from storage.reads.in_session import SessionReader
from storage.tables.models import TrialRow
from storage.watching import notes, watches
from tests.support.store.store_factories import NOW
from tracker.services.labels.shown_notes import notes_of, notes_of_trials

ONE, TWO, THREE = "NCT00000001", "NCT00000002", "NCT00000003"


def test_notes_come_oldest_first_also_those_on_obsolete_ids(database: Database) -> None:
    with database.write() as session:
        session.add_all(TrialRow(trial=trial, registry_name="ctgov") for trial in (ONE, TWO, THREE))
        session.flush()
        for number, (trial, text) in enumerate([(ONE, "a"), (TWO, "b"), (ONE, "c\x00\ud800"), (THREE, "d")]):
            notes.add(session, trial, text, NOW - timedelta(days=number))
        watches.add_alias(session, ONE, TWO, NOW)
        watches.add_alias(session, TWO, THREE, NOW)
    with database.read() as session:
        found = notes_of_trials(SessionReader(session), [ONE, THREE, "NCT00000009"])
        texts = {trial: [row.text for row in rows] for trial, rows in found.items()}
        assert texts == {ONE: ["c\ufffd\ufffd", "a"], THREE: ["d", "c\ufffd\ufffd", "b", "a"], "NCT00000009": []}
        assert list(verify.verify(session)) == []


def test_a_number_is_not_given_again(database: Database) -> None:
    with database.write() as session:
        session.add(TrialRow(trial=ONE, registry_name="ctgov"))
        session.flush()
        first = notes.add(session, ONE, "a", NOW).id
        assert first is not None
        notes.remove(session, [first])
        assert notes_of(SessionReader(session), ONE) == []
        assert notes.add(session, ONE, "b", NOW).id == first + 1
