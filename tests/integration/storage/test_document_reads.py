"""What the texts that read documents return, on both databases, through a door or in a session."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session, col, select

from storage.documents.compression import pack
from storage.documents.documents import canonical, digest, keep
from storage.documents.read_documents import CHAINS, DICTIONARY, StoredDictionary, StoredDocument, load, load_many
from storage.engine.database import Database
from storage.errors import Damaged
from storage.reads.trials.versions import DIGEST
from storage.tables.models import DictionaryRow, DocumentRow, SnapshotRow
from tests.integration.storage.test_chain import life, unlike
from tests.integration.storage.test_health_reads import WAYS
from tests.integration.storage.test_integrity import tamper
from tests.support.store.store_factories import TRIAL, add_version


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Any:
    return WAYS[request.param]


def columns(kind: Any, row: Any) -> Any:
    return kind(*(getattr(row, name) for name in kind._fields))


def grown(session: Session) -> None:
    """A store with a dictionary."""
    keep(session, [unlike(number) for number in range(60)])


def test_a_chain_is_read_with_all_its_bases_and_nothing_else(database: Database, way: Any) -> None:
    items = life(4)
    with database.write() as session:
        grown(session)
        keep(session, items, {sha: base for (base, _), (sha, _) in pairwise(items)})
    wanted = [sha for sha, _ in items[:3]]
    with way(database) as reader, database.read() as session:
        rows = session.exec(select(DocumentRow).where(col(DocumentRow.sha256).in_(wanted)))
        assert set(reader.rows(CHAINS, shas=[wanted[2]])) == {columns(StoredDocument, row) for row in rows}
        assert reader.rows(CHAINS, shas=[]) == []
        dictionary = session.exec(select(DictionaryRow)).one()
        assert reader.rows(DICTIONARY, id=1) == [columns(StoredDictionary, dictionary)]
        assert reader.rows(DICTIONARY, id=2) == []
        assert type(reader.one(DICTIONARY, id=1).body) is bytes
        assert {type(row.body) for row in reader.rows(CHAINS, shas=wanted)} == {bytes}


def test_documents_come_back_as_they_were_kept(database: Database, way: Any) -> None:
    items = [*life(20), *(unlike(number) for number in range(60))]
    with database.write() as session:
        grown(session)
        keep(session, items[:20], {sha: base for (base, _), (sha, _) in pairwise(items[:20])})
    with way(database) as reader:
        assert load_many(reader, dict(items)) == dict(items)
        assert load(reader, items[15][0]) == items[15][1]
        with pytest.raises(Damaged, match="document abc: is missing"):
            load(reader, "abc")


def test_a_dictionary_that_was_altered_since_it_was_read_is_not_used(database: Database, way: Any) -> None:
    with database.write() as session:
        grown(session)
    with way(database) as reader:
        assert load(reader, unlike(55)[0]) == unlike(55)[1]
    with database.write() as session:
        session.exec(select(DictionaryRow)).one().body = pack(b"another")
    with way(database) as reader:
        assert load(reader, unlike(5)[0]) == unlike(5)[1]
        with pytest.raises(Damaged, match="dictionary 1: its bytes are not those that were stored"):
            load(reader, unlike(55)[0])


def test_a_body_that_is_text_is_damage(database: Database, way: Any) -> None:
    if database.dialect == "postgresql":
        pytest.skip("only SQLite stores a text in such a column")
    with database.write() as session:
        grown(session)
    tamper(database, "UPDATE document SET body = 'text'", "UPDATE dictionary SET body = 'text'")
    with way(database) as reader:
        assert reader.one(DICTIONARY, id=1).body == "text"
        with pytest.raises(Damaged, match=f"document {unlike(5)[0]}: is not binary data"):
            load(reader, unlike(5)[0])
        with pytest.raises(Damaged, match="dictionary 1: is not binary data"):
            load(reader, unlike(55)[0])


def test_a_version_leads_to_its_document(database: Database, way: Any) -> None:
    raw = canonical({"count": 2})
    with database.write() as session:
        add_version(session, {"count": 1}, head=None)
        add_version(session, {"count": 2}, head=1)
        keep(session, [(digest(raw), raw)])
        told = {row.version: row.raw_sha256 for row in session.exec(select(SnapshotRow))}
    with way(database) as reader:
        assert [reader.one(DIGEST, trial=TRIAL, version=it).raw_sha256 for it in (1, 2)] == [told[1], told[2]]
        assert reader.rows(DIGEST, trial=TRIAL, version=3) == reader.rows(DIGEST, trial="X", version=1) == []
