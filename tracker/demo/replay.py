"""Run the demo: the embedded registry plays the story, and the real program watches it.

They talk over HTTP on loopback and use a real store. Only the days pass faster.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from pathlib import Path

from msgspec.structs import replace
from sqlmodel import Session

from schedules.clock import ManualClock
from storage.reads.in_session import SessionReader
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tracker.api.changes import ChangeObject
from tracker.api.trials import History
from tracker.app import open_context, open_delivery
from tracker.backfill.backfill import Backfill
from tracker.config.alert_tables import ChannelTable, RuleSettings
from tracker.config.settings import Secrets, Settings
from tracker.context.context import Context
from tracker.demo.demo_registry import DemoRegistry
from tracker.demo.receivers import Hook, Received, receivers
from tracker.demo.story import SEED, Story
from tracker.polling.poll import poll
from tracker.recording.row_mapping import change_object
from tracker.registries.ctgov import Ctgov, CtgovSettings
from tracker.services.versions.version_list import versions_of
from tracker.similar.cohorts.cohort_definition import like
from tracker.similar.comparison import Choice
from tracker.similar.find_similar import find_similar
from tracker.similar.found import SimilarTrials

__all__ = ["CLOCK", "LIKE", "Day", "LateWatcher", "late", "replay", "settings_for", "shown_settings"]

CLOCK = "demo-clock"
"""The file beside the store that holds the instant of the story's last poll, for those who look at the store later."""
_LOOK_AT = time(14, 30, tzinfo=UTC)
"""The time of each poll: half an hour after the registry publishes, in summer."""
_OWN_PACE = 1000.0
_NOWHERE = 9
"""A port at which nothing listens."""
"""Requests per second. The embedded registry needs no protection."""
LIKE = like(SEED, 0).name
ALIKE = 0.045
"""Below this score, trials of the story share a few words with its main trial, and not its disease."""
_SECRET = f"whsec_{b64encode(b'known to the demo on both sides.').decode()}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the story as the program saw it.

    `notes`: (trial, what was done to its record, whether that is invented).

    `hooks` and `mails`: the alerts of the day as they arrived.
    """

    day: date
    notes: tuple[tuple[str, str, bool], ...]
    changes: tuple[ChangeObject, ...]
    requests: int
    hooks: tuple[Hook, ...]
    mails: tuple[EmailMessage, ...]


def settings_for(home: Path, url: str, received: Received | None = None) -> Settings:
    """Return settings to watch the embedded registry. `told`: the receivers of alerts about the seed's results."""
    quiet = Settings(home=home, registries={Ctgov.name: CtgovSettings(url=url, requests_per_second=_OWN_PACE)})
    if received is None:
        return quiet
    place = f"127.0.0.1:{received.hook_port}"
    hook = ChannelTable(
        "team", "webhook", {"url": f"http://{place}/trials", "secret_env": "DEMO_SECRET", "allow": [place]}
    )
    smtp = f"smtp://127.0.0.1:{received.mail_port}"
    mail = ChannelTable("me", "email", {"to": ["me@example.org"], "from": "trialwatch@example.org", "smtp": smtp})
    rule = RuleSettings(name="results", on=("results.*",), trials=(SEED,), min_severity="major", send=("team", "me"))
    secrets = Secrets({"DEMO_SECRET": received.secret})
    return replace(quiet, channel=(hook, mail), rule=(rule,), secrets=secrets)


def shown_settings(home: Path) -> Settings:
    """Return the settings to look at the store of a story that was told. Nothing can be sent with them."""
    return settings_for(home, "http://127.0.0.1", Received(_NOWHERE, _NOWHERE, _SECRET))


def replay(story: Story, home: Path) -> Iterator[Day]:
    """Replay the story with a store in `home`. Yield each day after its poll."""
    days = story.days()
    clock = ManualClock(datetime.combine(days[0], _LOOK_AT))
    with DemoRegistry(story) as registry, receivers(_SECRET) as received:
        settings = settings_for(home, registry.url, received)
        with open_context(settings, clock) as context:
            delivery_worker, last = open_delivery(context, settings), 0
            for day in days:
                registry.move_to(day)
                clock.move_to(datetime.combine(day, _LOOK_AT))
                _watch_what_is_there(context, [trial for trial in story.facts if story.record_on(trial, day)])
                hooks, mails = len(received.hooks), len(received.mails)
                report = poll(context)
                delivery_worker.deliver()
                with context.database.read() as session:
                    changes, last = _since(session, last)
                yield Day(
                    day,
                    tuple((step.trial, step.note, step.invented) for step in story.steps_on(day)),
                    tuple(changes),
                    report.requests,
                    tuple(received.hooks[hooks:]),
                    tuple(received.mails[mails:]),
                )
    (home / CLOCK).write_text(clock.now().isoformat(), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class LateWatcher:
    """What somebody sees who begins to watch the demo's trial on its last day.

    That is its past, from the registry's history, and the trials most similar to it, from a search at the registry.
    """

    day: date
    versions: History
    changes: tuple[ChangeObject, ...]
    requests: int
    alike: SimilarTrials


def late(story: Story, home: Path) -> LateWatcher:
    """Watch the demo's trial only from its last day on, with a new store in `home`."""
    day = story.days()[-1]
    clock = ManualClock(datetime.combine(day, _LOOK_AT))
    with DemoRegistry(story) as registry, open_context(settings_for(home, registry.url), clock) as context:
        registry.move_to(day)
        with context.database.write() as session:
            watches.watch(session, SEED, Ctgov.name, clock.now())
        work = Backfill(context)
        work.before_first_poll([SEED])
        poll(context)
        work.after_first_poll([SEED])
        requests = context.clients[Ctgov.name].requests
        with context.database.read() as session:
            changes, _ = _since(session, 0)
            versions = versions_of(SessionReader(session), SEED)
        return LateWatcher(day, versions, tuple(changes), requests, find_similar(context, SEED, Choice(top=3)))


def _watch_what_is_there(context: Context, registered: list[str]) -> None:
    """Watch each trial of the story from its registration on. Trials similar to the seed get a tag."""
    with context.database.read() as session:
        new = set(registered) - set(watches.watched(session))
    found = find_similar(context, SEED, Choice(top=len(registered))).similar if new else []
    alike = {it.record.trial for it in found if it.score >= ALIKE}
    with context.database.write() as session:
        for trial in sorted(new):
            tags = ["seed"] if trial == SEED else [LIKE if trial in alike else "neighbour"]
            watches.watch(session, trial, Ctgov.name, context.clock.now(), tags)


def _since(session: Session, seq: int) -> tuple[list[ChangeObject], int]:
    found = history.changes(session, ChangeFilter(after_seq=seq))
    return [change_object(row, fields) for row, fields in found], history.last_seq(session)
