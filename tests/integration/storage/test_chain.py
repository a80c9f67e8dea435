"""Documents written as the difference from the one before, and dictionaries trained from the store's own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from storage.documents import dictionaries
from storage.documents.compression import pack, pack_against, unpack_against
from storage.documents.documents import canonical, digest, keep
from storage.documents.read_documents import LONGEST_CHAIN, load, load_many
from storage.engine.bulk import table_of
from storage.engine.database import Database
from storage.errors import Contradiction, Damaged
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.tables.models import DictionaryRow, DocumentRow
from tests.integration.storage.test_integrity import faults, tamper
from tests.support.store.store_factories import TRIAL, add_version

WORDS = "trial of the in patients with drug dose response survival weeks placebo arm tumor safety after".split()


def text(seed: int, words: int = 400) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def life(versions: int, trial: int = 1) -> list[tuple[str, bytes]]:
    """Digest and bytes of a trial's documents, each a small edit of the one before."""
    raws = [canonical({"text": text(trial), "trial": trial, "count": number}) for number in range(versions)]
    return [(digest(raw), raw) for raw in raws]


def each_after_the_last(items: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    return {sha: base for (base, _), (sha, _) in pairwise(items)}


def rows(session: Session) -> dict[str, Any]:
    return {row.sha256: row for row in session.connection().execute(table_of(DocumentRow).select())}


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_is_packed_against_a_base_comes_back_with_it(base: bytes, data: bytes) -> None:
    assert unpack_against(base, pack_against(base, data), ("document", "x")) == data


def test_a_version_costs_what_changed_and_each_sixteenth_is_whole(database: Database) -> None:
    items = life(40)
    for number, item in enumerate(items):
        with database.write() as session:
            keep(session, [item], {item[0]: items[number - 1][0]} if number else {})
    with database.read() as session:
        found = rows(session)
        depths = [found[sha].depth for sha, _ in items]
        assert depths == [number % (LONGEST_CHAIN + 1) for number in range(40)]
        assert all((found[sha].base is None) == (found[sha].depth == 0) for sha, _ in items)
        assert max(len(found[sha].body) for sha, _ in items if found[sha].depth) < 60
        assert load_many(SessionReader(session), [sha for sha, _ in items]) == dict(items)
        assert load(SessionReader(session), items[15][0]) == items[15][1]


def test_a_whole_life_in_one_call_is_chained_as_well(database: Database) -> None:
    lives = [life(20, trial) for trial in range(4)]
    items = [item for step in zip(*lives, strict=True) for item in step]
    bases = {sha: base for one in lives for sha, base in each_after_the_last(one).items()}
    with database.write() as session:
        keep(session, items, bases)
    with database.read() as session:
        assert {row.depth for row in rows(session).values()} == set(range(LONGEST_CHAIN + 1))
        assert load_many(SessionReader(session), reversed(dict(items))) == dict(items)
    assert faults(database) == []


def test_a_base_that_is_not_there_or_cannot_be_read_is_done_without(database: Database) -> None:
    first, second, third = life(3)
    with database.write() as session:
        keep(session, [second], {second[0]: first[0]})
        session.connection().execute(update(DocumentRow).values(body=b"junk"))
        keep(session, [third], {third[0]: second[0]})
        assert load(SessionReader(session), third[0]) == third[1]


def test_a_document_that_is_its_own_base_or_there_already_is_one_row(database: Database) -> None:
    first, second = life(2)
    with database.write() as session:
        keep(session, [first], {first[0]: first[0]})
        keep(session, [second], {second[0]: first[0]})
        keep(session, [first], {first[0]: second[0]})
    with database.read() as session:
        assert {row.depth for row in rows(session).values()} == {0, 1}
        assert load_many(SessionReader(session), [first[0], second[0]]) == dict([first, second])


def test_what_the_first_schema_wrote_is_read_and_built_upon(database: Database) -> None:
    (old, raw), new = life(2)
    with database.write() as session:
        values = {"sha256": old, "size": len(raw), "encoding": "zstd", "body": pack(raw)}
        session.connection().execute(table_of(DocumentRow).insert().values(values))
        keep(session, [new], {new[0]: old})
    with database.read() as session:
        assert load_many(SessionReader(session), [new[0], old]) == {old: raw, new[0]: new[1]}
        assert rows(session)[new[0]].base == old
    assert faults(database) == []


def unlike(number: int) -> tuple[str, bytes]:
    raw = canonical({"number": number, "text": text(number, 200), "section": {"arm": text(number % 7, 30)}})
    return digest(raw), raw


def test_a_grown_store_writes_with_a_dictionary_of_its_own(database: Database) -> None:
    items = [unlike(number) for number in range(140)]
    with database.write() as session:
        keep(session, items)
    with database.write() as session:
        keep(session, [unlike(999)])
    with database.read() as session:
        found = rows(session)
        assert [found[sha].dictionary for sha, _ in items[:50]] == [None] * 50
        assert {found[sha].dictionary for sha, _ in items[50:]} == {1}
        assert found[unlike(999)[0]].dictionary == 1
        plain = sum(len(pack(raw)) for _, raw in items[50:])
        assert sum(len(found[sha].body) for sha, _ in items[50:]) < 0.8 * plain
        assert load_many(SessionReader(session), dict(items)) == dict(items)
    assert faults(database) == []


def test_a_dictionary_is_trained_once_a_stage_and_stays(database: Database) -> None:
    with database.write() as session:
        for start in range(0, 620, 62):
            keep(session, [unlike(number) for number in range(start, start + 62)])
    with database.read() as session:
        assert sorted(session.connection().execute(select(table_of(DictionaryRow).c.id)).scalars()) == [1, 2]
        used = {row.dictionary for row in rows(session).values()}
        assert used == {None, 1, 2}
        assert dictionaries.due(session, 2) is None
        assert len(load_many(SessionReader(session), [unlike(number)[0] for number in range(620)])) == 620


def test_with_a_damaged_dictionary_new_documents_stand_by_themselves(database: Database) -> None:
    with database.write() as session:
        keep(session, [unlike(number) for number in range(60)])
        session.connection().execute(update(DictionaryRow).values(body=pack(b"another")))
    with database.write() as session:
        keep(session, [unlike(99)])
        assert load(SessionReader(session), unlike(99)[0]) == unlike(99)[1]
        with pytest.raises(Damaged, match="dictionary 1"):
            load(SessionReader(session), unlike(55)[0])
    assert ("dictionary", "1") in {(fault.table, fault.row) for fault in faults(database)}


def chained(database: Database) -> list[str]:
    """A trial of four versions whose documents are one chain; returns the digests."""
    items = life(4)
    with database.write() as session:
        keep(session, items, each_after_the_last(items))
        for number in range(4):
            add_version(session, {"count": number}, head=number or None)
        for number, (sha, _) in enumerate(items, 1):
            session.connection().exec_driver_sql(f"UPDATE snapshot SET raw_sha256 = '{sha}' WHERE version = {number}")
    return [sha for sha, _ in items]


def test_a_damaged_base_is_named_with_the_versions_it_takes_with_it(database: Database) -> None:
    shas = chained(database)
    tamper(database, f"UPDATE document SET body = (SELECT body FROM document WHERE sha256 = '{shas[3]}') "
                     f"WHERE sha256 = '{shas[1]}'")  # fmt: skip
    damage = [fault for fault in faults(database) if fault.table == "document"]
    assert [(fault.row, fault.reason.partition("; ")[2]) for fault in damage] == [
        (shas[1], f"it is needed to read {TRIAL} version 2, {TRIAL} version 3, {TRIAL} version 4")
    ]
    with database.read() as session:
        with pytest.raises(Damaged) as caught:
            load(SessionReader(session), shas[1])
        # It takes nothing from what was altered, as its own hash says.
        assert digest(load(SessionReader(session), shas[3])) == shas[3]
    assert (caught.value.table, caught.value.row) == ("document", shas[1])


def test_damage_below_is_named_where_it_is_when_what_is_read_rests_on_it(database: Database) -> None:
    shas = chained(database)
    cut = "UPDATE document SET body = substr(body, 1, length(body) - 4)"
    tamper(database, f"{cut} WHERE sha256 = '{shas[1]}'")
    with database.read() as session, pytest.raises(Damaged) as caught:
        load(SessionReader(session), shas[3])
    assert (caught.value.table, caught.value.row) == ("document", shas[1])


def test_a_base_that_was_deleted_is_named_with_the_versions_it_takes_with_it(database: Database) -> None:
    shas = chained(database)
    tamper(database, f"DELETE FROM document WHERE sha256 = '{shas[1]}'")
    [damage] = [fault for fault in faults(database) if fault.table == "document"]
    assert damage.row == shas[1]
    assert damage.reason.endswith(f"needed to read {TRIAL} version 2, {TRIAL} version 3, {TRIAL} version 4")
    with database.read() as session, pytest.raises(Damaged, match=f"document {shas[1]}: is missing"):
        load(SessionReader(session), shas[2])


@pytest.mark.parametrize("edit", ["depth = 7", "size = size + 1", "encoding = 'zstd'", "base = NULL", "dictionary = 1"])
def test_an_edited_column_of_a_chained_document_is_found(database: Database, edit: str) -> None:
    shas = chained(database)
    tamper(database, f"UPDATE document SET {edit} WHERE sha256 = '{shas[2]}'")
    assert ("document", shas[2]) in {(fault.table, fault.row) for fault in faults(database)}


def test_documents_built_in_a_circle_are_found_and_reading_them_ends(database: Database) -> None:
    shas = chained(database)
    tamper(database, f"UPDATE document SET base = '{shas[3]}', encoding = 'zstd-base' WHERE sha256 = '{shas[0]}'")
    assert ("document", shas[0]) in {(fault.table, fault.row) for fault in faults(database)}
    with database.read() as session, pytest.raises(Damaged, match="more than 15"):
        load(SessionReader(session), shas[2])


def test_what_others_are_built_on_is_not_dropped_and_what_nobody_needs_is(database: Database) -> None:
    needed, loose = life(5, 1), life(6, 2)
    with database.write() as session:
        for items in (needed, loose):
            keep(session, items, each_after_the_last(items))
        add_version(session, "other", head=None)
        session.connection().exec_driver_sql(f"UPDATE snapshot SET raw_sha256 = '{needed[-1][0]}'")
    with database.write() as session:
        assert runs.drop_unreferenced_documents(session) == len(loose) + 1
    with database.read() as session:
        assert set(rows(session)) == {sha for sha, _ in needed}
        assert load(SessionReader(session), needed[-1][0]) == needed[-1][1]


def test_the_database_itself_refuses_to_drop_a_base(database: Database) -> None:
    shas = chained(database)
    with pytest.raises(Contradiction), database.write() as session:
        session.connection().execute(delete(DocumentRow).where(col(DocumentRow.sha256) == shas[1]))
