"""What a poll, and an import, take of what is small on the wire and huge in memory, or costs more than its size.

The command is a real process, and the registry a real server on loopback. Its memory is the peak the system counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.table import Line
from tests.support.harness import IDS, ONE, record
from tests.support.registry.bombs import BOMBS, LONG, POISON, TEXTS, zipped
from tests.support.registry.embedded_registry import RegistryServer, Request

__all__ = ["material", "run"]

_MOST_SECONDS, _MOST_MEGABYTES = 10, 300
_LAUNCH = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode,
                  done.stdout[-2000:] + done.stderr[-2000:]]))
"""
"""A small process between: the system counts what a process was forked from into its peak, and we hold the bombs."""
_KB = 1 if sys.platform == "darwin" else 1024
_WELL = 0


def run() -> list[Line]:
    bombs = {f"a page of {what}": _page(body) for what, body in (BOMBS | TEXTS).items()}
    bombs["a version of objects"] = _version
    poisons = {f"a record with {what}": _poisoned(what) for what in POISON}
    polls = [_polled(what, spoil) for what, spoil in {"nothing unusual": _well, **bombs, **poisons}.items()]
    return [*polls, _imported()]


def material() -> str:
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"made-up records; load at the end {load}"


Spoil = Callable[[RegistryServer], None]


def _well(_: RegistryServer) -> None:
    """The floor: the same poll of six small records."""


def _page(body: bytes) -> Spoil:
    def spoil(registry: RegistryServer) -> None:
        bomb = zipped(body)
        registry.faults = lambda request: bomb if _asks_for_one(request) else None

    return spoil


def _asks_for_one(request: Request) -> bool:
    return ONE in f"{request.path} {request.query}"


def _version(registry: RegistryServer) -> None:
    bomb = zipped(BOMBS["objects"])
    registry.faults = lambda request: bomb if request.path.endswith("/version") else None


def _poisoned(name: str) -> Spoil:
    return lambda registry: POISON[name](registry.studies[ONE])


def _polled(what: str, spoil: Spoil) -> Line:
    with _settled() as (registry, home):
        registry.data_timestamp = "2026-08-15T09:00:05"
        spoil(registry)
        return _line(f"poll: {what}", home, registry.url, "poll")


def _imported() -> Line:
    with _settled() as (registry, home):
        file = home / "bomb.json"
        file.write_bytes(b"[" + b"[]," * 20_000_000 + b"0]")
        return _line("import of 60 MB of lists", home, registry.url, "import", str(file))


@contextmanager
def _settled() -> Iterator[tuple[RegistryServer, Path]]:
    """A registry of six small records, and a store that has seen them."""
    with RegistryServer(map(record, IDS)) as registry, TemporaryDirectory() as folder:
        registry.studies[ONE]["protocolSection"]["outcomesModule"] = {"primaryOutcomes": LONG}
        home = Path(folder)
        for words in (("watch", *IDS), ("poll",)):
            _, _, _, code, said = _launched(home, registry.url, *words)
            if code != _WELL:
                raise RuntimeError(f"{words[0]} ended with {code}: {said}")
        yield registry, home


def _line(what: str, home: Path, url: str, *words: str) -> Line:
    waited, worked, peak, code, said = _launched(home, url, *words)
    megabytes = peak * _KB // (1024 * 1024)
    is_good = worked <= _MOST_SECONDS and megabytes <= _MOST_MEGABYTES
    print(f"  {what}: {code} {' '.join(said.split())[:300]}", file=sys.stderr)
    figure = f"{worked:.1f} s of work, {waited:.1f} s; {megabytes} MB; ends with {code}"
    return Line(what, figure, "", f"<= {_MOST_SECONDS} s, {_MOST_MEGABYTES} MB", is_good)


def _launched(home: Path, url: str, *words: str) -> tuple[float, float, int, int, str]:
    environment = {
        **os.environ,
        "TRIALWATCH_HOME": str(home),
        "TRIALWATCH_CTGOV_URL": url,
        "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
    }
    command = [sys.executable, "-c", _LAUNCH, sys.executable, "-m", "tracker", *words]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    waited, worked, peak, code, said = json.loads(done.stdout)
    return waited, worked, peak, code, said
