"""A process that polls and delivers, killed again and again; and what came in at the receivers.

Every other kill falls at a random moment; the rest when a message has come in and before it is answered: then the
sender cannot know that it arrived, and has to send it again.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from schedules.clock import ManualClock
from storage.engine.database import Database
from storage.integrity.verify import verify
from storage.outbox import queries
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.channels.alert_harness import mail, rule, settings_of, webhook
from tests.support.channels.smtp_sink import Mail, Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import START, record
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context, open_delivery
from tracker.config.settings import Settings
from tracker.polling.poll import poll

TRIALS = 210
A_DAY = 3
"""Trials that change between one process and the next."""


@dataclass
class Cut:
    """What came of so many kills. `at_receipt`: kills while a message was being handed over. `again`: repeats, by
    channel; `wrong`: what must not be.
    """

    kills: int
    completed: int = 0
    at_receipt: int = 0
    changes: int = 0
    hooks: int = 0
    mails: int = 0
    again: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Reaper:
    """Stands at the receivers, writes down what comes, and kills the sender when so many have come, before it answers.

    `came`: (number of the process, channel, key).
    """

    def __init__(self) -> None:
        self.came: list[tuple[int, str, str]] = []
        self.completed: set[int] = set()
        self.number = self.kills = self._left = 0
        self._process: BaseProcess | None = None
        self._lock = threading.Lock()

    def watch(self, process: BaseProcess, after: int = 0) -> None:
        """A new process; killed with the message of this number, 0 for never."""
        with self._lock:
            self.number, self._process, self._left = self.number + 1, process, after

    def hook(self, handler: Any) -> None:
        self._note("team", handler.headers["webhook-id"])
        handler.send_response(204)
        handler.end_headers()

    def mail(self, mail: Mail) -> None:
        self._note("me", str(mail.parsed["X-Trialwatch-Key"]))

    def _note(self, channel: str, key: str) -> None:
        with self._lock:
            self.came.append((self.number, channel, key))
            self._left -= 1
            if self._left == 0 and self._process is not None:
                self._process.kill()  # who waits for an answer does not live to read it
                self.kills += 1

    def wrong(self) -> list[str]:
        """What came from a process and once more later: one message of a channel at most, and only if it was killed."""
        last = {(channel, key): number for number, channel, key in self.came}
        again = Counter((number, channel) for number, channel, key in self.came if number < last[channel, key])
        return [
            f"{channel} got {count} messages of process {number} again"
            for (number, channel), count in again.items()
            if count > (number not in self.completed)
        ]


def delivery_kills(home: Path, times: int, *, url: str = "", seed: int = 5) -> Cut:
    """Kill a poll that delivers so many times, each on a day with new changes; after every tenth one is let through."""
    chance, cut, reaper = random.Random(seed), Cut(times), Reaper()
    names = [f"NCT{number:08d}" for number in range(1, TRIALS + 1)]
    fresh = chance.sample(names, len(names))
    with (
        RegistryServer([record(name) for name in names]) as registry,
        Sink(answers=[reaper.hook]) as sink,
        Mailbox(on_mail=reaper.mail) as box,
    ):
        text = webhook(sink) + mail(box) + rule("team", "me")
        settings = settings_of(home, url or f"sqlite:///{home / 'store.db'}", registry, text)
        with open_context(settings, ManualClock(START)) as context:
            with context.database.write() as session:
                for name in names:
                    watches.watch(session, name, "ctgov", START)
            poll(context)
        now, usual = START, 0.0
        for _ in range(2):  # the second is as quick as those to come
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            cut.changes += change_some(registry, fresh)
            usual = _seconds(lambda at: _start(settings, at, reaper), now)
        for number in range(times):
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            cut.changes += change_some(registry, fresh)
            began = time.monotonic()
            until, after = chance.uniform(0.4, 1.1) * usual, chance.randint(1, 2 * A_DAY)
            if _start(settings, now, reaper, **({"after": after} if number % 2 else {"until": until})):
                cut.completed += 1
                usual = time.monotonic() - began  # a busy machine slows down, and gets faster again
            if number % 10 == 9:
                _start(settings, now + timedelta(hours=1), reaper)
        for later in range(1, 5):  # leases run out, rests end
            _start(settings, now + timedelta(days=later), reaper)
        cut.at_receipt = reaper.kills
        cut.wrong += reaper.wrong()
        judge(settings, cut, sink, box, [name for name in names if name not in fresh])
    return cut


def change_some(registry: RegistryServer, fresh: list[str]) -> int:
    """Some trials that had no change yet get a title of their own each: alike they would be told as one."""
    names = [fresh.pop() for _ in range(min(A_DAY, len(fresh)))]
    for name in names:
        registry.studies[name]["protocolSection"]["identificationModule"]["briefTitle"] = f"Another title, of {name}"
    return len(names)


def _once(settings: Settings, now: str) -> None:
    """What the process does that is killed."""
    with open_context(settings, ManualClock(datetime.fromisoformat(now))) as context:
        poll(context)
        open_delivery(context, settings).deliver()


def _start(settings: Settings, now: datetime, reaper: Reaper, until: float | None = None, after: int = 0) -> bool:
    """One process; killed after `until` seconds, or with message `after`. Whether it came to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.delivery_kills"])
    process = context.Process(target=_once, args=(settings, now.isoformat()))
    process.start()
    reaper.watch(process, after)
    process.join(until)
    process.kill()
    process.join()
    if process.exitcode == 0:
        reaper.completed.add(reaper.number)
    return process.exitcode == 0


def _seconds(work: Callable[[datetime], object], now: datetime) -> float:
    began = time.monotonic()
    work(now)
    return time.monotonic() - began


def judge(settings: Settings, cut: Cut, sink: Sink, box: Mailbox, changed: list[str]) -> None:
    database = Database.open(settings.database)
    with database.read() as session:
        events = [event for event, _ in history.changes(session, ChangeFilter()) if event.kind != "trial.first_seen"]
        owed = {it.key: it.channel for it in queries.listing(session, None) if it.state != "grouped"}
        unsent = {it.key: it.state for it in queries.listing(session, ("pending", "dead"))}
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
