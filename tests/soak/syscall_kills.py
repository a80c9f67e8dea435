"""A process that polls and delivers, killed at its first, second, ... Nth write, sync or send; and what came of it.

`python -m tests.soak.syscall_kills INSTANT` is that process; strace kills it, thread by thread counted.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from schedules.clock import ManualClock
from storage.watching import watches
from tests.soak.delivery_kills import Cut, change_some, judge
from tests.support.channels.alert_harness import SECRET, mail, rule, settings_of, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import START, record
from tests.support.paths import ROOT
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context, open_delivery
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.polling.poll import poll

__all__ = ["syscall_kills", "why_not"]

CALLS = "write,pwrite64,fsync,fdatasync,sendto"
TRIALS = 210
"""Few of them change at once: else the registry is not believed."""


def why_not() -> str:
    """Why there can be none of this here, "" when there can."""
    if not shutil.which("strace"):
        return "kills at system calls: no strace on this machine (Debian: apt-get install strace)"
    probe = subprocess.run(_traced(1, ["true"]), capture_output=True, text=True, check=False)
    return "" if probe.returncode == 0 else f"kills at system calls: strace may not trace here ({probe.stderr[:100]})"


def syscall_kills(home: Path, numbers: Iterable[int]) -> Cut:
    """Kill a process at each of these calls, each on a day with new changes; then let time go by. 0: let it through."""
    chance, cut = random.Random(7), Cut(0)
    names = [f"NCT{number:08d}" for number in range(1, TRIALS + 1)]
    fresh = chance.sample(names, len(names))
    with RegistryServer([record(name) for name in names]) as registry, Sink() as sink, Mailbox() as box:
        text = webhook(sink) + mail(box) + rule("team", "me")
        settings = settings_of(home, f"sqlite:///{home / 'store.db'}", registry, text)
        with open_context(settings, ManualClock(START)) as context:
            with context.database.write() as session:
                for name in names:
                    watches.watch(session, name, "ctgov", START)
            poll(context)
        now = START
        for number in [*numbers, 0, 0, 0, 0]:  # leases run out, rests end
            now += timedelta(days=1)
            registry.data_timestamp = f"{now.date()}T09:00:05"
            cut.changes += change_some(registry, fresh) if number else 0
            ended = _run(settings, registry, now, number)
            cut.kills += not ended
            cut.completed += ended and number > 0
        judge(settings, cut, sink, box, [name for name in names if name not in fresh])
    return cut


def _run(settings: Settings, registry: RegistryServer, now: datetime, number: int) -> bool:
    """One process, killed at this call. Whether it came to its end."""
    environment = {
        **os.environ,
        "TRIALWATCH_HOME": str(settings.home),
        "TRIALWATCH_DATABASE_URL": settings.database_url,
        "TRIALWATCH_CTGOV_URL": registry.url,
        "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
        "HOOK_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "tests.soak.syscall_kills", now.isoformat()]
    traced = _traced(number, command) if number else command
    done = subprocess.run(traced, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.stderr
    return done.returncode == 0


def _traced(number: int, command: list[str]) -> list[str]:
    inject = f"inject={CALLS}:signal=KILL:when={number}" if command[0] != "true" else f"trace={CALLS}"
    return ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={CALLS}", "-e", inject, *command]


def main(instant: str) -> None:
    settings = load_settings(os.environ)
    with open_context(settings, ManualClock(datetime.fromisoformat(instant))) as context:
        poll(context)
        open_delivery(context, settings).deliver()


if __name__ == "__main__":
    main(*sys.argv[1:])
