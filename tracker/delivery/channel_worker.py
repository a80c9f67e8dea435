"""Send the due messages of one channel, one after the other.

    claim     reserve some messages, so that no other worker takes them  one transaction
    read      load the changes of each                                   reads only
    write     render the next one, dated now. Retries send the same      nothing; also while `send` awaits an answer
    begin     record the attempt at the next one                         one transaction,
    settle    sent, again later, or dead with its reason                 with the outcome of the one before
    send      over the channel, within its deadline                      no transaction

Before a message is sent, the outcome of the one before is on disk. So if the process ends at any point, at most one
message of the channel is sent twice, and both times under the same key.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from storage.outbox import channel_states as health
from storage.outbox import queries, queue
from storage.outbox.channel_states import ChannelState
from storage.outbox.queue import AttemptOutcome, Claimed
from storage.values.states import AttemptState
from tracker.alerts.channels.channel import Channel, Delivery, Receipt
from tracker.alerts.render.commands import dead_command
from tracker.alerts.rules.rules import released_at
from tracker.context.context import Context
from tracker.delivery.compose import Written, read_out
from tracker.delivery.settle import Settling
from tracker.delivery.stats import DeliveryStats
from tracker.errors import DeliveryError, NotDelivered

__all__ = ["LEASE", "ChannelWorker"]

LEASE = timedelta(minutes=3)
"""Longer than the deadline of any channel. So only a dead process loses the lease of an attempt."""
_AT_ONCE = 100
"""Number of messages claimed together."""
_SAME_TIME = timedelta(seconds=1)
"""A mail is dated to the second. What was rendered longer ago than this is rendered again."""
_CUT_OFF = 20
"""Number of cut-off attempts before a message is given up. Such a message may end each process that sends it."""


@dataclass(frozen=True, slots=True)
class _Sending:
    claimed: Claimed
    body: bytes
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    claimed: Claimed
    result: Receipt | DeliveryError


class ChannelWorker:
    """Sends the due messages of one channel until none is left, the channel is closed, or `stopping` is set."""

    def __init__(
        self, context: Context, channel: Channel, settling: Settling, stats: DeliveryStats, stopping: Callable[[], bool]
    ) -> None:
        self._context = context
        self._channel = channel
        self._settling = settling
        self._tally = stats
        self._stopping = stopping
        self._pile: deque[Written] = deque()
        self._rendered_at = context.clock.now()
        self._rules = {rule.name: rule for rule in context.event_writer.book.rules}

    def run(self) -> None:
        """Raise the errors of the store. Every error of the channel becomes the outcome of an attempt."""
        done: _Done | None = None
        try:
            while True:
                self._write_next()
                with self._context.database.write(durable=not _is_plain(done)) as session:
                    state = self._settle(session, done)
                    sending = self._next(session, state)
                    claimed = self._claim(session) if sending is None else []
                done = self._send(sending) if sending is not None else None
                if claimed:
                    with self._context.database.read() as session:
                        self._pile.extend(read_out(session, claimed, to_people=self._channel.for_people))
                elif sending is None:
                    return
        finally:
            self._channel.close()

    def _claim(self, session: Session) -> list[Claimed]:
        now, name = self._context.clock.now(), self._channel.name
        health.register_channel(session, name, self._channel.fingerprint)
        state = health.channel_state(session, name)
        if self._stopping() or state.is_closed(now):
            return []
        if reason := self._silenced(self._muted(session, state)):
            self._tally.count(AttemptState.DEAD, queue.mark_dead(session, name, reason, now))
            return []
        return queue.claim(session, name, now, LEASE, _AT_ONCE)

    def _write_next(self) -> None:
        """Render the next message while the answer to the one before is awaited, or else before the store is locked.

        It is not begun, so it may still be given back or postponed. If the answer takes long, it is rendered again.
        """
        now = self._context.clock.now()
        if self._pile and (self._pile[0].body is None or abs(now - self._rendered_at) >= _SAME_TIME):
            self._pile[0] = self._pile[0].rendered(self._channel, now)
            self._rendered_at = self._context.clock.now()

    def _next(self, session: Session, state: ChannelState) -> _Sending | None:
        """Begin the attempt at the next message. Settle messages that need no attempt. Return None if none is left."""
        if not self._pile:
            return None
        now, muted = self._context.clock.now(), self._muted(session, state)
        if self._stopping() or state.is_closed(now) or self._silenced(muted):
            queue.give_back(session, [it.claimed for it in self._pile])
            self._pile.clear()
        while self._pile:
            written = self._pile.popleft()
            if written.body is None:
                written = written.rendered(self._channel, now)
            claimed = written.claimed
            until = released_at(self._rules, claimed.rules, claimed.severity, now)
            if until > now:  # its planned time passed while no worker ran
                queue.postpone(session, claimed, until)
            elif begun := queue.begin(session, claimed, written.body, now, self._context.holder, LEASE):
                left_out = {*muted, *map(health.alike, claimed.recipients)}
                to = tuple(it for it in self._channel.addresses if health.alike(it) not in left_out)
                if self._channel.addresses and not to and "" in claimed.recipients.values():
                    # All who are to get it have it: those put off were muted, or are no longer in the file.
                    outcome = self._settling.settle(session, begun, Receipt(), now, failing=False)
                    self._tally.count(outcome.outcome)
                    continue
                reason = written.reason or self._hopeless(session, begun, to)
                if written.body is not None and not reason:
                    return _Sending(begun, written.body, to)
                dead = AttemptOutcome(AttemptState.DEAD, detail=f"{reason}. See: {dead_command()}")
                queue.settle(session, begun, dead, now)
                self._tally.count(AttemptState.DEAD)
        return None

    def _muted(self, session: Session, state: ChannelState) -> dict[str, str]:
        return health.mute_reasons(session, self._channel.name) if state.mutes else {}

    def _silenced(self, muted: Mapping[str, str]) -> str:
        """Return why a person wants nothing sent over the channel, or "". Their own mute is told to no one."""
        if "" in muted:
            return "The channel is muted"
        by_hand = [muted.get(health.alike(it)) == health.BY_HAND for it in self._channel.addresses]
        return "All addresses of the channel are muted" if by_hand and all(by_hand) else ""

    def _hopeless(self, session: Session, begun: Claimed, to: Sequence[str]) -> str:
        """Return why a message need not be tried, or ""."""
        if self._channel.addresses and not to:
            return "No address is left to send it to: all are muted or refused it"
        if begun.attempts > _CUT_OFF:
            # Do not load failed attempts: while a channel is down there may be many.
            tried = queries.attempts(session, begun.key)
            cut_off = sum(it.outcome == AttemptState.RUNNING for it in tried) - 1
            return f"{cut_off} attempts at it were cut off" if cut_off >= _CUT_OFF else ""
        return ""

    def _send(self, sending: _Sending) -> _Done:
        now = self._context.clock.now()
        delivery = Delivery(sending.claimed.key, sending.body, now, sending.to, meanwhile=self._write_next)
        try:
            return _Done(sending.claimed, self._channel.send(delivery))
        except DeliveryError as error:
            return _Done(sending.claimed, error)
        except Exception as error:  # noqa: BLE001  (one channel that breaks must not stop the job of all)
            return _Done(sending.claimed, _of_fault(error, sending.claimed.channel))

    def _settle(self, session: Session, done: _Done | None) -> ChannelState:
        """Store the outcome of the last attempt. Return the channel state after it."""
        state = health.channel_state(session, self._channel.name)
        if done is None:
            return state
        now, failing = self._context.clock.now(), state.failures > 0
        outcome = self._settling.settle(session, done.claimed, done.result, now, failing=failing)
        self._tally.count(outcome.outcome)
        if outcome.detail:
            self._tally.trouble[done.claimed.channel] = outcome.detail
        unmoved = outcome.outcome == AttemptState.SENT and not failing
        return state if unmoved else health.channel_state(session, self._channel.name)


def _of_fault(error: Exception, channel: str) -> NotDelivered:
    """Return the failure for an error that no channel should raise. Its text is left out: it may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} in {last.filename.rpartition('/')[2]}, line {last.lineno}"
    why = f"It could not be sent, by a fault of Trialwatch itself ({place}). Please report it"
    return NotDelivered(why, subject=channel, lasting=True)


def _is_plain(done: _Done | None) -> bool:
    """Return True if only a success is to be stored. If a power cut undoes it, the message is sent once more."""
    return done is None or (isinstance(done.result, Receipt) and not done.result.failed)
