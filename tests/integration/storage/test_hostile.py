"""Text from outside: the same on both databases, and never a statement (faults C04, C05, C17)."""

from __future__ import annotations

import json

import pytest

from storage.engine.bulk import storable
from storage.engine.database import Database
from storage.integrity import verify
from storage.polling import hosts, runs
from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from storage.tables.models import TrialRow
from storage.values.write_models import NewField, NewStep
from storage.versions import history, snapshots, trials
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.store.store_factories import NOW, TRIAL, add_event, event, kept, version

HOSTILE = [
    "'; DROP TABLE trial; --",
    '" OR 1=1 --',
    "id;drop",
    "100%",
    "_",
    "\\",
    ":name %s ? $1 {x}",
    "nul\x00byte",
    "half \ud800 pair",
    "\u202edesrever",
    "e\u0301 \U0001f600",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_kept_and_found_again(database: Database, text: str) -> None:
    clean = storable(text)
    with database.write() as session:
        watches.watch(session, TRIAL, "ctgov", NOW, [text])
        fields = (NewField(text, text, clean, {"nul": "\x00", clean: [text.replace("\ud800", "")]}),)
        told = event(summary=text, subject=text, fields=fields)
        new = version(kept(session, {"t": clean}), title=text, status=text)
        snapshots.commit(session, [NewStep(new, (told,), None)])
        add_event(session, head=1, kind="other")
        hosts.release(session, "h", "me", NOW, True, error=text)
    with database.read() as session:
        assert watches.watched(session, text) == [TRIAL]
        [line] = trials.rows(session, tag=text)
        assert (line.trial.title, line.trial.status, line.tags) == (clean, clean, (clean,))
        [(seen, [field]), _] = history.changes(session, ChangeFilter(tag=text))
        assert (seen.summary, seen.subject, field.field, field.label) == (clean,) * 4
        assert json.loads(field.after)["nul"] == "\x00"
        assert list(verify.verify(session)) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions_have_an_empty_answer(database: Database, text: str) -> None:
    with database.write() as session:
        add_event(session)
        for wanted in ({"kinds": (text, text + "*")}, {"trials": (text,)}, {"tag": text}):
            assert history.changes(session, ChangeFilter(**wanted)) == []  # type: ignore[arg-type]
        assert watches.watched(session, text) == []
        assert watches.known(session, [text]) == set()
        assert watches.resolve(session, text) == text
        assert trials.heads(session, [text]) == {}
        assert history.timeline(session, text) == []
        assert history.current(session, text) is None
        assert as_of(SessionReader(session), text, "2026-01-01") is None
        assert runs.last(session, text) is None
        history.mark_shown(session, text, 1)
        assert history.shown(session, text) == 1
        assert session.get(TrialRow, TRIAL) is None


def test_what_is_fine_stays_as_it_is() -> None:
    assert storable("e\u0301 \U0001f600 \t") == "e\u0301 \U0001f600 \t"
    assert storable("a\x00\udfffb") == "a\ufffd\ufffdb"
