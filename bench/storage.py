"""What a version costs on disk and to read, beside git and plain zstd, and how a large store answers."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import orjson
import zstandard
from sqlalchemy import text

from bench.large import SIZES, large, read_version
from bench.lives import NOW, ROUNDS, keep, lives
from bench.material import is_real, own_id, records
from bench.processes import command, in_turn
from bench.table import Line, quantiles, seconds
from storage.documents import documents
from storage.documents.compression import pack
from storage.documents.read_documents import load
from storage.engine.bulk import batches
from storage.engine.database import Database
from storage.integrity.verify import verify
from storage.reads.door import ReadDoor

__all__ = ["material", "run"]

COMPARED = 400
"""Trials whose versions are put into our store and into git."""
READS, IN_A_TURN = 400, 50
PROCESSES = 15
STORES = os.environ.get("BENCH_STORES")
"""A folder that keeps the large stores for another run; without it each run builds them anew."""


def material() -> str:
    git = subprocess.run(["git", "--version"], capture_output=True, check=True, text=True).stdout.strip()
    kind = "real records" if is_real() else "records made by the benchmark"
    zstd = ".".join(map(str, zstandard.ZSTD_VERSION))
    load = "/".join(f"{it:.1f}" for it in os.getloadavg())
    return f"{kind} beside git; {git}; zstd {zstd}; load at the end {load}"


def run() -> list[Line]:
    lines: list[Line] = []
    with TemporaryDirectory(prefix="trialwatch-bench-") as folder:
        lines += _beside_git(Path(folder))
        lines += _long_life(Path(folder) / "long.db")
        for count in SIZES:
            lines += large(Path(STORES or folder) / f"home-{count}", count)
    return lines


def _beside_git(folder: Path) -> list[Line]:
    studies = [orjson.loads(it) for it in records()[:COMPARED]]
    git, home = folder / "git", folder / "compared"
    git.mkdir()
    home.mkdir()
    _git(git, "init", "--quiet")
    last: dict[str, str] = {}
    raw_bytes = plain = 0
    with closing(Database.open(f"sqlite:///{home / 'trialwatch.db'}", NOW)) as database:
        for number, found in enumerate(lives(studies, ROUNDS)):
            _keep(database, found, number, last)
            raw_bytes += sum(len(raw) for _, raw in found)
            plain += sum(len(pack(raw)) for _, raw in found)
            for trial, raw in found:
                (git / trial).write_bytes(raw)
            _git(git, "add", "--all")
            _git(git, "-c", "user.name=b", "-c", "user.email=b@x", "commit", "--quiet", "-m", str(number))
        _git(git, "gc", "--aggressive", "--quiet", "--prune=now")
        lines = _sizes(len(studies) * ROUNDS, raw_bytes, plain, git / ".git/objects/pack", database)
        with closing(ReadDoor.open(home / "trialwatch.db")) as door:
            lines += _reads(door, git, home, [own_id(it) for it in studies])
        return lines + _verified(database, raw_bytes)


def _keep(database: Database, found: Sequence[tuple[str, bytes]], number: int, last: dict[str, str]) -> None:
    for some in batches(found, 100):
        with database.write() as session:
            keep(session, some, number, last)


def _git(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True).stdout


def _sizes(count: int, raw: int, plain: int, packs: Path, database: Database) -> list[Line]:
    """Contents beside contents, and all there is to find them by beside the same."""
    bodies, keyed = _documents_bytes(database)
    packed = sum(it.stat().st_size for it in packs.glob("*.pack"))
    indexed = sum(it.stat().st_size for it in packs.iterdir())

    def each(total: int) -> str:
        return f"{total / count:,.0f} bytes"

    ratio = bodies / packed
    return [
        Line(f"a version, as it is ({count:,} of {COMPARED} trials)", each(raw), ""),
        Line("a version, zstd alone", each(plain), f"{plain / packed:.2f}"),
        Line("a version, git gc --aggressive: the pack", each(packed), "1"),
        Line("a version, our store: documents and dictionaries", each(bodies), f"{ratio:.2f}", "<= 0.7", ratio <= 0.7),
        Line("a version, git: pack and index", each(indexed), "1"),
        Line("a version, our store: with keys", each(keyed), f"{keyed / indexed:.2f}"),
    ]


def _documents_bytes(database: Database) -> tuple[int, int]:
    """What is compressed of documents and dictionaries; and with it digests, bases and the rest of their rows."""
    with database.read() as session:
        dictionaries = "SELECT coalesce(sum(length(body)), 0) FROM dictionary"
        keys_of = "length(sha256) + coalesce(length(base), 0) + length(encoding) + 6"
        rows = f"SELECT sum({keys_of}), sum(length(body)) FROM document"
        trained = int(session.connection().execute(text(dictionaries)).scalar_one())
        keys, bodies = session.connection().execute(text(rows)).one()
    return bodies + trained, keys + bodies + trained


def _reads(door: ReadDoor, git: Path, home: Path, names: Sequence[str]) -> list[Line]:
    """Ways to one version, in turn: a process of git, its reader that stays, our open store; last a process of ours.

    Each way reads a number of versions before the next has its turn, as it would alone: what one has just read is not
    in the cache of the processor for another.
    """
    chance = random.Random(1)
    commits = _git(git, "rev-list", "--reverse", "HEAD").decode().split()
    shown, asked, opened, held = [], [], [], []
    with _reader(git) as read:
        for _ in range(READS // IN_A_TURN):
            some = [(chance.choice(names), chance.randrange(ROUNDS)) for _ in range(IN_A_TURN)]
            places = [f"{commits[number]}:{trial}" for trial, number in some]
            shown += [seconds(partial(_git, git, "show", place)) for place in places]
            asked += [seconds(partial(read, place)) for place in places]
            opened += [seconds(partial(read_version, door, trial, number + 1)) for trial, number in some]
            held += [_held(door, trial, number + 1) for trial, number in some]
            for place, (trial, number) in zip(places, some, strict=True):
                assert read(place) == read_version(door, trial, number + 1) == _git(git, "show", place)
    whole = in_turn({"": command("show", names[0], "--version", "8", "--raw")}, PROCESSES, home=home)[""].waited
    base, ratio = median(shown), median(shown) / median(opened)
    longer = median(opened) / median(asked)

    def times(other: Sequence[float]) -> str:
        found = base / median(other)
        return f"{found:.1f} times as fast" if found >= 1 else f"{1 / found:.0f} times as slow"

    return [
        Line("reading a version: `git show`, a process each", quantiles(shown), "1"),
        Line("reading a version: our store, open", quantiles(opened), times(opened), ">= 10 times", ratio >= 10),
        Line("reading a version: our store, by its digest", quantiles(held), times(held)),
        Line("reading a version: `git cat-file --batch`, running", quantiles(asked), times(asked)),
        Line("our store, open, beside that", "", f"{longer:.2f} of its time", "<= 1", longer <= 1),
        Line("reading a version: `trialwatch show --raw`, a process each", quantiles(whole, 0), times(whole)),
    ]


def _held(door: ReadDoor, trial: str, number: int) -> float:
    """Seconds for the document alone, in a transaction that has begun."""
    sha = documents.digest(read_version(door, trial, number))
    with door.read() as reader:
        return seconds(lambda: load(reader, sha))


@contextmanager
def _reader(git: Path) -> Iterator[Callable[[str], bytes]]:
    """Git's reader that stays: asked for `commit:path` on a line, it answers with a head that tells the size."""
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=git, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        asked, answer = process.stdin, process.stdout

        def read(place: str) -> bytes:
            asked.write(place.encode() + b"\n")
            asked.flush()
            size = int(answer.readline().split()[2])
            return answer.read(size + 1)[:size]

        yield read
        asked.close()


def _verified(database: Database, raw: int) -> list[Line]:
    with database.read() as session:
        took = seconds(lambda: list(verify(session)))
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
    with closing(ReadDoor.open(path)) as door:
        for sha in shas * 3:
            with door.read() as reader:
                times.append(seconds(lambda: load(reader, sha)))  # noqa: B023
    return [Line("any version of a trial of 100", quantiles(times), "", "<= 2 ms", median(times) <= 0.002)]
