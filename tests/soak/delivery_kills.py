"""A process that polls and delivers, killed again and again at random moments; and what came in at the receivers."""

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
from storage import history, letters, watches
from storage.database import Database
from storage.history import ChangeFilter
from storage.integrity import verify
from tests.alerts.sink import Sink
from tests.alerts.smtp_sink import Mailbox
from tests.alerts.world import mail, rule, settings_of, webhook
from tests.fault_server import RegistryServer
from tests.poll.world import START, record
from tracker.app import open_courier, open_house
from tracker.poll import poll
from tracker.settings import Settings

TRIALS = 210
A_DAY = 3
"""Trials that change between one process and the next."""


@dataclass
class Cut:
    """What came of so many kills. `again`: repeats, by channel; `wrong`: what must not be."""

    kills: int
    completed: int = 0
    changes: int = 0
    hooks: int = 0
    mails: int = 0
    again: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def delivery_kills(home: Path, times: int, *, url: str = "", seed: int = 5) -> Cut:
    """Kill a poll that delivers so many times, each on a day with new changes; every tenth is let through."""
    chance, cut = random.Random(seed), Cut(times)
    names = [f"NCT{number:08d}" for number in range(1, TRIALS + 1)]
    fresh = chance.sample(names, len(names))
    with RegistryServer([record(name) for name in names]) as registry, Sink() as sink, Mailbox() as box:
        text = webhook(sink) + mail(box) + rule("team", "me")
        settings = settings_of(home, url or f"sqlite:///{home / 'store.db'}", registry, text)
        with open_house(settings, ManualClock(START)) as house:
            with house.database.write() as session:
                for name in names:
                    watches.watch(session, name, "ctgov", START)
            poll(house)
        now, usual = START, 0.0
        for _ in range(2):  # the second is as quick as those to come
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            cut.changes += _change(registry, fresh)
            usual = _seconds(lambda at: _start(settings, at, None), now)
        for number in range(times):
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            cut.changes += _change(registry, fresh)
            began = time.monotonic()
            if _start(settings, now, chance.uniform(0.4, 1.1) * usual):
                cut.completed += 1
                usual = time.monotonic() - began  # a busy machine slows down, and gets faster again
            if number % 10 == 9:
                _start(settings, now + timedelta(hours=1), None)
        for later in range(1, 5):  # leases run out, rests end
            _start(settings, now + timedelta(days=later), None)
        _judge(settings, cut, sink, box, [name for name in names if name not in fresh])
    return cut


def _change(registry: RegistryServer, fresh: list[str]) -> int:
    """Some trials that had no change yet get a title of their own each: alike they would be told as one."""
    names = [fresh.pop() for _ in range(min(A_DAY, len(fresh)))]
    for name in names:
        registry.studies[name]["protocolSection"]["identificationModule"]["briefTitle"] = f"Another title, of {name}"
    return len(names)


def _once(settings: Settings, now: str) -> None:
    """What the process does that is killed."""
    with open_house(settings, ManualClock(datetime.fromisoformat(now))) as house:
        poll(house)
        open_courier(house, settings).deliver()


def _start(settings: Settings, now: datetime, until: float | None) -> bool:
    """One process; killed after `until` seconds if it still runs. Whether it came to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.delivery_kills"])
    process = context.Process(target=_once, args=(settings, now.isoformat()))
    process.start()
    process.join(until)
    process.kill()
    process.join()
    return process.exitcode == 0


def _seconds(work: Callable[[datetime], object], now: datetime) -> float:
    began = time.monotonic()
    work(now)
    return time.monotonic() - began


def _judge(settings: Settings, cut: Cut, sink: Sink, box: Mailbox, changed: list[str]) -> None:
    database = Database.open(settings.database)
    with database.read() as session:
        events = [event for event, _ in history.changes(session, ChangeFilter()) if event.kind != "trial.first_seen"]
        owed = {it.key: it.channel for it in letters.listing(session, None) if it.state != "grouped"}
        unsent = {it.key: it.state for it in letters.listing(session, ("pending", "dead"))}
        faults = list(verify(session))
    database.close()
    told = Counter(event.trial for event in events if event.kind == "title.changed")
    told.subtract(changed)
    cut.hooks, cut.mails = len(sink.hooks), len(box.mails)
    came = {
        "team": Counter(sink.keys),
        "me": Counter(str(it.parsed["X-Trialwatch-Key"]) for it in box.mails),
    }
    for channel, got in came.items():
        expected = {key for key, name in owed.items() if name == channel}
        cut.again[channel] = sum(got.values()) - len(got)
        cut.wrong += [f"{channel} never got {key}" for key in expected - set(got)]
        cut.wrong += [f"{channel} got {key}, which is no message" for key in set(got) - expected]
        if cut.again[channel] > cut.kills:
            cut.wrong.append(f"{channel} got {cut.again[channel]} messages again, more than one a kill")
    about = {key: len({it.body for it in sink.hooks if it.key == key}) for key in came["team"]}
    cut.wrong += [f"{key} came with {count} bodies" for key, count in about.items() if count != 1]
    cut.wrong += [f"{trial}: its change was told {count + 1} times" for trial, count in told.items() if count]
    cut.wrong += [f"{key} is still {state}" for key, state in unsent.items()]
    cut.wrong += [f"the store: {fault.table} {fault.row}: {fault.reason}" for fault in faults]
    if len(owed) < 2 * len(changed):
        cut.wrong.append(f"{len(owed)} messages for {len(changed)} changes and two channels")
