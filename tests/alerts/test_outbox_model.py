"""A model of the outbox: whatever the order of claims, crashes, expiries, retries and wishes, nothing is lost.

The model remembers what must be true from the rules alone: a message is pending, sent or dead; nobody claims what
another holds; of one trial the earlier goes first; attempts leave traces; keys never change.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from storage import letters, outbox
from storage.database import Database
from storage.outbox import Claimed, Outcome
from tests.storage.make import NOW
from tests.storage.test_outbox import message

LEASE = timedelta(minutes=3)
CHANNELS = ("team", "me")
TRIALS = ("NCT00000001", "NCT00000002")


@dataclass
class Known:
    """What the model holds true of one message."""

    key: str
    order: int
    channel: str
    trial: str
    due: datetime
    next_at: datetime
    state: str = "pending"
    held_until: datetime | None = None
    held_by: int | None = None
    attempts: int = 0


class OutboxModel(RuleBasedStateMachine):
    claims: Bundle[Claimed | None] = Bundle("claims")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database.open(f"sqlite:///{Path(self.folder.name) / 'model.db'}", NOW)
        self.now = NOW
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(channel=st.sampled_from(CHANNELS), trial=st.sampled_from(TRIALS), wait=st.sampled_from([0, 0, 0, 60]))
    def put_in(self, channel: str, trial: str, wait: int) -> None:
        key, due = f"msg_{len(self.known)}", self.now + timedelta(minutes=wait)
        with self.database.write() as session:
            message(session, key, channel, trial, created_at=self.now, due_at=due)
        self.known[key] = Known(key, len(self.known), channel, trial, due, due)

    @rule(number=st.integers(0, 50))
    def put_in_again(self, number: int) -> None:
        """A key that is there already: nothing may come of it."""
        if number < len(self.known):
            it = self.known[f"msg_{number}"]
            with self.database.write() as session:
                message(session, it.key, it.channel, it.trial)

    @rule(target=claims, channel=st.sampled_from(CHANNELS))
    def claim(self, channel: str) -> Claimed | None:
        with self.database.write() as session:
            found = outbox.claim(session, channel, self.now, "me", LEASE)
        free = self.claimable(channel)
        assert (found is None) == (not free), f"claimable: {[it.key for it in free]}"
        if found is not None:
            it = self.known[found.key]
            assert it in free
            it.attempts += 1
            assert found.attempts == it.attempts
            it.held_until = self.now + LEASE
            it.held_by = found.attempt
        return found

    def claimable(self, channel: str) -> list[Known]:
        waiting = [it for it in self.known.values() if it.channel == channel and it.state == "pending"]
        return [
            it
            for it in waiting
            if it.next_at <= self.now
            and (it.held_until is None or it.held_until <= self.now)
            and not any(e.trial == it.trial and e.order < it.order and e.due <= it.due for e in waiting)
        ]

    @rule(claimed=claims, how=st.sampled_from(["sent", "retry", "dead"]))
    def settle(self, claimed: Claimed | None, how: str) -> None:
        """Also the late word of one whose lease is over, and the second word of one that has spoken."""
        if claimed is None:
            return
        later = self.now + timedelta(minutes=5)
        with self.database.write() as session:
            outcome = Outcome(how, 500, "so", later if how == "retry" else None)  # type: ignore[arg-type]
            outbox.settle(session, claimed, outcome, self.now)
        it = self.known[claimed.key]
        ours = it.held_by == claimed.attempt
        if it.state != "pending" or (how != "sent" and not ours):
            return
        it.held_until = it.held_by = None
        if how == "retry":
            it.next_at = later
        else:
            it.state = how

    @rule(minutes=st.sampled_from([1, 3, 5, 70]))
    def time_passes(self, minutes: int) -> None:
        """Leases of those who died meanwhile run out."""
        self.now += timedelta(minutes=minutes)

    @rule(number=st.integers(0, 50))
    def again(self, number: int) -> None:
        it = self.known.get(f"msg_{number}")
        if it is None:
            return
        with self.database.write() as session:
            assert letters.again(session, [it.key], self.now, "a person") == [it.key]
        if it.state != "pending":
            it.attempts, it.state = 0, "pending"
        it.next_at = self.now

    @rule()
    def crash(self) -> None:
        """The process ends; another opens the store."""
        self.database.close()
        self.database = Database.open(f"sqlite:///{Path(self.folder.name) / 'model.db'}", self.now)

    @invariant()
    def nothing_is_lost_nor_made_up(self) -> None:
        with self.database.read() as session:
            found = {it.key: (it.channel, it.trial, it.state) for it in letters.listing(session)}
            for key in found:
                assert letters.told(session, key, 5)[1] >= 1
        assert found == {it.key: (it.channel, it.trial, it.state) for it in self.known.values()}


TestOutbox = OutboxModel.TestCase
TestOutbox.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
