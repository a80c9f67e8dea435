"""A polling process, killed again and again at random moments; and what is left of its work."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from schedules.clock import ManualClock
from storage.engine.database import Database
from storage.integrity.verify import verify
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.harness import START, record, settings_for
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context
from tracker.polling.poll import poll

TRIALS = 210
"""Two groups: some are read when the others are asked for."""


@dataclass
class Killed:
    """`wrong`: changes that were lost (-1) or told more than once, and faults of the store."""

    kills: int
    completed: int = 0
    changes: int = 0
    wrong: dict[str, int] = field(default_factory=dict)


def _poll_once(database: str, registry: str, now: str) -> None:
    """What the process does that is killed."""
    with open_context(settings_for(database, _At(registry)), ManualClock(datetime.fromisoformat(now))) as context:
        poll(context)


class _At(RegistryServer):
    """A registry that another process runs, as far as settings need it."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        return self._url


def kills(home: Path, times: int, *, seed: int = 3) -> Killed:
    """Kill a poll so many times. Each round brings changes of trials that had none yet; some rounds are let through."""
    home.mkdir()
    url = f"sqlite:///{home / 'store.db'}"
    chance, result = random.Random(seed), Killed(times)
    names = [f"NCT{number:08d}" for number in range(1, TRIALS + 1)]
    fresh = chance.sample(names, len(names))
    with RegistryServer([record(name) for name in names]) as registry:
        with open_context(settings_for(url, registry), ManualClock(START)) as context:
            _watch(context.database, names)
            longest = _seconds(lambda: poll(context))
        now = START
        for number in range(times):
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            for name in [fresh.pop() for _ in range(min(3, len(fresh)))]:
                registry.studies[name]["protocolSection"]["statusModule"]["overallStatus"] = "COMPLETED"
                result.changes += 1
            result.completed += _start(url, registry.url, now, chance.uniform(0.05, longest + 0.2))
            if number % 10 == 9:
                _start(url, registry.url, now, None)
        _start(url, registry.url, now + timedelta(hours=1), None)
    done = [name for name in names if name not in fresh]
    result.wrong = _wrong(url, done)
    return result


def _start(url: str, registry: str, now: datetime, until: float | None) -> bool:
    """One process; killed after `until` seconds if it still runs. Whether it came to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.kills"])
    process = context.Process(target=_poll_once, args=(url, registry, now.isoformat()))
    process.start()
    process.join(until)
    process.kill()
    process.join()
    return process.exitcode == 0


def _watch(database: Database, names: list[str]) -> None:
    with database.write() as session:
        for name in names:
            watches.watch(session, name, "ctgov", START)


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _wrong(url: str, changed: list[str]) -> dict[str, int]:
    database = Database.open(url)
    with database.read() as session:
        found = history.changes(session, ChangeFilter())
        told = Counter(event.trial for event, _ in found if event.kind == "status.changed")
        faults = len(list(verify(session)))
    database.close()
    told.subtract(changed)
    wrong = {name: count for name, count in told.items() if count}
    return {**wrong, "faults of the store": faults} if faults else wrong
