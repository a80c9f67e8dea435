"""What a version costs on disk and to read, beside git and plain zstd, and how a large store answers."""

from __future__ import annotations

import copy
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import orjson
from sqlalchemy import text

from bench.material import made, own_id, records
from bench.table import Line
from storage import documents, history, snapshots, trials
from storage.database import Database
from storage.integrity import verify
from storage.intents import NewVersion, Step
from storage.packing import pack

__all__ = ["run"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = date(2024, 1, 1)
ROUNDS = 8
COMPARED = 400
"""Trials whose versions are put into our store and into git."""
LARGE = int(os.environ.get("BENCH_TRIALS", "10000"))
"""Trials of the large store."""
Study = dict[str, Any]


def run() -> list[Line]:
    lines: list[Line] = []
    with TemporaryDirectory(prefix="trialwatch-bench-") as folder:
        lines += _beside_git(Path(folder))
        lines += _long_life(Path(folder) / "long.db")
        lines += _large(Path(folder) / "home")
    return lines


def evolve(study: Study, number: int, chance: random.Random) -> Study:
    """The next version: dates as in every one, and now and then what the registry's versions usually change."""
    found: Study = copy.deepcopy(study)
    protocol = found["protocolSection"]
    day = (FIRST + timedelta(days=90 * number)).isoformat()
    status = protocol.setdefault("statusModule", {})
    status |= {"lastUpdateSubmitDate": day, "statusVerifiedDate": day[:7]}
    status["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}
    found.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = day
    if chance.random() < 0.5:
        slipped = (FIRST + timedelta(days=900 + 120 * number)).isoformat()
        status["completionDateStruct"] = {"date": slipped, "type": "ESTIMATED"}
    if chance.random() < 0.3:
        design = protocol.setdefault("designModule", {})
        design["enrollmentInfo"] = {"count": chance.randrange(20, 900), "type": "ESTIMATED"}
    places = protocol.get("contactsLocationsModule", {}).get("locations", [])
    if places and chance.random() < 0.5:
        chance.choice(places)["status"] = chance.choice(["RECRUITING", "COMPLETED", "WITHDRAWN"])
    if chance.random() < 0.3:
        places.append({"facility": f"Site {number}", "city": "Lyon", "country": "France", "zip": f"{number:05d}"})
    return found


def lives(studies: Sequence[Study], rounds: int) -> Iterator[list[tuple[str, bytes]]]:
    """Round after round, each trial's version as (trial, canonical bytes)."""
    now = list(studies)
    for number in range(rounds):
        now = [evolve(it, number, random.Random(f"{own_id(it)} {number}")) for it in now]
        yield [(own_id(it), documents.canonical(it)) for it in now]


def _keep(database: Database, found: Sequence[tuple[str, bytes]], number: int, last: dict[str, str]) -> None:
    """Store one round as polls do: each document after its trial's last."""
    for start in range(0, len(found), 100):
        some = [(trial, documents.digest(raw), raw) for trial, raw in found[start : start + 100]]
        with database.write() as session:
            trials.add(session, [trial for trial, _, _ in some], "ctgov")
            bases = {sha: last[trial] for trial, sha, _ in some if trial in last}
            documents.keep(session, [(sha, raw) for _, sha, raw in some], bases)
            snapshots.commit(
                session, [Step(_version(trial, sha, number), (), number or None) for trial, sha, _ in some]
            )
        last |= {trial: sha for trial, sha, _ in some}


def _version(trial: str, sha: str, number: int) -> NewVersion:
    day = (FIRST + timedelta(days=90 * number)).isoformat()
    return NewVersion(
        trial=trial,
        raw_sha256=sha,
        content_hash=sha,
        light_hash="",
        effective=day,
        effective_basis="posted",
        submit_date=day,
        registry_version=None,
        observed_at=NOW,
        source="poll",
        run=None,
        normalizer=1,
        title=f"A trial called {trial}",
        status="RECRUITING",
        enrollment_count=100,
        enrollment_type="ESTIMATED",
        results="none",
        seen_day=day,
    )


def _beside_git(folder: Path) -> list[Line]:
    studies = [orjson.loads(it) for it in records()[:COMPARED]]
    git = folder / "git"
    git.mkdir()
    _git(git, "init", "--quiet")
    last: dict[str, str] = {}
    raw_bytes = plain = 0
    with closing(Database.open(f"sqlite:///{folder / 'compared.db'}", NOW)) as database:
        for number, found in enumerate(lives(studies, ROUNDS)):
            _keep(database, found, number, last)
            raw_bytes += sum(len(raw) for _, raw in found)
            plain += sum(len(pack(raw)) for _, raw in found)
            for trial, raw in found:
                (git / trial).write_bytes(raw)
            _git(git, "add", "--all")
            _git(git, "-c", "user.name=b", "-c", "user.email=b@x", "commit", "--quiet", "-m", str(number))
        _git(git, "gc", "--aggressive", "--quiet", "--prune=now")
        packed = sum(it.stat().st_size for it in (git / ".git/objects/pack").iterdir())
        ours = _documents_bytes(database)
        lines = _sizes(len(studies) * ROUNDS, raw_bytes, plain, packed, ours)
        return lines + _reads(database, git, [own_id(it) for it in studies]) + _verified(database, raw_bytes)


def _git(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True).stdout


def _documents_bytes(database: Database) -> int:
    """All of the document and dictionary tables but their keys: what packs of git hold."""
    with database.read() as session:
        query = (
            "SELECT (SELECT sum(length(body)) FROM document) + (SELECT coalesce(sum(length(body)), 0) FROM dictionary)"
        )
        return int(session.connection().execute(text(query)).scalar_one())


def _sizes(count: int, raw: int, plain: int, packed: int, ours: int) -> list[Line]:
    each = [f"{total / count:,.0f} bytes" for total in (raw, plain, packed, ours)]
    return [
        Line(f"a version, as it is ({count:,} of {COMPARED} trials)", each[0], ""),
        Line("a version, zstd alone", each[1], ""),
        Line("a version, git gc --aggressive", each[2], "1"),
        Line("a version, our store", each[3], f"{ours / packed:.2f}", "<= 0.7", ours <= 0.7 * packed),
    ]


def _reads(database: Database, git: Path, names: Sequence[str]) -> list[Line]:
    chance = random.Random(1)
    commits = _git(git, "rev-list", "--reverse", "HEAD").decode().split()
    asked = [(chance.choice(names), chance.randrange(ROUNDS)) for _ in range(60)]
    theirs = [_seconds(lambda: _git(git, "show", f"{commits[number]}:{trial}")) for trial, number in asked]  # noqa: B023
    ours = []
    for trial, number in asked:
        with database.read() as session:
            row = history.snapshot(session, trial, number + 1)
            assert row is not None
            ours.append(_seconds(lambda: documents.load(session, row.raw_sha256)))  # noqa: B023
    ratio = median(theirs) / median(ours)
    return [
        Line("reading a version, git show", _spread(theirs), "1"),
        Line("reading a version, our store", _spread(ours), f"{ratio:.0f} times faster", ">= 10", ratio >= 10),
    ]


def _verified(database: Database, raw: int) -> list[Line]:
    with database.read() as session:
        took = _seconds(lambda: list(verify(session)))
    rate = raw / 1e6 / took
    return [Line("verify", f"{rate:,.0f} MB of documents a second", "", ">= 50", rate >= 50)]


def _long_life(path: Path) -> list[Line]:
    """One trial of a hundred versions."""
    last: dict[str, str] = {}
    study = max((orjson.loads(it) for it in records()[:COMPARED]), key=lambda it: len(orjson.dumps(it)) < 120_000)
    shas = []
    with closing(Database.open(f"sqlite:///{path}", NOW)) as database:
        for number, found in enumerate(lives([study], 100)):
            _keep(database, found, number, last)
            shas.append(documents.digest(found[0][1]))
        times = []
        for sha in shas * 3:
            with database.read() as session:
                times.append(_seconds(lambda: documents.load(session, sha)))  # noqa: B023
    return [Line("any version of a trial of 100", _spread(times), "", "<= 2 ms", median(times) <= 0.002)]


def _large(home: Path) -> list[Line]:
    home.mkdir()
    studies = [made(number) for number in range(1, LARGE + 1)]
    names = [own_id(it) for it in studies]
    last: dict[str, str] = {}
    with closing(Database.open(f"sqlite:///{home / 'trialwatch.db'}", NOW)) as database:
        for number, found in enumerate(lives(studies, ROUNDS)):
            _keep(database, found, number, last)
        assert database.path is not None
        database.fold_log()
        size = database.path.stat().st_size / (LARGE * ROUNDS)
        lines = [Line(f"{LARGE:,} trials x {ROUNDS}: the whole file", f"{size:,.0f} bytes a version", "")]
        lines += _questions(database, names)
    return [*lines, *_commands(home, names)]


def _questions(database: Database, names: Sequence[str]) -> Iterator[Line]:
    chance = random.Random(2)
    day = (FIRST + timedelta(days=400)).isoformat()
    questions: dict[str, Callable[[Any, str], object]] = {
        "reading a version": lambda session, trial: _load(session, trial, chance.randrange(1, ROUNDS + 1)),
        "history": history.timeline,
        "as of a day": lambda session, trial: history.as_of(session, trial, day),
    }
    for what, ask in questions.items():
        times = []
        for _ in range(300):
            trial = chance.choice(names)
            with database.read() as session:
                times.append(_seconds(lambda: ask(session, trial)))  # noqa: B023
        yield Line(f"{LARGE:,} trials x {ROUNDS}: {what}", _spread(times), "")


def _load(session: Any, trial: str, number: int) -> bytes:
    row = history.snapshot(session, trial, number)
    assert row is not None
    return documents.load(session, row.raw_sha256)


def _commands(home: Path, names: Sequence[str]) -> Iterator[Line]:
    trial = names[len(names) // 2]
    for words in (["history", trial], ["show", trial, "--as-of", "2025-02-01"], ["diff", trial, "1..8"]):
        environment = {**os.environ, "TRIALWATCH_HOME": str(home)}
        command = [sys.executable, "-m", "tracker", *words, "-o", "json"]
        times = [
            _seconds(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))  # noqa: B023
            for _ in range(5)
        ]
        reached = median(times) < 1
        yield Line(f"{LARGE:,} trials x {ROUNDS}: the command {words[0]}", _spread(times), "", "< 1 s", reached)


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _spread(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"{median(ordered) * 1000:.2f} ms (p95 {ordered[int(len(ordered) * 0.95)] * 1000:.2f})"
