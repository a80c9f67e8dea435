"""Step 8, its own job: what is due goes out, each channel by itself, one message after the other.

    claim     the next message, and the attempt written down         one transaction,
    render    once; every later attempt sends the same bytes         with the outcome of the one before
    send      over the channel, within its deadline                  no transaction
    settle    sent, again later, or dead with its reason

A crash anywhere leaves the message: its lease runs out, and it is sent again under the same key. A channel that fails
or hangs never delays another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from schedules.backoff import DELIVERY_RETRIES
from storage import channels as health
from storage import history, letters, outbox, trials
from storage.errors import Held
from storage.lease import poll_lock
from storage.outbox import Claimed, Outcome
from tracker.alerts.channels.base import Channel, Delivery, Receipt
from tracker.alerts.message import TEST, Alert, Told, message_key
from tracker.alerts.rules import released_at
from tracker.delivery.settling import Settling
from tracker.errors import DeliveryError, UsageError
from tracker.house import House
from tracker.records.links import links_of
from tracker.rows import change_out

__all__ = ["LEASE", "Courier", "Delivered"]

LEASE = timedelta(minutes=3)
"""Longer than any channel's deadline: only a dead process loses its lease."""
_ABANDONED = timedelta(minutes=10)
_MOST_TOLD = 500
"""Changes read for one message; the rest are a number in it."""
_CUT_OFF = 20
"""Attempts after which a message that always ends the process that sends it is given up."""


@dataclass(slots=True)
class Delivered:
    """What a round came to: messages sent, put off and given up; `trouble`: channel -> the last reason."""

    sent: int = 0
    later: int = 0
    dead: int = 0
    trouble: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ready:
    claimed: Claimed
    body: bytes
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    ready: _Ready
    result: Receipt | DeliveryError


class Courier:
    """Carries one store's messages to their channels. Threads may share it: one for each channel at a time."""

    def __init__(
        self,
        house: House,
        channels: Mapping[str, Channel],
        retries: Sequence[timedelta] = DELIVERY_RETRIES,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.house = house
        self.channels = channels
        self.tally = Delivered()
        self._settling = Settling(house, retries)
        self._rules = {rule.name: rule for rule in house.ledger.rules}
        self._stopping = stopping
        self._busy: dict[str, threading.Thread] = {}
        self._raised: list[Exception] = []
        self._counting = threading.Lock()

    def start(self) -> bool:
        """Begin a round for every channel that has something due and none under way. True when one was begun.

        Raises what an earlier round raised: the store, not a channel, is then in trouble.
        """
        if self._raised:
            raise self._raised.pop()
        self._close_abandoned()
        self._settling.sweep()
        begun = False
        for name in self._due():
            running = self._busy.get(name)
            if running is None or not running.is_alive():
                thread = threading.Thread(target=self._round, args=(name,), name=f"deliver {name}", daemon=True)
                self._busy[name] = thread
                thread.start()
                begun = True
        return begun

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the rounds under way; False when one is not over in time."""
        for thread in self._busy.values():
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._busy.values())

    def deliver(self) -> Delivered:
        """One round over all channels, to its end."""
        self.start()
        self.wait()
        if self._raised:
            raise self._raised.pop()
        return self.tally

    def test(self, name: str) -> Receipt:
        """Send a test message over one channel, now and once. When it arrives, a disabled channel is open again.

        Muted addresses are left out. Raises UsageError for a channel that is unknown, cannot be used or is muted,
        DeliveryError when it did not arrive.
        """
        channel = self._usable(name)
        now = self.house.clock.now()
        key = message_key(f"test {now.isoformat()}", name)
        with self.house.database.read() as session:
            alert = Alert(key, TEST, name, (), (), 0, history.store(session).store_id, now)
            muted = {it.address for it in health.muted(session, name)}
        to = tuple(address for address in channel.addresses if address not in muted)
        if "" in muted or (channel.addresses and not to):
            raise UsageError(
                f"The channel {name} is muted. To lift that: trialwatch alerts mute {name} --lift", subject=name
            )
        try:
            receipt = channel.send(Delivery(key, channel.render(alert), now, to))
        finally:
            channel.close()
        if not receipt.refused and not receipt.deferred:
            with self.house.database.write() as session:
                health.enable(session, [name])
        return receipt

    def _usable(self, name: str) -> Channel:
        if reason := self.house.alerts.unusable.get(name):
            raise UsageError(f"The channel {name} cannot be used: {reason}", subject=name)
        if name not in self.channels:
            raise UsageError(f"There is no channel {name[:40]!r}. See: trialwatch alerts check", subject=name)
        return self.channels[name]

    def _due(self) -> list[str]:
        now = self.house.clock.now()
        with self.house.database.read() as session:
            known = health.every(session)
            return [
                name
                for name in self.channels
                if not (name in known and _is_closed(known[name].disabled_at, known[name].not_before, now))
                and outbox.has_due(session, name, now)
            ]

    def _round(self, name: str) -> None:
        channel = self.channels[name]
        done: _Done | None = None
        try:
            while True:
                with self.house.database.write() as session:
                    if done is not None:
                        self._settle(session, done)
                    ready = None if self._stopping() else self._next(session, channel)
                if ready is None:
                    return
                done = _Done(ready, _attempt(channel, ready, self.house.clock.now()))
        except Exception as error:  # noqa: BLE001  (kept for `start`, which raises it where somebody listens)
            self._raised.append(error)
        finally:
            channel.close()

    def _next(self, session: Session, channel: Channel) -> _Ready | None:
        """Claim what can be sent. What cannot is settled here: nobody left to send it to, nothing to say."""
        now, name = self.house.clock.now(), channel.name
        health.meet(session, name, channel.fingerprint)
        row = health.find(session, name)
        if _is_closed(row.disabled_at, row.not_before, now):
            return None
        muted = {it.address: it for it in health.muted(session, name)}
        if "" in muted:
            self._count("dead", outbox.bury(session, name, "The channel is muted", now))
            return None
        while (claimed := outbox.claim(session, name, now, self.house.holder, LEASE)) is not None:
            until = released_at(self._rules, claimed.rules, claimed.severity, now)
            if until > now:  # its hour came and went while nobody was there to send it
                outbox.postpone(session, claimed, until)
                continue
            to = tuple(it for it in channel.addresses if it not in muted and it not in claimed.recipients)
            reason = _hopeless(claimed, channel, to)
            try:
                body = claimed.body or channel.render(self._alert(session, claimed))
            except Exception as error:  # noqa: BLE001  (one message that cannot be written must not stop the others)
                reason = reason or f"It could not be written: {type(error).__name__}: {error}"
            if not reason:
                if claimed.body is None:
                    outbox.freeze(session, claimed.key, body)
                return _Ready(claimed, body, to)
            outbox.settle(session, claimed, Outcome("dead", detail=reason), now)
            self._count("dead")
        return None

    def _alert(self, session: Session, claimed: Claimed) -> Alert:
        told, total = letters.told(session, claimed.key, _MOST_TOLD)
        titles = trials.titles(session, {event.trial for event, _ in told if event.trial})
        return Alert(
            key=claimed.key,
            kind=claimed.kind,
            channel=claimed.channel,
            rules=claimed.rules,
            told=tuple(
                Told(change_out(event, fields), titles.get(event.trial, ""), *links_of(event.trial))
                for event, fields in told
            ),
            total=total,
            store=history.store(session).store_id,
            made_at=claimed.created_at,
        )

    def _settle(self, session: Session, done: _Done) -> None:
        outcome = self._settling.settle(session, done.ready.claimed, done.result, self.house.clock.now())
        self._count({"retry": "later"}.get(outcome.outcome, outcome.outcome))
        if outcome.detail:
            self.tally.trouble[done.ready.claimed.channel] = outcome.detail

    def _close_abandoned(self) -> None:
        """Let go what a poll that was cut off has held back: its changes are written, so they are told."""
        with self.house.database.read() as session:
            held = outbox.open_batches(session)
        if not held:
            return
        now = self.house.clock.now()
        with suppress(Held), poll_lock(self.house.database, self.house.holder, lambda: False):
            # Nobody polls now. The daily job holds no lock: its batches are given time.
            for batch, since in held.items():
                if batch.startswith("run:") or abs(now - since) > _ABANDONED:
                    with self.house.database.write() as session:
                        self.house.ledger.close(session, batch, now)

    def _count(self, what: str, number: int = 1) -> None:
        with self._counting:
            setattr(self.tally, what, getattr(self.tally, what) + number)


def _attempt(channel: Channel, ready: _Ready, now: datetime) -> Receipt | DeliveryError:
    try:
        return channel.send(Delivery(ready.claimed.key, ready.body, now, ready.to))
    except DeliveryError as error:
        return error


def _is_closed(disabled_at: datetime | None, not_before: datetime | None, now: datetime) -> bool:
    return disabled_at is not None or (not_before is not None and not_before > now)


def _hopeless(claimed: Claimed, channel: Channel, to: Sequence[str]) -> str:
    """Why a message need not be tried; "" when it should be."""
    if channel.addresses and not to:
        return "Nobody is left to send it to: all addresses are muted or refused it"
    if claimed.attempts > _CUT_OFF:
        return f"{claimed.attempts - 1} attempts at it were cut off"
    return ""
