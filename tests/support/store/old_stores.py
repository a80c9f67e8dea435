"""Stores of older schemas with data in them, as older programs have left them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import Connection, Engine

from storage.documents import documents
from storage.documents.compression import pack
from storage.documents.read_documents import load
from storage.engine.bulk import table_of
from storage.engine.database import Database
from storage.engine.migrate import config
from storage.outbox import channel_states, queue
from storage.outbox.queue import NewMessage
from storage.polling import hosts, jobs, poll_requests, runs
from storage.reads.in_session import SessionReader
from storage.tables.base_table import Table as Model
from storage.tables.models import AliasRow, DocumentRow, MergeClaimRow, ShownRow, SnapshotRow
from storage.versions import results_cache
from storage.versions.results_cache import Made, OpenDuty
from storage.watching import notes, watches
from tests.support.store.raw_sqlite import raw_engine
from tests.support.store.store_factories import NOW, TRIAL, small_store

Rows = dict[str, list[dict[str, Any]]]


def everything(folder: Path) -> Rows:
    """Return rows for every table, made by today's program and stored as the first one did: each document by itself."""
    database = Database.open(f"sqlite:///{folder / 'everything.db'}", NOW)
    with database.write() as session:
        small_store(session)
        run = runs.start(session, "ctgov", "2026-03-01T09:00:05", NOW)
        runs.quarantine(session, TRIAL, b"{", documents.digest(b"{"), 1, "status", "cut", "https://x.test", NOW)
        watches.watch(session, TRIAL, "ctgov", NOW, ["liver", "pending"])
        session.add(AliasRow(alias="NCT00000009", trial=TRIAL, noted_at=NOW))
        session.add(MergeClaimRow(alias="NCT00000008", trial=TRIAL, first_stamp="2026-03-01", noted_at=NOW))
        notes.add(session, TRIAL, "Asked the sponsor.", NOW)
        session.add(ShownRow(reader="cli:me", seq=3))
        owed = (OpenDuty("fdaaa801", True, False, "2026-01-01", "2026-02-01"),)
        results_cache.keep(session, [Made(TRIAL, 3, 3, "{}", sponsor="A University", seq=3, duties=owed)], "rules/1")
        poll_requests.request(session, [TRIAL], NOW)
        jobs.started(session, "look", "process 1 on here", NOW)
        hosts.take_turn(session, "x.test", NOW, "process 1", 1.0, 30.0)
        runs.finish(session, run, NOW, "complete")
        queue.queue(session, [NewMessage("msg_1", "me", "status.changed", TRIAL, "major", ("r",), (1,), NOW, NOW)])
        [taken] = queue.claim(session, "me", NOW, NOW - NOW)
        queue.begin(session, taken, b"so", NOW, "process 1", NOW - NOW)
        channel_states.mute(session, "me", "a@example.org", NOW, "asked to")
    rows: Rows = {}
    with database.read() as session:
        for table in Model.metadata.sorted_tables:
            query = table.select().order_by(*table.primary_key.columns)
            names = [column.name for column in table.columns]
            rows[table.name] = [dict(zip(names, row, strict=True)) for row in session.connection().execute(query)]
        for row in rows[table_of(DocumentRow).name]:
            raw = load(SessionReader(session), row["sha256"])
            row |= {"encoding": "zstd", "body": pack(raw), "base": None, "depth": 0, "dictionary": None}
    for row in rows[table_of(SnapshotRow).name]:
        row["listed"] = None
    database.close()
    return rows


def make_old(url: str, revision: str, rows: Rows) -> None:
    """Create a store of that schema with those parts of `rows` that fit into it."""
    engine = raw_engine(url)
    if engine.dialect.name == "sqlite":
        _transactional(engine)
        Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with engine.begin() as connection:
        command.upgrade(config(connection), revision)
        for table in reflected(connection).sorted_tables:
            if rows.get(table.name):
                columns = table.columns.keys()
                connection.execute(table.insert(), [_cut(row, columns, engine) for row in rows[table.name]])
                if engine.dialect.name == "postgresql" and table.autoincrement_column is not None:
                    counted = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                    connection.execute(text(counted))
    engine.dispose()


def reflected(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata


def _cut(row: dict[str, Any], columns: Any, engine: Engine) -> dict[str, Any]:
    """Return a row reduced to that schema. A reflected instant of SQLite has no time zone."""
    naive = engine.dialect.name == "sqlite"
    found = {name: row[name] for name in columns}
    return {name: it.replace(tzinfo=None) if naive and hasattr(it, "tzinfo") else it for name, it in found.items()}


def _transactional(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def plain(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.execute(text("BEGIN"))
