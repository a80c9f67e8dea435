"""Settle an attempt (sent, again later, or dead) and update the state of its channel.

`tracker.alerts.replies` says where the fault of a refusal lies. If it lies with the server or with us, no message dies
while nothing gets through: the channel pauses for growing periods. After five days of failures only, the channel is
closed. It is also closed if the receiver wants no more messages. Its messages then wait, and another channel notifies
the owner. A single message that fails through its whole schedule, while others get through, is dead. An address is
muted only for replies about that address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from schedules.backoff import last_pause, next_attempt, rest_of_channel
from storage.outbox import channel_states as health
from storage.outbox import queries, queue
from storage.outbox.queue import AttemptOutcome, Claimed
from storage.values.states import AttemptState
from tracker.alerts.channels.channel import Receipt
from tracker.alerts.render.commands import GIVEN_UP, lift_command, step_for
from tracker.alerts.replies import ReplyVerdict
from tracker.alerts.rules.rules import released_at
from tracker.context.context import Context
from tracker.delivery.channel_notices import KINDS, Notices
from tracker.errors import ChannelClosed, DeliveryError, NotDelivered, Undeliverable

__all__ = ["DISABLED_AFTER", "Settling"]

DISABLED_AFTER = timedelta(days=5)
_APART = timedelta(hours=12)
"""A channel is failing if two failures are at least this far apart. Otherwise it only had a bad hour."""
_LULL = timedelta(days=3)
"""Longer than any pause between attempts, with quiet hours. After such a time nothing was tried, so nothing failed."""
_SAID_AGAIN = timedelta(days=1)
"""A doubtful reply about an address is believed if it comes again at least this much later."""


class Settling:
    """Stores the outcomes of attempts. `retries`: the pause before each attempt, including the first."""

    def __init__(self, context: Context, retries: Sequence[timedelta]) -> None:
        self.context = context
        self._retries = retries
        self._rules = {rule.name: rule for rule in context.event_writer.book.rules}
        self._notices = Notices(context)

    def settle(
        self, session: Session, claimed: Claimed, result: Receipt | DeliveryError, now: datetime, *, failing: bool
    ) -> AttemptOutcome:
        """Store the end of one attempt, for its message and its channel. `failing`: the channel has failed recently."""
        if isinstance(result, Receipt):
            result = _of_all(claimed, result)
        if isinstance(result, DeliveryError):
            outcome, reported = self._of_error(session, claimed, result, now, failing=failing), False
        else:
            if failing:
                health.channel_succeeded(session, claimed.channel)
            outcome, reported = self._of_receipt(session, claimed, result, now)
        queue.settle(session, claimed, outcome, now)
        if reported and outcome.outcome == AttemptState.DEAD:
            queries.mark_reported(session, [claimed.key], now, self.context.holder, "with the address that was refused")
        return outcome

    def _of_receipt(
        self, session: Session, claimed: Claimed, receipt: Receipt, now: datetime
    ) -> tuple[AttemptOutcome, bool]:
        """Return the outcome, and True if the owner was notified of all problems in the receipt."""
        # min: a clock that was ahead may have dated the first doubt in the future.
        doubted = {it: min(claimed.doubted.get(it, now), now) for it in receipt.doubted}
        believed = {it: receipt.doubted[it] for it, since in doubted.items() if now - since >= _SAID_AGAIN}
        refused = {**receipt.refused, **believed}
        reported = self._stop(session, claimed, refused, now)
        recipients = {**claimed.recipients, **dict.fromkeys(receipt.reached, ""), **refused, **receipt.declined}
        waiting = {**receipt.deferred, **receipt.doubted}
        waiting = {address: reason for address, reason in waiting.items() if address not in believed}
        still = {it: since for it, since in doubted.items() if it in waiting}
        if waiting:
            detail = f"{_listed(waiting)}. {step_for(ReplyVerdict('server', receipt.lasting, ''), claimed.channel)}"
            outcome = self._again(claimed, detail, receipt.status, None, now, recipients, still)
            return outcome, False
        lost = {address: reason for address, reason in recipients.items() if reason}
        if not lost:
            return AttemptOutcome(AttemptState.SENT, receipt.status, recipients=recipients, doubted={}), False
        first = next((it for it in lost if it not in receipt.declined), "")
        step = f"To send to it again: {lift_command(claimed.channel, first)}" if first else GIVEN_UP
        return AttemptOutcome(
            AttemptState.DEAD, receipt.status, f"{_listed(lost)}. {step}", recipients=recipients, doubted={}
        ), (bool(refused) and reported and refused.keys() == lost.keys())

    def _of_error(
        self, session: Session, claimed: Claimed, error: DeliveryError, now: datetime, *, failing: bool
    ) -> AttemptOutcome:
        name = claimed.channel
        if isinstance(error, Undeliverable):
            return AttemptOutcome(AttemptState.DEAD, error.status, error.message)
        # A failed notice about a channel makes no new notice, or two broken channels would report each other forever.
        quietly = claimed.kind in KINDS
        if isinstance(error, ChannelClosed):
            self._disable(session, name, error.message, now, quietly=quietly)
            return AttemptOutcome(AttemptState.RETRY, error.status, error.message, next_attempt_at=now)
        row = health.find(session, name)
        pause = max(error.retry_after or timedelta(0), rest_of_channel(row.failures + 1))
        health.channel_failed(session, name, now, now + pause if pause else None, lull=_LULL)
        if error.lasting and not quietly:
            self._notices.failing(session, name, error.message, now)
        return self._again(claimed, error.message, error.status, error.retry_after, now, keep=failing)

    def _again(
        self,
        claimed: Claimed,
        detail: str,
        status: int | None,
        not_before: timedelta | None,
        now: datetime,
        recipients: Mapping[str, str] | None = None,
        doubted: Mapping[str, datetime] | None = None,
        *,
        keep: bool = False,
    ) -> AttemptOutcome:
        """Plan the next attempt. `keep`: after the end of the schedule, go on at its last pause, because nothing else
        gets through.
        """
        share = self.context.clock.jitter(1.0)
        pause = next_attempt(claimed.attempts, share, self._retries)
        if pause is None and keep:
            pause = last_pause(share, self._retries)
        if pause is None:
            return AttemptOutcome(AttemptState.DEAD, status, detail, recipients=recipients, doubted={})
        at = released_at(self._rules, claimed.rules, claimed.severity, now + max(pause, not_before or pause))
        return AttemptOutcome(AttemptState.RETRY, status, detail, at, recipients, doubted)

    def sweep(self, names: Sequence[str]) -> None:
        """Close those of the channels `names` that have failed for too long. Notify of messages that died on them.

        A muted channel is left alone: nothing is tried there.
        """
        now = self.context.clock.now()
        with self.context.database.read() as session:
            failing = [row for row in health.every(session).values() if row.disabled_at is None and row.failing_since]
            silent = {it.channel for it in health.muted(session) if not it.address} if failing else set()
        for row in failing:
            assert row.failing_since and row.last_failure_at
            if row.name not in names or row.name in silent:
                continue
            if now - row.last_failure_at > _LULL:
                continue
            if now - row.failing_since >= DISABLED_AFTER and row.last_failure_at - row.failing_since >= _APART:
                with self.context.database.write() as session:
                    since = row.failing_since.date().isoformat()
                    self._disable(session, row.name, f"every attempt has failed since {since}", now)
        self._notices.dead(names)

    def _disable(self, session: Session, name: str, reason: str, now: datetime, *, quietly: bool = False) -> None:
        if health.disable(session, name, reason, now) and not quietly:
            self._notices.disabled(session, name, reason, now)

    def _stop(self, session: Session, claimed: Claimed, refused: Mapping[str, str], now: datetime) -> bool:
        """Mute these addresses. Return True if the owner was notified of each."""
        reported = claimed.kind not in KINDS
        for address, reason in refused.items():
            health.mute(session, claimed.channel, address, now, reason)
            if claimed.kind not in KINDS:
                reported &= self._notices.refused(session, claimed.channel, address, reason, now)
        return reported


def _of_all(claimed: Claimed, receipt: Receipt) -> Receipt | DeliveryError:
    """Turn an attempt that got the same refusal for all addresses into a failure of the channel, not of the addresses.

    A server that has lost its mailbox list says that each address does not exist.
    """
    failed = receipt.failed
    if not failed or receipt.reached or receipt.declined or "" in claimed.recipients.values():
        return receipt
    gone = {**receipt.refused, **receipt.doubted}
    if gone and receipt.deferred:
        return receipt
    verdict = ReplyVerdict("us", bool(gone) or receipt.lasting, "")
    reason = f"{_listed(failed)}. {step_for(verdict, claimed.channel)}"
    return NotDelivered(reason, subject=claimed.channel, status=receipt.status, lasting=verdict.lasting)


def _listed(reasons: Mapping[str, str]) -> str:
    """List the addresses with their replies. If there are many, list the first few."""
    shown = [f"{address}: {text.rstrip('.')}" for address, text in list(reasons.items())[:5]]
    more = [f"and {len(reasons) - 5} more"] if len(reasons) > 5 else []
    return "; ".join([*shown, *more])
