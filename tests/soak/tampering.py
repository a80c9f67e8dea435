"""A store altered behind its back, at random: bytes of its file flipped, rows edited, deleted, swapped. All is found.

A flip may hit what is nobody's (free space in a page): one after which the history reads the same counts as harmless.
"""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.documents import documents
from storage.engine.database import Database
from storage.engine.sqlite_driver import sqlite3
from storage.errors import StorageError
from storage.integrity.anchors import Anchor, anchor_faults, take
from storage.integrity.verify import verify
from storage.versions import snapshots, trials
from storage.versions.snapshots import THIS_VERSION, NewStep
from tests.support.store.store_factories import NOW, event, version

HISTORY = ("document", "dictionary", "snapshot", "event", "field_change")
KEYS = {"snapshot": "version", "event": "seq", "field_change": "position", "document": "sha256"}
WORDS = "trial of the in patients with drug dose response survival weeks placebo arm tumor safety after".split()


@dataclass
class Found:
    """How many were found of how many alterations, by kind; what was missed; how many flips hit nothing."""

    found: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    harmless: int = 0

    @property
    def total(self) -> int:
        return sum(self.found.values()) + len(self.missed)


def tampering(folder: Path, times: int, seed: int = 0) -> Found:
    """Alter copies of one store so many times."""
    chance = random.Random(seed)
    store = folder / "store.db"
    anchor = _made(store)
    whole = _history(store)
    result = Found()
    kinds = ("flip", "edit", "delete", "swap")
    while result.total < times:
        kind = kinds[result.total % len(kinds)]
        copy = folder / "copy.db"
        for end in ("", "-wal", "-shm"):
            copy.with_name(copy.name + end).unlink(missing_ok=True)
        shutil.copy(store, copy)
        what = _flip(copy, chance) if kind == "flip" else _altered(copy, kind, chance)
        if _is_found(copy, anchor):
            result.found[kind] = result.found.get(kind, 0) + 1
        elif kind == "flip" and _history(copy) == whole:
            result.harmless += 1
        else:
            result.missed.append(f"{kind}: {what}")
    return result


def _made(path: Path) -> Anchor:
    """Sixty trials of three versions: chained documents, a dictionary, two events a version."""
    with closing(Database.open(f"sqlite:///{path}", NOW)) as database:
        with database.write() as session:
            names = [f"NCT{number:08d}" for number in range(60)]
            trials.add(session, names, "ctgov")
            last: dict[str, str] = {}
            for number in range(3):
                for trial in names:
                    last[trial] = _add(session, trial, number, last.get(trial))
        with database.read() as session:
            assert list(verify(session)) == []
            anchor = take(session, NOW)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return anchor


def _add(session: Any, trial: str, number: int, base: str | None) -> str:
    words = random.Random(trial).choices(WORDS, k=200)
    raw = documents.canonical({"trial": trial, "text": " ".join(words), "count": number})
    sha = documents.digest(raw)
    documents.keep(session, [(sha, raw)], {sha: base} if base else {})
    new = version(sha, trial, f"2026-0{number + 1}-01")
    told = tuple(event(trial, subject=str(at), to_content=sha, to_version=THIS_VERSION) for at in range(2))
    snapshots.commit(session, [NewStep(new, told, number or None)])
    return sha


def _flip(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return f"byte {at}"


def _altered(path: Path, kind: str, chance: random.Random) -> str:
    with closing(sqlite3.connect(path)) as raw:
        table = chance.choice([it for it in HISTORY if kind != "swap" or it in KEYS])
        ids = [row for (row,) in raw.execute(f"SELECT rowid FROM {table}")]
        row = chance.choice(ids)
        what = f"{table} row {row}"
        if kind == "delete":
            raw.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        elif kind == "swap":
            other = chance.choice([it for it in ids if it != row])
            what += f" and {other}: {_swap(raw, table, row, other)}"
        else:
            column = chance.choice([info[1] for info in raw.execute(f"PRAGMA table_info({table})")])
            [old] = raw.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
            raw.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?", (_other(old, chance), row))
            what += f", {column}"
        raw.commit()
    return what


def _swap(raw: sqlite3.Connection, table: str, one: int, two: int) -> str:
    """Let two rows change all but their keys."""
    keys = {"snapshot": ("trial", "version"), "event": ("seq", "id"), "field_change": ("seq", "position")}
    kept = keys.get(table, ("sha256",))
    columns = [info[1] for info in raw.execute(f"PRAGMA table_info({table})") if info[1] not in kept]
    query = f"SELECT {', '.join(columns)} FROM {table} WHERE rowid = ?"
    first, second = (raw.execute(query, (row,)).fetchone() for row in (one, two))
    if first == second:
        raw.execute(f"DELETE FROM {table} WHERE rowid = ?", (one,))
        return "deleted, for they say the same"
    change = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE rowid = ?"
    for row, values in ((one, second), (two, first)):
        raw.execute(change, (*values, row))
    return "swapped"


def _other(old: Any, chance: random.Random) -> Any:
    if isinstance(old, int):
        return old + chance.choice((-1, 1, 1000))
    if isinstance(old, bytes) and old:
        at = chance.randrange(len(old))
        return old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]
    if isinstance(old, str) and old:
        at = chance.randrange(len(old))
        return old[:at] + ("x" if old[at] != "x" else "y") + old[at + 1 :]
    return 1


def _is_found(path: Path, anchor: Anchor) -> bool:
    try:
        with closing(Database.open(f"sqlite:///{path}", NOW)) as database, database.read() as session:
            return any(True for _ in verify(session)) or any(True for _ in anchor_faults(session, anchor))
    except StorageError:
        return True


def _history(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as raw:
        return [raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in HISTORY]
