"""What came of an attempt: sent, again later, or dead; and what that says of the channel.

A failing channel is given growing rests; after five days of nothing but failures it is closed, and so is one that says
it wants no more. Its messages wait, and its owner is told through another channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from schedules.backoff import next_attempt, rest_of_channel
from storage import channels as health
from storage import outbox
from storage.outbox import Claimed, Outcome
from storage.snapshots import Step
from tracker.alerts.channels.base import Receipt
from tracker.alerts.rules import released_at
from tracker.changes.told import Event
from tracker.errors import ChannelClosed, DeliveryError, Undeliverable
from tracker.house import House
from tracker.rows import event_row

__all__ = ["DISABLED_AFTER", "Settling"]

DISABLED_AFTER = timedelta(days=5)
_APART = timedelta(hours=12)
"""Failures at least so far apart make a channel one that fails, not one that was hit by a bad hour."""


class Settling:
    """Writes down what came of attempts. `retries`: the pause before each attempt, from the first on."""

    def __init__(self, house: House, retries: Sequence[timedelta]) -> None:
        self.house = house
        self._retries = retries
        self._rules = {rule.name: rule for rule in house.ledger.rules}

    def settle(
        self, session: Session, claimed: Claimed, result: Receipt | DeliveryError, now: datetime, *, failing: bool
    ) -> Outcome:
        """Write down one attempt's end, for its message and its channel. `failing`: the channel has failed lately."""
        if isinstance(result, Receipt):
            if failing:
                health.well(session, claimed.channel)
            outcome = self._of_receipt(session, claimed, result, now)
        else:
            outcome = self._of_error(session, claimed, result, now)
        outbox.settle(session, claimed, outcome, now)
        return outcome

    def _of_receipt(self, session: Session, claimed: Claimed, receipt: Receipt, now: datetime) -> Outcome:
        recipients = {**claimed.recipients, **dict.fromkeys(receipt.reached, ""), **receipt.refused}
        for address, reason in receipt.refused.items():
            self._stop_address(session, claimed.channel, address, reason, now)
        if receipt.deferred:
            detail = "; ".join(f"{address}: {reason}" for address, reason in receipt.deferred.items())
            return self._again(claimed, detail, receipt.status, None, now, recipients)
        refused = {address: reason for address, reason in recipients.items() if reason}
        if refused:
            detail = "; ".join(f"{address}: {reason}" for address, reason in refused.items())
            return Outcome("dead", receipt.status, detail, recipients=recipients)
        return Outcome("sent", receipt.status, recipients=recipients)

    def _of_error(self, session: Session, claimed: Claimed, error: DeliveryError, now: datetime) -> Outcome:
        name = claimed.channel
        if isinstance(error, Undeliverable):
            return Outcome("dead", error.status, error.message)
        if isinstance(error, ChannelClosed):
            self._disable(session, name, error.message, now)
            return Outcome("retry", error.status, error.message, next_attempt_at=now)
        row = health.find(session, name)
        pause = max(error.retry_after or timedelta(0), rest_of_channel(row.failures + 1))
        health.failed(session, name, now, now + pause if pause else None)
        return self._again(claimed, error.message, error.status, error.retry_after, now)

    def _again(
        self,
        claimed: Claimed,
        detail: str,
        status: int | None,
        not_before: timedelta | None,
        now: datetime,
        recipients: Mapping[str, str] | None = None,
    ) -> Outcome:
        pause = next_attempt(claimed.attempts, self.house.clock.jitter(1.0), self._retries)
        if pause is None:
            return Outcome("dead", status, detail, recipients=recipients)
        at = released_at(self._rules, claimed.rules, claimed.severity, now + max(pause, not_before or pause))
        return Outcome("retry", status, detail, at, recipients)

    def sweep(self) -> None:
        """Close the channels that have failed for too long, whether or not they have just been tried."""
        now = self.house.clock.now()
        with self.house.database.read() as session:
            failing = [row for row in health.every(session).values() if row.disabled_at is None and row.failing_since]
        for row in failing:
            assert row.failing_since and row.last_failure_at
            if now - row.failing_since >= DISABLED_AFTER and row.last_failure_at - row.failing_since >= _APART:
                with self.house.database.write() as session:
                    since = row.failing_since.date().isoformat()
                    self._disable(session, row.name, f"every attempt has failed since {since}", now)

    def _disable(self, session: Session, name: str, reason: str, now: datetime) -> None:
        if health.disable(session, name, reason, now):
            summary = f"The channel {name} is disabled: {reason}. What it should have sent waits. Once it is mended: "
            mended = f"{summary}trialwatch alerts test {name}"
            self._tell_owner(session, Event("ops.channel_disabled", "major", mended, subject=name), now)

    def _stop_address(self, session: Session, channel: str, address: str, reason: str, now: datetime) -> None:
        health.mute(session, channel, address, now, reason)
        summary = f"{address} is sent nothing more by {channel}, its mail server refused it: {reason}. If it is right "
        summary += f"after all: trialwatch alerts mute {channel} {address} --lift"
        event = Event("ops.address_refused", "major", summary, subject=f"{channel} {address}")
        self._tell_owner(session, event, now)

    def _tell_owner(self, session: Session, event: Event, now: datetime) -> None:
        day = now.date().isoformat()
        row = event_row(event, trial="", effective=day, observed_at=now, run=None, to_version=None)
        self.house.ledger.enter(session, [Step(None, (row,), None)], now)
