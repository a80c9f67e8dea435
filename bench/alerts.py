"""Delivery of alerts, beside bare loops that send the very same bytes to the same receivers and remember nothing."""

from __future__ import annotations

import base64
import smtplib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from bench.receivers import receiving
from bench.table import Line, spread
from schedules.clock import ManualClock
from storage.engine.sqlite_driver import sqlite3
from storage.outbox import queries
from storage.values.severity import Severity
from storage.versions import trials
from storage.versions.snapshots import NewStep
from tracker.app import open_context, open_delivery
from tracker.changes.event import ChangedField, Event
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.recording.new_rows import event_row

__all__ = ["run"]

ROUNDS = 9
MESSAGES = 500
GOAL = 0.55
SENDER, READER = "trialwatch@example.org", "reader@example.org"
NOW = datetime(2026, 5, 12, 3, 2, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a-secret-of-thirty-two-bytes-ok!").decode()
EVENT = Event(
    "status.changed",
    Severity.MAJOR,
    "Status changed from Recruiting to Completed",
    (ChangedField("status", "Status", "RECRUITING", "COMPLETED"),),
)
RULE = '[[rule]]\nname = "all"\non = ["status.*"]\nsend = ["there"]\n'


@dataclass(frozen=True, slots=True)
class _Way:
    """One kind of channel: how it is configured, and the bare loop over it. `port`: of its receiver."""

    unit: str
    loop: str
    port: int
    channel: str
    bare: Callable[[int, Sequence[bytes], Callable[[], None]], None]


def run() -> list[Line]:
    lines: list[Line] = []
    with receiving() as (hooks, mails):
        for way in (
            _Way("signed webhooks", "httpx", hooks, _webhook(hooks), _post),
            _Way("mails", "smtplib", mails, _mail(mails), _send),
        ):
            rates: dict[str, list[float]] = defaultdict(list)
            for turn in range(ROUNDS + 1):
                for what, seconds in _round(way):
                    if turn:  # the first only warms up
                        rates[what].append(MESSAGES / seconds)
            lines += _lines(way, rates)
    return lines


def _lines(way: _Way, rates: dict[str, list[float]]) -> Iterator[Line]:
    bare = rates["bare"]
    bare_unit = way.unit.removeprefix("signed ")
    yield Line(f"bare {way.loop} loop", f"{spread(bare, ',.0f')} {bare_unit}/s", "1")
    for what, name, goal in (
        ("committed", f"bare {way.loop} loop with a commit each", 0.0),
        ("ours", f"delivery of {way.unit} from the outbox", GOAL),
    ):
        ratios = [one / least for one, least in zip(rates[what], bare, strict=True)]
        reached = sorted(ratios)[len(ratios) // 2] >= goal if goal else None
        unit = way.unit if what == "ours" else bare_unit
        figure = f"{spread(rates[what], ',.0f')} {unit}/s"
        yield Line(name, figure, spread(ratios, ".2f"), f">= {goal}" if goal else "", reached)


def _round(way: _Way) -> Iterator[tuple[str, float]]:
    """Seconds for each, one after the other, so that a slow minute of the machine slows them all."""
    with TemporaryDirectory() as folder, _queued(Path(folder), way.channel) as (context, settings):
        delivery_worker = open_delivery(context, settings)
        started = perf_counter()
        delivered = delivery_worker.deliver()
        yield "ours", perf_counter() - started
        assert delivered.sent == MESSAGES, delivered
        with context.database.read() as session:
            bodies = [row.body or b"" for row in queries.listing(session)]
        started = perf_counter()
        way.bare(way.port, bodies, lambda: None)
        yield "bare", perf_counter() - started
        with _notebook(Path(folder) / "sent.db") as note:
            started = perf_counter()
            way.bare(way.port, bodies, note)
            yield "committed", perf_counter() - started


def _post(port: int, bodies: Sequence[bytes], after_each: Callable[[], None]) -> None:
    headers = {"Content-Type": "application/json"}
    with httpx.Client(timeout=15) as client:
        for body in bodies:
            client.post(f"http://127.0.0.1:{port}/hook", content=body, headers=headers).raise_for_status()
            after_each()


def _send(port: int, bodies: Sequence[bytes], after_each: Callable[[], None]) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="example.org", timeout=15) as server:
        for body in bodies:
            server.sendmail(SENDER, [READER], body)
            after_each()


@contextmanager
def _notebook(path: Path) -> Iterator[Callable[[], None]]:
    """Writes down that one more was sent, so that no power cut undoes it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=FULL")
        store.execute("CREATE TABLE sent (number INTEGER PRIMARY KEY, at TEXT)")
        yield lambda: store.execute("INSERT INTO sent (at) VALUES (?)", (NOW.isoformat(),)) and None


@contextmanager
def _queued(home: Path, channel: str) -> Iterator[tuple[Context, Settings]]:
    """A context with so many messages waiting, about a trial each."""
    (home / "trialwatch.toml").write_text(channel + RULE, encoding="utf-8")
    settings = load_settings({"TRIALWATCH_HOME": str(home), "HOOK_SECRET": SECRET})
    with open_context(settings, ManualClock(NOW)) as context:
        names = [f"NCT{number:08d}" for number in range(1, MESSAGES + 1)]
        with context.database.write() as session:
            trials.add(session, names, "ctgov")
            context.event_writer.enter(session, [_step(name) for name in names], NOW)
        yield context, settings


def _step(trial: str) -> NewStep:
    row = event_row(EVENT, trial=trial, effective="2026-05-11", observed_at=NOW, run=None, to_version=None)
    return NewStep(None, (row,), None)


def _webhook(port: int) -> str:
    place = f"127.0.0.1:{port}"
    return (
        f'[[channel]]\nname = "there"\ntype = "webhook"\nurl = "http://{place}/hook"\n'
        f'secret_env = "HOOK_SECRET"\nallow = ["{place}"]\n\n'
    )


def _mail(port: int) -> str:
    return (
        f'[[channel]]\nname = "there"\ntype = "email"\nto = ["{READER}"]\nfrom = "{SENDER}"\n'
        f'smtp = "smtp://127.0.0.1:{port}"\n\n'
    )
