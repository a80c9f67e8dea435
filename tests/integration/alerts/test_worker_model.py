"""A model of delivery: whatever channels do and whenever the process ends, every change that a rule asks for arrives.

Real store, rules, outbox and worker; only the channels follow a script. In the end all is mended and time goes by:
then each change has reached each of its channels, under one key and in one form, or is a dead message with a reason.
"""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schedules.clock import ManualClock
from storage.outbox import channel_states, queries
from storage.tables.models import MessageRow
from storage.versions.snapshots import NewStep
from tests.support.channels.alert_harness import rule as rule_text
from tests.support.channels.alert_harness import settings_of
from tests.support.channels.scripted_channel import Died, Scripted
from tests.support.harness import START
from tests.support.registry.embedded_registry import RegistryServer
from tracker.alerts.message import DIGEST, GROUP
from tracker.app import open_context
from tracker.changes.event import ChangedField, Event
from tracker.delivery.worker import DeliveryWorker
from tracker.recording.new_rows import event_row

TEXT = (
    '[alerts]\nowner = "me"\n'
    + "".join(
        f'[[channel]]\nname = "{name}"\ntype = "notify"\nurl_env = "SERVICE"\n\n' for name in ("team", "me", "slow")
    )
    + rule_text("team", "me", name="at once", on='["status.*"]')
    + rule_text("slow", name="daily", on='["status.*", "title.*"]', digest='"daily@18:00"')
    + rule_text("me", name="nightly", on='["title.*"]', quiet='"22:00-07:00"')
)
"""What the channels are is not looked at: the model brings its own."""
ASKED = {"status.changed": ("team", "me", "slow"), "title.changed": ("slow", "me")}
DEEDS = [*"take take lose fail fail gone never break die refuse defer defer".split(), "die late"]
TRIALS = [f"NCT{number:08d}" for number in range(1, 16)]


class CourierModel(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.end = ExitStack()
        folder = Path(self.end.enter_context(tempfile.TemporaryDirectory()))
        settings = settings_of(folder, f"sqlite:///{folder / 'model.db'}", _Nowhere(), TEXT, SERVICE="json://127.0.0.1")
        self.clock = ManualClock(START)
        self.context = self.end.enter_context(open_context(settings, self.clock))
        addresses = {"me": ("a@example.org", "b@example.org")}
        self.channels = {name: Scripted(name, addresses.get(name, ())) for name in ("team", "me", "slow")}
        self.asked: dict[str, tuple[str, ...]] = {}
        self.wished: Counter[str] = Counter()
        self.batches: set[str] = set()
        self.number = 0
        self.restart()

    @rule()
    def restart(self) -> None:
        """Another process takes over."""
        self.delivery_worker = _Mortal(self.context, self.channels)

    @rule(
        kind=st.sampled_from(sorted(ASKED)),
        trials=st.lists(st.sampled_from(TRIALS), min_size=1, max_size=3, unique=True),
        critical=st.booleans(),
        batch=st.sampled_from(["", "", "run:1", "run:2"]),
    )
    def change(self, kind: str, trials: list[str], critical: bool, batch: str) -> None:
        self.number += 1
        self._enter(kind, trials, "critical" if critical else "minor", f"state {self.number}", batch)

    @rule(batch=st.sampled_from(["", "run:3"]))
    def the_same_in_many(self, batch: str) -> None:
        """A storm: told as one once the batch is closed, each by itself without a batch."""
        self.number += 1
        self._enter("status.changed", TRIALS, "major", f"state {self.number}", batch)

    def _enter(self, kind: str, trials: list[str], severity: str, word: str, batch: str) -> None:
        now = self.clock.now()
        event = Event(kind, severity, word, (ChangedField("status", "Status", "before", word),), subject=word)
        rows = [_row(event, trial, now) for trial in trials]
        with self.context.database.write() as session:
            answers = self.context.event_writer.enter(
                session, [NewStep(None, (row,), None) for row in rows], now, batch
            )
        self.asked |= {answer.ids[0]: ASKED[kind] for answer in answers}
        self.batches |= {batch} - {""}

    @rule()
    def a_poll_ends(self) -> None:
        for batch in sorted(self.batches):
            with self.context.database.write() as session:
                self.context.event_writer.close(session, batch, self.clock.now())
        self.batches.clear()

    @rule(
        name=st.sampled_from(["team", "me", "me", "slow"]),
        deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=6),
        minutes=st.sampled_from([0, 4, 40, 300]),
    )
    def deliver(self, name: str, deeds: list[str], minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        self.channels[name].script = deque(deeds)
        self.delivery_worker.deliver()
        if self.delivery_worker.died:
            self.restart()
        self.batches.clear()  # nobody polls: what a poll has left held back is let go

    @rule(hours=st.sampled_from([1.0, 11.0, 26.0]))
    def time_passes(self, hours: float) -> None:
        self.clock.advance(timedelta(hours=hours))

    @rule(number=st.integers(0, 30))
    def somebody_wants_it_again(self, number: int) -> None:
        rows = self._rows()
        if number < len(rows):
            self._again([rows[number]])

    @rule(name=st.sampled_from(["team", "me", "slow"]))
    def somebody_opens_it_again(self, name: str) -> None:
        with self.context.database.write() as session:
            channel_states.enable(session, [name])

    def _again(self, rows: list[MessageRow]) -> None:
        with self.context.database.write() as session:
            for key in queries.again(session, [row.key for row in rows], self.clock.now(), "a person"):
                self.wished[key] += 1

    def _rows(self) -> list[MessageRow]:
        with self.context.database.read() as session:
            return queries.listing(session)

    @invariant()
    def what_is_sent_under_a_key_never_changes_and_is_repeated_only_for_a_reason(self) -> None:
        for channel in self.channels.values():
            bodies: dict[str, set[bytes]] = {}
            for key, _, body in channel.taken:
                bodies.setdefault(key, set()).add(body)
            assert all(len(forms) == 1 for forms in bodies.values())
            for (key, _), times in Counter((key, address) for key, address, _ in channel.taken).items():
                assert times <= 1 + channel.uncertain.count(key) + self.wished[key]

    @invariant()
    def no_change_is_told_a_channel_under_two_keys(self) -> None:
        for name in self.channels:
            told = Counter(event for events in self._told_by(name).values() for event in events)
            assert all(times == 1 for times in told.values())

    def _told_by(self, name: str) -> dict[str, set[str]]:
        """What each message of a channel tells, whether sent or not."""
        keys = [row.key for row in self._rows() if row.channel == name]
        with self.context.database.read() as session:
            found = queries.contents_of(session, keys, 10_000)
        return {key: {event.id for event, _ in it.changes} for key, it in found.items()}

    def teardown(self) -> None:
        if hasattr(self, "delivery_worker"):
            self._all_is_mended()
            self._everything_arrived()
            self.end.close()

    def _all_is_mended(self) -> None:
        for channel in self.channels.values():
            channel.script.clear()
            self.somebody_opens_it_again(channel.name)
        self.restart()
        for _ in range(40):
            self.delivery_worker.deliver()
            self.clock.advance(timedelta(hours=5))
            if not any(row.state == "pending" for row in self._rows()):
                return
        raise AssertionError("messages wait for ever")

    def _everything_arrived(self) -> None:
        rows = {row.key: row for row in self._rows()}
        assert all(row.state in ("sent", "dead") for row in rows.values())
        assert all(row.last_error for row in rows.values() if row.state == "dead")
        for name, channel in self.channels.items():
            arrived = {key for key, _, _ in channel.taken}
            told = self._told_by(name)
            for event, names in self.asked.items():
                if name in names:
                    [key] = [key for key, events in told.items() if event in events]
                    assert key in arrived or rows[key].state == "dead"
            for key, _, body in channel.taken:
                said: dict[str, Any] = orjson.loads(body)
                assert said["total"] == len(told[key])
                assert set(said["events"]) <= told[key]
                assert len(told[key]) == 1 or rows[key].kind in (DIGEST, GROUP)


class _Mortal(DeliveryWorker):
    """Knows that its process has ended."""

    died = False

    def _round(self, name: str) -> None:
        try:
            super()._round(name)
        except Died:
            self.died = True


class _Nowhere(RegistryServer):
    """No registry is asked for anything here."""

    def __init__(self) -> None:
        """It is never started."""

    @property
    def url(self) -> str:
        return "http://127.0.0.1:9"


def _row(event: Event, trial: str, now: Any) -> Any:
    day = now.date().isoformat()
    return event_row(event, trial=trial, effective=day, observed_at=now, run=None, to_version=None)


TestCourier = CourierModel.TestCase
TestCourier.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
