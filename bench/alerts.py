"""Delivery of alerts, beside bare loops that send the very same bytes to the same receivers and forget them."""

from __future__ import annotations

import base64
import smtplib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from bench.receivers import receiving
from bench.table import Line, spread
from schedules.clock import ManualClock
from storage import trials
from storage.snapshots import Step
from tracker.alerts.spec import EmailSpec, WebhookSpec
from tracker.app import open_courier, open_house
from tracker.changes.told import ChangedField, Event
from tracker.house import House
from tracker.rows import event_row
from tracker.settings import Settings, load_settings

__all__ = ["run"]

ROUNDS = 7
MESSAGES = 300
GOAL = 0.5
SENDER, READER = "trialwatch@example.org", "reader@example.org"
NOW = datetime(2026, 5, 12, 3, 2, tzinfo=UTC)


def run() -> list[Line]:
    rates: dict[str, list[float]] = defaultdict(list)
    with receiving() as (hooks, mails):
        for turn in range(ROUNDS + 1):
            for what, seconds in _round(hooks, mails):
                if turn:  # the first only warms up
                    rates[what].append(MESSAGES / seconds)
    return [
        line for unit in ("webhooks", "mails") for line in _lines(unit, rates[f"bare {unit}"], rates[f"our {unit}"])
    ]


def _lines(unit: str, bare: list[float], ours: list[float]) -> list[Line]:
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    library = {"webhooks": "httpx", "mails": "smtplib"}[unit]
    reached = sorted(ratios)[len(ratios) // 2] >= GOAL
    signed = "signed " if unit == "webhooks" else ""
    return [
        Line(f"bare {library} loop", f"{spread(bare, ',.0f')} {unit}/s", "1"),
        Line(
            f"delivery from the outbox",
            f"{spread(ours, ',.0f')} {signed}{unit}/s",
            spread(ratios, ".2f"),
            f">= {GOAL}",
            reached,
        ),
    ]


def _round(hooks: int, mails: int) -> Iterator[tuple[str, float]]:
    for unit, text in (("webhooks", _webhook(hooks)), ("mails", _mail(mails))):
        with TemporaryDirectory() as folder, _house(Path(folder), text) as (house, settings):
            courier = open_courier(house, settings)
            started = perf_counter()
            delivered = courier.deliver()
            yield f"our {unit}", perf_counter() - started
            assert delivered.sent == MESSAGES, delivered
            bodies = _bodies(house)
        bare = _post if unit == "webhooks" else _send
        port = hooks if unit == "webhooks" else mails
        started = perf_counter()
        bare(port, bodies)
        yield f"bare {unit}", perf_counter() - started


def _post(port, bodies):
    with httpx.Client(timeout=15) as client:
        for body in bodies:
            client.post(
                f"http://127.0.0.1:{port}/hook", content=body, headers={"Content-Type": "application/json"}
            ).raise_for_status()


def _send(port, bodies):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="example.org") as server:
        for body in bodies:
            server.sendmail(SENDER, [READER], body)


def _bodies(house):
    from storage import letters

    with house.database.read() as session:
        return [m.body for m in letters.listing(session)]


def _webhook(port):
    return f"""[[channel]]
name = "team"
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
secret_env = "S"
allow = ["127.0.0.1:{port}"]
[[rule]]
name = "all"
on = ["*"]
send = ["team"]
"""


def _mail(port):
    return f'''[[channel]]
name = "team"
type = "email"
to = ["{READER}"]
from = "{SENDER}"
smtp = "smtp://127.0.0.1:{port}"
[[rule]]
name = "all"
on = ["*"]
send = ["team"]
'''


@contextmanager
def _house(home, text):
    (home / "trialwatch.toml").write_text(text)
    settings = load_settings({"TRIALWATCH_HOME": str(home), "S": "whsec_" + base64.b64encode(b"x" * 32).decode()})
    with open_house(settings, ManualClock(NOW)) as house:
        names = [f"NCT{n:08d}" for n in range(MESSAGES)]
        with house.database.write() as session:
            trials.add(session, names, "ctgov")
            steps = []
            for name in names:
                event = Event(
                    "status.changed",
                    "major",
                    "Status changed from Recruiting to Completed",
                    (ChangedField("status", "Status", "RECRUITING", "COMPLETED"),),
                )
                steps.append(
                    Step(
                        None,
                        (
                            event_row(
                                event, trial=name, effective="2026-05-11", observed_at=NOW, run=None, to_version=None
                            ),
                        ),
                        None,
                    )
                )
            house.ledger.enter(session, steps, NOW)
        yield house, settings


if __name__ == "__main__":
    import sys

    for line in run():
        print(" | ".join(line.cells()))
