"""What may be forgotten is forgotten, and the proof stays whole."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from storage.backup import backup
from storage.documents.documents import digest
from storage.engine.database import Database
from storage.integrity import verify
from storage.outbox import retention
from storage.polling import runs
from tests.support.store.store_factories import NOW, TRIAL, small_store

DAY = timedelta(days=1)


def test_only_what_is_settled_and_old_goes_and_the_chain_holds(database: Database) -> None:
    with database.write() as session:
        small_store(session)
        held = runs.start(session, "ctgov", None, NOW)
        runs.finish(session, held, NOW, "held", detail={"held_paths": ["x"]})
        done = runs.start(session, "ctgov", None, NOW)
        runs.finish(session, done, NOW, "complete", checked=7, detail={"said": "much"})
        running = runs.start(session, "ctgov", None, NOW)
        for trial, body in ((TRIAL, b"{"), ("NCT00000002", b"[")):
            runs.quarantine(session, trial, body, digest(body), 1, "", "cut", "", NOW)
        runs.cleared(session, TRIAL, NOW)
    with database.write() as session:
        before = backup.contents(session)
        assert retention.forget(session, NOW) == 0, "what was settled then, and not before"
        assert retention.forget(session, NOW + DAY) == 2
        assert retention.forget(session, NOW + DAY) == 0
    with database.read() as session:
        assert backup.contents(session) == before and list(verify.verify(session)) == []
        details = {number: runs.get(session, number) for number in (held, done, running)}
        assert [it.detail for it in details.values() if it] == ['{"held_paths":["x"]}', "{}", "{}"]
        assert details[done] is not None and details[done].checked == 7
        left = session.connection().execute(text("SELECT trial FROM quarantine")).scalars().all()
        assert left == ["NCT00000002"], "what still cannot be read stays"
