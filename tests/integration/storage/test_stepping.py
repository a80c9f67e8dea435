"""The steps that events were told of, with their contents; messages that several events join, or leave."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from storage.engine.database import Database
from storage.outbox import queries, queue
from storage.outbox.queue import NewMessage
from storage.values.write_models import THIS_VERSION, NewStep
from storage.versions import trials
from storage.versions.snapshots import commit
from storage.versions.version_steps import steps_of
from tests.integration.storage.test_outbox import claim, message, told
from tests.support.store import store_factories
from tests.support.store.outbox_factories import join

pytestmark = pytest.mark.fault("R-C5")
OTHER = "NCT00000002"


def live(database: Database, trial: str, *contents: str) -> None:
    """A trial that comes to these contents, one after the other, each told by two events."""
    with database.write() as session:
        trials.add(session, [trial], "ctgov")
        sha = store_factories.kept(session, {"a": 1})
        head = None
        for number, content in enumerate(contents, 1):
            version = store_factories.version(sha, trial, f"2026-01-{number:02}", content_hash=content)
            rows = tuple(
                store_factories.event(trial, kind, subject=str(number), from_version=head, to_version=THIS_VERSION)
                for kind in ("status.changed", "title.changed")
            )
            commit(session, [NewStep(version, rows, head)])
            head = number
        lone = store_factories.event(trial, "trial.gone", from_version=head, to_version=head)
        commit(session, [NewStep(None, (lone,), head)])


def test_each_step_has_its_contents_and_its_number(database: Database) -> None:
    live(database, store_factories.TRIAL, "a", "b", "a", "b", "c", "b")
    live(database, OTHER, "a", "b")
    with database.read() as session:
        found = steps_of(session, [store_factories.TRIAL, OTHER])
        assert steps_of(session, []) == {}
    assert found == {
        (store_factories.TRIAL, None, 1): ("", "a", 0),
        (store_factories.TRIAL, 1, 2): ("a", "b", 0),
        (store_factories.TRIAL, 2, 3): ("b", "a", 0),
        (store_factories.TRIAL, 3, 4): ("a", "b", 1),
        (store_factories.TRIAL, 4, 5): ("b", "c", 0),
        (store_factories.TRIAL, 5, 6): ("c", "b", 0),
        (OTHER, None, 1): ("", "a", 0),
        (OTHER, 1, 2): ("a", "b", 0),
    }


def test_what_joins_a_message_makes_it_weigh_more(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a", severity="minor", rules=("one",), due_at=store_factories.NOW + timedelta(hours=2))
        seq = told(session, subject="later")
        more = NewMessage(
            "msg_a",
            "team",
            "step",
            store_factories.TRIAL,
            "critical",
            ("two", "one"),
            (seq,),
            store_factories.NOW,
            store_factories.NOW,
        )
        assert join(session, more)
        assert set(queue.look_up(session, ["msg_a", "msg_b"])) == {"msg_a"}
    with database.read() as session:
        row = queries.find(session, "msg_a")
        events = queries.contents_of(session, ["msg_a"], 9)["msg_a"].changes
    assert row is not None and (row.kind, row.severity) == ("step", "critical")
    assert orjson.loads(row.rules) == ["one", "two"]
    assert row.due_at == row.next_attempt_at == store_factories.NOW
    assert len(events) == 2


def test_nothing_joins_what_is_on_its_way(database: Database) -> None:
    with database.write() as session:
        message(session, "msg_a")
    assert claim(database) is not None
    with database.write() as session:
        seq = told(session, subject="later")
        late = NewMessage(
            "msg_a",
            "team",
            "step",
            store_factories.TRIAL,
            "major",
            (),
            (seq,),
            store_factories.NOW,
            store_factories.NOW,
        )
        assert not join(session, late)
    with database.read() as session:
        assert queries.contents_of(session, ["msg_a"], 9)["msg_a"].total == 1


def test_what_another_message_tells_is_left_out(database: Database) -> None:
    with database.write() as session:
        seqs = tuple(told(session, subject=str(number)) for number in range(3))
        message(session, "msg_a", kind="step", severity="critical", seqs=seqs)
        message(session, "msg_b", OTHER, seqs=seqs)
        left = NewMessage(
            "msg_a",
            "team",
            "title.changed",
            store_factories.TRIAL,
            "minor",
            (),
            seqs[1:2],
            store_factories.NOW,
            store_factories.NOW,
        )
        queue.keep_only(session, left)
    with database.read() as session:
        row = queries.find(session, "msg_a")
        found = queries.contents_of(session, ["msg_a", "msg_b"], 9)
    assert row is not None and (row.kind, row.severity) == ("title.changed", "minor")
    assert [event.seq for event, _ in found["msg_a"].changes] == [seqs[1]]
    assert found["msg_b"].total == 3, "another message keeps what it tells"
