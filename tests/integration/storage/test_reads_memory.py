"""What the door remembers: each question once for each state of the store, never from another one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest

from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.reads.query import Query
from storage.reads.sources.memory import Memory
from tests.support.store.store_factories import add_event, small_store


class Number(NamedTuple):
    number: int


COUNT = Query("SELECT count(*) FROM event", Number)
SAME = Query("SELECT count(*) FROM event WHERE :it = :it", Number)


@pytest.fixture
def door(database: Database) -> Iterator[ReadDoor]:
    with database.write() as session:
        small_store(session)
    with closing(ReadDoor.open(database.where)) as opened:
        yield opened


def dice(door: ReadDoor) -> Query[Number]:
    """Return a query with another answer each time that it runs."""
    way = "abs(random())" if door.dialect == "sqlite" else "CAST(random() * 1000000000000 AS BIGINT)"
    return Query(f"SELECT {way} FROM store", Number)


def thrown(door: ReadDoor) -> int:
    with door.read() as reader:
        return reader.remembered_one(dice(door)).number


def remembered(door: ReadDoor) -> int:
    """Return the answer that was given four times in a row.

    A server has one count of transactions for all its databases. So those of a neighbour's test may end a memory.
    """
    for _ in range(50):
        first, *again = [thrown(door) for _ in range(4)]
        if again == [first] * 3:
            return first
    raise AssertionError("each question was asked again")


def test_a_question_is_asked_once_until_something_is_stored(door: ReadDoor, database: Database) -> None:
    first = remembered(door)
    with database.write() as session:
        add_event(session, "later")
    assert remembered(door) != first


def test_what_is_rolled_back_changes_no_answer(door: ReadDoor, database: Database) -> None:
    with door.read() as reader:
        before = reader.remembered_one(COUNT).number
    with pytest.raises(RuntimeError), database.write() as session:
        add_event(session, "never")
        raise RuntimeError
    with door.read() as reader:
        assert reader.remembered_one(COUNT).number == before


def test_a_transaction_keeps_to_its_snapshot_and_leaves_nothing_old_behind(door: ReadDoor, database: Database) -> None:
    with door.read() as old:
        before = old.one(COUNT).number
        with database.write() as session:
            add_event(session, "meanwhile")
        assert old.remembered_one(COUNT).number == before
        with door.read() as new:
            assert new.remembered_one(COUNT).number == before + 1
        assert old.remembered_one(COUNT).number == before
    with door.read() as later:
        assert later.remembered_one(COUNT).number == before + 1


def test_questions_with_other_values_have_answers_of_their_own(door: ReadDoor) -> None:
    memory = Memory()
    asked = [(1,), (True,), ("1",), (("1", "2"),)]
    with door.read() as reader:
        assert reader.remembered(SAME, it="a") == reader.remembered(SAME, it="b") == reader.rows(COUNT)
    answers = [memory.rows("state", (type(it[0]), it), lambda it=it: [it]) for it in asked]  # type: ignore[misc]
    assert answers == [[it] for it in asked]


def test_many_readers_ask_once() -> None:
    memory, asked, together = Memory(), [], threading.Barrier(8)

    def read() -> list[int]:
        asked.append(1)
        threading.Event().wait(0.05)
        return [len(asked)]

    found: list[list[int]] = []

    def ask() -> None:
        together.wait()
        found.append(memory.rows("state", "question", read))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1]] * 8


def test_a_question_that_failed_is_asked_again() -> None:
    memory = Memory()

    def fails() -> list[int]:
        raise OSError

    with pytest.raises(OSError):
        memory.rows("state", "question", fails)
    assert memory.rows("state", "question", lambda: [1]) == [1]


def test_it_forgets_the_oldest_questions_and_all_of_another_state() -> None:
    memory = Memory()
    for number in range(300):
        memory.rows("state", number, lambda number=number: [number])  # type: ignore[misc]
    assert memory.rows("state", 299, lambda: ["asked again"]) == [299]
    assert memory.rows("state", 0, lambda: ["asked again"]) == ["asked again"]
    assert memory.rows("other", 299, lambda: ["asked again"]) == ["asked again"]
    assert memory.rows(None, 299, lambda: ["not known"]) == ["not known"]
