"""Many clients at a server at once, while polls bring changes and messages go out; and a server killed in the middle.

Each client has a thread and a connection, asks one page after the other, and sends the marks of what it holds. Some
follow the changes with a cursor: each of these must see every change once, in order.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.served import Served, served

__all__ = ["Load", "complaints", "killed_in_the_middle", "load"]

TRIALS = 24
A_POLL = 4
"""Trials that change between one poll and the next."""
_FOLLOWERS = 5
_GROWTH, _GROWTH_MB = 1.10, 24
"""By how much the server may have grown at the end: a tenth, and what each thread keeps of its own."""
_LARGEST_LOG_MB = 32
_SAFE = (200, 304)
_CONFIG = """
[[channel]]
name = "team"
type = "webhook"
url = "{url}"
secret_env = "HOOK_SECRET"
allow = ["{place}"]

[[rule]]
name = "all"
on = ["*"]
send = ["team"]
"""


@dataclass
class Load:
    """What a load comes to. `wrong` is to be empty. `memory_mb`: of the server, after each poll."""

    statuses: Counter[int] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    polls: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    hooks: int = 0
    memory_mb: list[float] = field(default_factory=list)
    largest_log_mb: float = 0.0


class _Delivering(Program):
    """Every process of it knows the secret of the channel."""

    def environment(self, extra: Mapping[str, str] = {}) -> dict[str, str]:
        return super().environment({"HOOK_SECRET": SECRET, **extra})


class _World:
    """A home that polls a registry and delivers to a receiver."""

    def __init__(self, home: Path, registry: RegistryServer, sink: Sink) -> None:
        self.program, self.registry, self.sink = _Delivering(home, registry), registry, sink
        self.names = list(registry.studies)
        self._turns = cycle(self.names)
        self.expected = 0
        self.program.run("watch", *self.names, "--tag", "set", "--no-backfill")
        (home / "trialwatch.toml").write_text(_CONFIG.format(url=sink.url, place=sink.place))
        self.change(len(self.names))
        self.poll()

    def change(self, number: int = A_POLL) -> list[str]:
        """Change so many trials at the registry, on the next day."""
        self.program.day()
        day, changed = self.program.clock.read_text()[:10], list(islice(self._turns, number))
        for name in changed:
            study = self.registry.studies[name]
            old = study["protocolSection"]["statusModule"]["overallStatus"]
            update(study, day, overallStatus="SUSPENDED" if old == "RECRUITING" else "RECRUITING")
        self.expected += number
        return changed

    def poll(self) -> dict[str, Any]:
        """Poll and deliver."""
        run = self.program.run("poll", "-o", "json")
        assert "locked" not in run.out + run.err, run
        found: dict[str, Any] = run.json["poll"]
        return found

    def told(self) -> int:
        """Return how many changes of a status the store has."""
        found = self.program.json("changes", "--kind", "status.changed")
        return len(found["changes"])


@contextmanager
def _world(home: Path) -> Iterator[_World]:
    records = [record(f"NCT{number:08d}") for number in range(1, TRIALS + 1)]
    with RegistryServer(records) as registry, Sink() as sink:
        yield _World(home, registry, sink)


def load(home: Path, *, clients: int, seconds: float, pause: float = 0) -> Load:
    """Let so many clients ask for so many seconds, while polls and deliveries go on.

    `pause`: seconds that each client takes to read an answer.
    """
    found = Load()
    with _world(home) as world, served(world.program) as site:
        with _clients(site, world.names, clients, found, pause) as crowd:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                world.change()
                poll = world.poll()
                found.polls[poll["outcome"]] += 1
                _measure(site, world.program, found)
        found.wrong += crowd.missed(site)
        found.wrong += ["locked" for line in site.said().splitlines() if "locked" in line]
        found.changes = world.told()
        found.hooks = len(set(world.sink.keys))
        states = Counter(it["state"] for it in world.program.json("alerts", "outbox")["messages"])
        found.wrong += [f"{number} messages are {state}" for state, number in states.items() if state != "sent"]
        if found.changes != world.expected:
            found.wrong.append(f"{found.changes} changes of {world.expected}")
    return found


def complaints(found: Load) -> list[str]:
    """What a load must not come to."""
    warm = found.memory_mb[len(found.memory_mb) // 3]
    rules = {
        "an answer was no answer": set(found.statuses) <= set(_SAFE),
        "a poll did not come to its end": set(found.polls) == {"complete"},
        "nothing was told": found.hooks > 0,
        "memory grows": found.memory_mb[-1] <= _GROWTH * warm + _GROWTH_MB,
        "the log grows": found.largest_log_mb <= _LARGEST_LOG_MB,
    }
    return [*found.wrong, *(name for name, holds in rules.items() if not holds)]


def killed_in_the_middle(home: Path, *, clients: int, pause: float = 0) -> list[str]:
    """Kill a server while clients ask and a poll goes on. Return what is wrong afterwards."""
    found = Load()
    with _world(home) as world:
        with served(world.program) as site, _clients(site, world.names, clients, found, pause) as crowd:
            world.change()
            polling = world.program.start("poll")
            crowd.wait_for(3 * clients)
            crowd.may_fail = True
            site.stop(signal.SIGKILL)
            polling.communicate(timeout=120)
        wrong = [*found.wrong, *(str(it) for it in found.statuses if it not in _SAFE)]
        if polling.returncode != 0:
            wrong.append(f"the poll ended with {polling.returncode}")
        world.program.run("verify")
        world.change()
        world.poll()
        if world.told() != world.expected:
            wrong.append(f"{world.told()} changes of {world.expected}")
        with served(world.program) as again:
            wrong += [path for path in _paths(world.names) if again.get(path).status_code != 200]
    return wrong


def _paths(names: list[str]) -> list[str]:
    of_one = [f"/trials/{name}{end}" for name in names[::8] for end in ("", ".json", "/compare")]
    api = [
        f"/api/v1/{it}" for it in ("trials", f"trials/{names[0]}", "changes?limit=10", "results", "outbox", "status")
    ]
    pages = ["/", "/trials", "/trials?sort=title&tag=set", "/changes", "/results", "/sets", "/alerts", "/status"]
    twins = [f"{it}.json" for it in ("", "/trials", "/changes", "/results", "/status")]
    feeds = ["/feeds/changes.atom", f"/feeds/trials/{names[0]}.atom", "/feeds/tags/set.atom", "/calendar.ics"]
    return [*pages, *of_one, *twins, *api, *feeds, "/static/trialwatch.css"]


class _Crowd:
    """The clients. `may_fail`: from now on the server may be gone."""

    def __init__(self, url: str, paths: list[str], found: Load, pause: float) -> None:
        self.url, self.paths, self.found, self.pause = url, paths, found, pause
        self.ended = threading.Event()
        self.may_fail = False
        self.seen: list[list[int]] = []
        self._lock = threading.Lock()

    def wait_for(self, answers: int) -> None:
        while self.found.statuses.total() < answers:
            self.ended.wait(0.01)

    def missed(self, site: Served) -> list[str]:
        """Return what followers did not see, or saw twice."""
        every = [it["seq"] for it in site.get("/api/v1/changes?limit=1000").json()["changes"]]
        return [f"a follower saw {seen}" for seen in self.seen if seen != every[: len(seen)] or not seen]

    def ask(self, number: int) -> None:
        """Be one client until the end."""
        marks: dict[str, str] = {}
        begun = number * 7 % len(self.paths)
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            for path in cycle(self.paths[begun:] + self.paths[:begun]):
                if self.ended.wait(self.pause):
                    return
                answer = self._answer(client, path, {"if-none-match": marks[path]} if path in marks else {})
                if answer is not None and "etag" in answer.headers:
                    marks[path] = answer.headers["etag"]

    def follow(self, _number: int) -> None:
        """Follow the changes until the end."""
        seen: list[int] = []
        self.seen.append(seen)
        after = 0
        with httpx.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            while not self.ended.is_set():
                answer = self._answer(client, f"/api/v1/changes?after={after}&wait=1&limit=20", {})
                if answer is not None and answer.status_code == 200:
                    page = answer.json()
                    seen += [it["seq"] for it in page["changes"]]
                    after = page["next"] or page["up_to"]

    def _answer(self, client: httpx.Client, path: str, headers: dict[str, str]) -> httpx.Response | None:
        try:
            answer = client.get(path, headers=headers)
        except httpx.TransportError as error:
            if self.may_fail:
                self.ended.set()
            else:
                self._note(wrong=f"{path}: {error!r}")
            return None
        status = answer.status_code
        self._note(status, path, f"{path}: {status} {answer.text[:200]}" if status not in _SAFE else "")
        return answer

    def _note(self, status: int = 0, path: str = "", wrong: str = "") -> None:
        with self._lock:
            if status:
                self.found.statuses[status] += 1
                self.found.by_path[path.partition("?")[0]] += 1
            self.found.wrong += [wrong] if wrong else []


@contextmanager
def _clients(site: Served, names: list[str], number: int, found: Load, pause: float) -> Iterator[_Crowd]:
    """Let the clients ask while the block runs."""
    crowd = _Crowd(site.url, _paths(names), found, pause)
    with ExitStack() as ends:
        for client in range(number):
            way = crowd.follow if client < _FOLLOWERS else crowd.ask
            thread = threading.Thread(target=way, args=(client,))
            thread.start()
            ends.callback(thread.join)
        ends.callback(crowd.ended.set)
        yield crowd


def _measure(site: Served, program: Program, found: Load) -> None:
    resident = Path(f"/proc/{site.process.pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    found.memory_mb.append(round(int(resident) / 1024, 1))
    log = program.home / "trialwatch.db-wal"
    found.largest_log_mb = max(found.largest_log_mb, round(log.stat().st_size / 2**20, 1) if log.exists() else 0)
