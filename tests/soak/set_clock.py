"""Days of a real daemon on a machine whose clock is set again and again: each change is told once, none is made up.

The clock goes from one day to the next. On the way it is set wrong and right again: between looks, in the middle of
one, in the middle of a delivery, and while the process stands still.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.daemon_process import Running, wait_for
from tests.support.daemon.machine import Machine
from tests.support.daemon.shifted_clock import ShiftedClock, built
from tests.support.harness import is_list
from tests.support.program.program import record
from tests.support.registry.embedded_registry import RegistryServer, Request

WRONG = {
    "back an hour": timedelta(hours=-1),
    "back a day": timedelta(days=-1),
    "back four years": timedelta(days=-1461),
    "ahead an hour": timedelta(hours=1),
    "ahead ten years": timedelta(days=3652),
}
STATUSES = ("COMPLETED", "TERMINATED", "SUSPENDED", "RECRUITING")


@dataclass
class ClockFigures:
    """What it comes to. `wrong` is to be empty."""

    days: int
    set_wrong: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    told: int = 0
    memory_mb: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def set_clock(folder: Path, days: int, seed: int = 3) -> ClockFigures:
    """Live through so many days. `folder` need not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    chance, figures = random.Random(seed), ClockFigures(days)
    names = [f"NCT{number:08d}" for number in range(1, 41)]
    with (
        RegistryServer([record(name) for name in names]) as registry,
        Sink() as sink,
        ShiftedClock(built(folder), folder) as clock,
        Machine(folder / "home", registry, clock, sink) as machine,
    ):
        machine.run("watch", *names, "--no-backfill")
        daemon = machine.daemon()
        for day in range(days):
            clock.move(timedelta(days=1))
            _day(machine, daemon, figures, chance, names, day)
            figures.memory_mb.append(_memory(daemon))
        if daemon.ends(signal.SIGTERM) != 0:
            figures.wrong.append("the daemon did not end in order")
        _judge(machine, figures)
    return figures


def _day(
    machine: Machine, daemon: Running, figures: ClockFigures, chance: random.Random, names: list[str], day: int
) -> None:
    """One change comes out while the clock is wrong; it is told before the clock is right again, or soon after."""
    how, by = chance.choice(sorted(WRONG.items()))
    where = chance.choice([_between, _while_it_looks, _while_it_sends, _while_it_stands])
    figures.set_wrong[f"{how}{where.__name__.replace('_', ' ')}"] += 1
    right = machine.machine.shift
    where(machine, daemon, by)
    trial = names[day % len(names)]
    status = machine.registry.studies[trial]["protocolSection"]["statusModule"]
    status["overallStatus"] = STATUSES[day // len(names) % len(STATUSES)]
    machine.changed.append(trial)
    machine.registry.data_timestamp = f"{datetime.now(UTC).date()}T09:{day // 60 % 60:02}:{day % 60:02}"
    poll = machine.begin("poll")
    if poll.ends() != 0:
        figures.wrong.append(f"day {day}: the poll beside the daemon failed: {poll.log.read_text()[-200:]}")
    wait_for(lambda: len(machine.sink.hooks) >= len(machine.changed), daemon.log.read_text)
    machine.registry.faults = []
    machine.machine.set(right)


def _between(machine: Machine, _daemon: Running, by: timedelta) -> None:
    machine.machine.move(by)


def _while_it_looks(machine: Machine, _daemon: Running, by: timedelta) -> None:
    moved: list[Request] = []

    def at_the_list(request: Request) -> None:
        if is_list(request) and not moved:
            moved.append(request)
            machine.machine.move(by)

    machine.registry.faults = at_the_list


def _while_it_sends(machine: Machine, _daemon: Running, by: timedelta) -> None:
    def move_and_take(handler: Any) -> None:
        machine.machine.move(by)
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    machine.sink.answers = [move_and_take, 204]


def _while_it_stands(machine: Machine, daemon: Running, by: timedelta) -> None:
    daemon.send(signal.SIGSTOP)
    machine.machine.move(by)
    daemon.send(signal.SIGCONT)


def _memory(daemon: Running) -> float:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def _judge(machine: Machine, figures: ClockFigures) -> None:
    told, planted = machine.told(), Counter(machine.changed)
    figures.changes, figures.told = planted.total(), told.total()
    for trial in sorted(planted | told):
        if told[trial] != planted[trial]:
            figures.wrong.append(f"{trial}: told {told[trial]} times, not {planted[trial]}")
    if not machine.is_whole():
        figures.wrong.append("the store is not whole")
