"""A harness with channels: a registry, a store, a configuration file, and receivers of webhooks and mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from schedules.clock import ManualClock
from storage.outbox import queries
from storage.tables.models import AttemptRow, MessageRow
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import OTHER_SECRET, SECRET, Hook, Sink
from tests.support.harness import QUICK, START, Harness, record
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context, open_delivery
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.delivery.stats import DeliveryStats
from tracker.delivery.worker import DeliveryWorker

__all__ = [
    "OTHER_SECRET",
    "SECRET",
    "AlertHarness",
    "alert_world",
    "another_process",
    "data",
    "mail",
    "rule",
    "settings_of",
    "webhook",
]


def webhook(sink: Sink, name: str = "team", **more: str) -> str:
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    return (
        f'[[channel]]\nname = "{name}"\ntype = "webhook"\nurl = "{sink.url}"\n'
        f'secret_env = "HOOK_SECRET"\nallow = ["{sink.place}"]\n{extra}\n'
    )


def mail(box: Mailbox, name: str = "me", to: tuple[str, ...] = ("me@example.org",), **more: str) -> str:
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    return (
        f'[[channel]]\nname = "{name}"\ntype = "email"\nto = {json.dumps(to)}\nfrom = "trialwatch@example.org"\n'
        f'smtp = "smtp://127.0.0.1:{box.port}"\n{extra}\n'
    )


def rule(*send: str, name: str = "all", on: str = '["*"]', **more: str) -> str:
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[rule]]\nname = "{name}"\non = {on}\nsend = {json.dumps(send)}\n{extra}\n'


@dataclass
class AlertHarness(Harness):
    """A `Harness` whose delivery worker runs. `deliver` runs one round. `later` lets time pass and runs another."""

    delivery_worker: DeliveryWorker | None = None

    def deliver(self) -> DeliveryStats:
        assert self.delivery_worker is not None
        self.delivery_worker.stats = DeliveryStats()
        return self.delivery_worker.deliver()

    def later(self, **time: float) -> DeliveryStats:
        self.clock.advance(timedelta(**time))
        return self.deliver()

    def messages(self, *states: str) -> list[MessageRow]:
        with self.context.database.read() as session:
            return queries.listing(session, states or None)

    def states(self) -> dict[str, str]:
        """Return channel -> state, for harnesses with one message per channel."""
        return {it.channel: it.state for it in self.messages()}

    def attempts(self, key: str) -> list[AttemptRow]:
        with self.context.database.read() as session:
            return queries.attempts(session, key)

    def change(self, trial: str, status: str = "COMPLETED") -> None:
        """Change the trial's status on the next day: one event."""
        self.day()
        self.status(trial)["overallStatus"] = status
        self.poll()


def settings_of(home: Path, url: str, registry: RegistryServer, text: str, **environment: str) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    (home / "trialwatch.toml").write_text(text, encoding="utf-8")
    return load_settings(
        {
            "TRIALWATCH_HOME": str(home),
            "TRIALWATCH_DATABASE_URL": url,
            "TRIALWATCH_CTGOV_URL": registry.url,
            "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
            "HOOK_SECRET": SECRET,
        }
        | environment
    )


@contextmanager
def alert_world(home: Path, text: str, *, url: str = "", trials: int = 6, **environment: str) -> Iterator[AlertHarness]:
    """Yield a harness with this configuration, its trials watched and polled once."""
    with RegistryServer([record(f"NCT{number:08d}") for number in range(1, trials + 1)]) as registry:
        address = url or f"sqlite:///{home / 'trialwatch.db'}"
        with another_process(home, text, registry, address, ManualClock(START), **environment) as harness:
            harness.settled()
            yield harness


@contextmanager
def another_process(
    home: Path, text: str, registry: RegistryServer, url: str, clock: ManualClock, **environment: str
) -> Iterator[AlertHarness]:
    """Yield a second context, like another process, that opens the store with this configuration."""
    settings = settings_of(home, url, registry, text, **environment)
    with open_context(settings, clock, QUICK) as context:
        yield AlertHarness(settings, registry, clock, context, delivery_worker=open_delivery(context, settings))


def data(hook: Hook) -> dict[str, Any]:
    """Return the data of a webhook."""
    found = json.loads(hook.body)["data"]
    assert isinstance(found, dict)
    return found
