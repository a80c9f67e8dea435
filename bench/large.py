"""A store of many trials, eight versions each: how fast it is built, how large it is, and how it answers."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from sqlmodel import Session

from bench.lives import FIRST, NOW, ROUNDS, evolve, keep
from bench.material import made
from bench.processes import BARE, Taken, command, in_turn
from bench.table import Line, quantiles, seconds
from storage.documents import documents
from storage.documents.read_documents import load, load_many
from storage.engine.bulk import batches
from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import DIGEST, as_of
from storage.versions import history
from storage.watching import watches

__all__ = ["SIZES", "large", "read_version"]

SIZES = tuple(int(it) for it in os.environ.get("BENCH_TRIALS", "10000,100000").split(","))
"""Trials of the large stores."""
LISTED = 10_000
"""A list of so many trials is to be there within the second, too."""
QUESTIONS = 1_000
PROCESSES = 11
_TOGETHER = 1_000


def large(home: Path, count: int) -> Iterator[Line]:
    """Build the store of `count` trials in `home` unless a run before has, and ask it."""
    name = f"{count:,} x {ROUNDS}"
    names = [f"NCT{number:08d}" for number in range(1, count + 1)]
    versions, path, built = count * ROUNDS, home / "trialwatch.db", home / "built.txt"
    if not built.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        took = seconds(lambda: _build(path, names))
        built.write_text(f"{versions / took:,.0f} versions/s")
    yield Line(f"{name}: building", built.read_text(), "")
    with closing(Database.open(f"sqlite:///{path}", NOW)) as database:
        size = path.stat().st_size
        yield Line(f"{name}: the whole file", f"{size / versions:,.0f} bytes a version", "")
        with closing(ReadDoor.open(path)) as door:
            for what, times in _questions(database, door, names).items():
                yield Line(f"{name}: {what}", quantiles(times), "")
    yield from _commands(name, home, names)


def _build(path: Path, names: Sequence[str]) -> None:
    """Round after round over all trials, as they come in life; many in a transaction, which waits for no disk."""
    last: dict[str, str] = {}
    with closing(Database.open(f"sqlite:///{path}", NOW)) as database:
        for number in range(ROUNDS):
            for some in batches(names, _TOGETHER):
                with database.write(durable=False) as session:
                    keep(session, _next(session, some, number, last), number, last)
                    for trial in some if not number else ():
                        watches.watch(session, trial, "ctgov", NOW)
            database.fold_log()


def _next(session: Session, some: Sequence[str], number: int, last: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """The next version of each, made of the last one as it is stored."""
    raws = load_many(SessionReader(session), [last[trial] for trial in some]) if number else {}
    studies = (orjson.loads(raws[last[trial]]) if number else made(int(trial[3:])) for trial in some)
    return [(trial, documents.canonical(evolve(it, number))) for trial, it in zip(some, studies, strict=True)]


def read_version(door: ReadDoor, trial: str, number: int) -> bytes:
    """The raw document of a version, read in a transaction of its own."""
    with door.read() as reader:
        return load(reader, reader.one(DIGEST, trial=trial, version=number).raw_sha256)


def _questions(database: Database, door: ReadDoor, names: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each question to an open store, each of a trial drawn at random, in a transaction of its own."""
    chance = random.Random(2)
    day = FIRST.replace(year=FIRST.year + 1).isoformat()
    ways: dict[str, Callable[[Session, str], Any]] = {
        "history": history.timeline,
        "as of a day": lambda session, trial: as_of(SessionReader(session), trial, day),
    }
    found: dict[str, list[float]] = {what: [] for what in ("reading a version", *ways)}

    def ask(way: Callable[[Session, str], Any], trial: str) -> None:
        with database.read() as session:
            assert way(session, trial)

    for _ in range(QUESTIONS):
        trial, number = chance.choice(names), chance.randrange(1, ROUNDS + 1)
        found["reading a version"].append(seconds(lambda: read_version(door, trial, number)))  # noqa: B023
        for what, way in ways.items():
            trial = chance.choice(names)
            found[what].append(seconds(lambda: ask(way, trial)))  # noqa: B023
    return found


def _commands(name: str, home: Path, names: Sequence[str]) -> Iterator[Line]:
    trial = names[len(names) // 2]
    of_one = (
        ("show", trial),
        ("show", trial, "--as-of", "2025-02-01"),
        ("history", trial),
        ("history", trial, "--field", "enrollment.count"),
        ("diff", trial, f"1..{ROUNDS}"),
        ("changes", trial),
        ("changes", "-o", "table"),
        ("list",),
        ("list", "-o", "table"),
    )
    commands = {" ".join(words).replace(trial, "ID"): command(*words) for words in of_one}
    times = in_turn({"": BARE, **commands}, PROCESSES, home=home)
    bare = times.pop("")
    yield Line(f"{name}: a bare `python -c pass`", _took(bare), "1")
    for words, taken in times.items():
        middle = median(taken.waited)
        bound = not words.startswith("list") or len(names) <= LISTED
        goal = ("< 1 s", middle < 1) if bound else ("", None)
        yield Line(f"{name}: `trialwatch {words}`", _took(taken), f"{middle / median(bare.waited):.0f}", *goal)


def _took(taken: Taken) -> str:
    return f"{quantiles(taken.waited, 0)}, {median(taken.worked) * 1000:,.0f} ms of work"
