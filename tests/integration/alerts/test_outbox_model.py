"""A model of the outbox: whatever the order of claims, crashes, expiries, retries and wishes, nothing is lost.

The model remembers what must be true from the rules alone: a message is pending, sent, dead or told within another;
nobody claims what another holds; of one trial the earlier goes first; attempts leave traces; keys never change, nor
what has been sent under them; a digest takes what comes until it is written.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, select

from storage.engine.database import Database
from storage.outbox import queries, queue
from storage.outbox.queue import AttemptOutcome, Claimed, NewMessage
from storage.tables.models import AttemptRow
from tests.integration.storage.test_outbox import message, told
from tests.support.store.outbox_factories import join
from tests.support.store.store_factories import NOW

LEASE = timedelta(minutes=3)
CHANNELS = ("team", "me")
TRIALS = tuple(f"NCT{number:08d}" for number in range(1, 5))
BATCHES = ("run:1", "run:2")


@dataclass
class Known:
    """What the model holds true of one message. `made`: attempts begun since somebody last wanted it sent again."""

    key: str
    order: int
    channel: str
    trial: str
    due: datetime
    next_at: datetime
    batch: str = ""
    state: str = "pending"
    until: datetime | None = None
    attempt: int | None = None
    made: int = 0
    traces: int = 0
    body: bytes | None = None
    seqs: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Whether a digest may still take more."""
        return self.state == "pending" and self.until is None and self.body is None and not self.made


@dataclass(frozen=True)
class Put:
    """A message to put in; `wait`: minutes until it may go."""

    channel: str
    trial: str
    wait: int
    batch: str


PUTS = st.builds(
    Put,
    st.sampled_from(CHANNELS),
    st.sampled_from(TRIALS),
    st.sampled_from([0, 0, 0, 0, 0, 60]),
    st.sampled_from(["", "", "", "", *BATCHES]),
)
FATES = st.sampled_from(
    ["held", "held", "given back", "put off", "under way", "under way", "under way", "sent", "retry", "retry", "dead"]
)


class OutboxModel(RuleBasedStateMachine):
    @initialize(puts=st.lists(PUTS, min_size=3, max_size=8))
    def open(self, puts: list[Put]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database.open(f"sqlite:///{Path(self.folder.name) / 'model.db'}", NOW)
        self.now = NOW
        self.known: dict[str, Known] = {}
        self.windows = dict.fromkeys(CHANNELS, 0)
        self.seqs: set[int] = set()
        self.claims: list[Claimed] = []
        self.attempts: list[Claimed] = []
        self.put_in(puts)

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def _learn(self, key: str, channel: str, trial: str, due: datetime, batch: str, seqs: set[int]) -> None:
        self.known[key] = Known(key, len(self.known), channel, trial, due, due, batch, seqs=seqs)
        self.seqs |= seqs

    @rule(puts=st.lists(PUTS, min_size=1, max_size=4))
    def put_in(self, puts: list[Put]) -> None:
        for it in puts:
            key, due = f"msg_{len(self.known)}", self.now + timedelta(minutes=it.wait)
            with self.database.write(durable=False) as session:
                seq = told(session, it.trial, subject=key)
                more = {"created_at": self.now, "due_at": due, "batch": it.batch, "seqs": (seq,)}
                message(session, key, it.channel, it.trial, **more)
            self._learn(key, it.channel, it.trial, due, it.batch, {seq})

    def put_in_again(self, number: int) -> None:
        """A key that is there already: nothing may come of it."""
        it = list(self.known.values())[number % len(self.known)]
        with self.database.write(durable=False) as session:
            message(session, it.key, it.channel, it.trial, seqs=tuple(it.seqs))

    @rule(channel=st.sampled_from(CHANNELS))
    def join_a_digest(self, channel: str) -> None:
        """It goes into the first window whose digest has not been written yet."""
        with self.database.write(durable=False) as session:
            seq = told(session, TRIALS[0], subject=f"digest {len(self.seqs)}")
            key = self._joined(session, channel, seq)
        self.known[key].seqs.add(seq)
        self.seqs.add(seq)

    def _joined(self, session: Session, channel: str, seq: int) -> str:
        while True:
            key = f"digest_{channel}_{self.windows[channel]}"
            digest = NewMessage(key, channel, "digest", "", "minor", ("d",), (seq,), self.now, self.now)
            joined, it = join(session, digest), self.known.get(key)
            assert joined == (it is None or it.is_open)
            if it is None:
                self._learn(key, channel, "", self.now, "", set())
            elif joined:  # one that was put off goes with what joins it
                it.due, it.next_at = self.now, min(it.next_at, self.now)
            if joined:
                return key
            self.windows[channel] += 1

    def close_a_batch(self, batch: str, *, grouped: bool) -> None:
        """The work behind it is over; what is left to tell of it may be told as one."""
        held = [it for it in self.known.values() if it.batch == batch and it.state == "pending"]
        members = [it for it in held if it.channel == CHANNELS[0]] if grouped else []
        with self.database.write(durable=False) as session:
            if len(members) > 1:
                key, seqs = f"msg_{len(self.known)}", set().union(*(it.seqs for it in members))
                group = NewMessage(key, CHANNELS[0], "group", "", "major", (), tuple(seqs), self.now, self.now)
                queue.group(session, group, [it.key for it in members])
                self._learn(key, CHANNELS[0], "", self.now, "", seqs)
                for it in members:
                    it.state = "grouped"
            queue.release(session, batch)
        for it in held:
            it.batch = ""

    @rule(channel=st.sampled_from(CHANNELS), fates=st.lists(FATES, min_size=2, max_size=8))
    def carry(self, channel: str, fates: list[str]) -> None:
        """Claim as many as there are fates; each meets its own."""
        for claimed, fate in zip(self._claimed(channel, len(fates)), fates, strict=False):
            if fate in ("given back", "put off"):
                self._let_go(claimed, minutes=45 if fate == "put off" else 0)
            elif fate != "held":
                self._begin(claimed)
                if fate != "under way":
                    self._settle(self.attempts[-1], fate)

    @precondition(lambda self: self.attempts)
    @rule(fates=st.lists(FATES, min_size=1, max_size=8))
    def another_takes_over(self, fates: list[str]) -> None:
        """Whoever began the last attempt is slow, or dead: the lease runs out, and somebody else claims."""
        last = self.attempts[-1]
        self.now = max(self.now, last.until)
        self.carry(last.channel, fates)

    def _claimed(self, channel: str, most: int) -> list[Claimed]:
        with self.database.write(durable=False) as session:
            found = queue.claim(session, channel, self.now, LEASE, most)
        free = sorted(self.claimable(channel), key=lambda it: (it.next_at, it.order))[:most]
        assert [it.key for it in found] == [it.key for it in free]
        for claimed, it in zip(found, free, strict=True):
            it.until, it.attempt = self.now + LEASE, None
            assert (claimed.attempts, claimed.body) == (it.made, it.body)
        self.claims += found
        return found

    def claimable(self, channel: str) -> list[Known]:
        waiting = [it for it in self.known.values() if it.channel == channel and it.state == "pending"]
        return [
            it
            for it in waiting
            if self._is_due(it)
            and not any(it.trial and e.trial == it.trial and e.order < it.order and e.due <= it.due for e in waiting)
        ]

    def _is_due(self, it: Known) -> bool:
        free = it.until is None or it.until <= self.now
        return it.state == "pending" and it.next_at <= self.now and not it.batch and free

    def _is_ours(self, claimed: Claimed) -> bool:
        it = self.known[claimed.key]
        return it.state == "pending" and it.until == claimed.until

    def _begin(self, claimed: Claimed) -> None:
        it, ours = self.known[claimed.key], self._is_ours(claimed)
        body = it.body or f"what {claimed.key} says at {self.now}".encode()
        with self.database.write(durable=False) as session:
            begun = queue.begin(session, claimed, body, self.now, "me", LEASE)
        assert (begun is not None) == ours
        if begun is not None:
            it.until, it.attempt, it.body = self.now + LEASE, begun.attempt, body
            it.made = claimed.attempts + 1
            it.traces += 1
            self.attempts.append(begun)

    def _let_go(self, claimed: Claimed, minutes: int) -> None:
        """Given back without an attempt; with `minutes`, not to go before then."""
        it, until, ours = self.known[claimed.key], self.now + timedelta(minutes=minutes), self._is_ours(claimed)
        with self.database.write(durable=False) as session:
            if minutes:
                queue.postpone(session, claimed, until)
            else:
                queue.give_back(session, [claimed])
        if ours:
            it.until = None
            if minutes:
                it.due = it.next_at = until

    def _settle(self, begun: Claimed, how: str) -> None:
        later = self.now + timedelta(minutes=5)
        with self.database.write(durable=False) as session:
            outcome = AttemptOutcome(how, 500, "so", later if how == "retry" else None)  # type: ignore[arg-type]
            queue.settle(session, begun, outcome, self.now)
        it = self.known[begun.key]
        if it.state != "pending" or (how != "sent" and it.attempt != begun.attempt):
            return
        it.until = it.attempt = None
        if how == "retry":
            it.next_at = later
        else:
            it.state = how

    @precondition(lambda self: self.claims)
    @rule(back=st.integers(1, 6), deed=st.sampled_from(["sent", "retry", "dead", "begin", "give back"]))
    def a_late_word(self, back: int, deed: str) -> None:
        """Of one whose lease may be over, or who has spoken before: of its attempt, or of what it has not begun."""
        claimed = self.claims[-(back % len(self.claims))]
        if deed == "begin" and self.known[claimed.key].attempt is None:
            self._begin(claimed)
        elif deed == "give back" and all(begun.key != claimed.key for begun in self.attempts):
            self._let_go(claimed, minutes=0)
        elif self.attempts and deed not in ("begin", "give back"):
            self._settle(self.attempts[-(back % len(self.attempts))], deed)

    @rule(
        deed=st.sampled_from(["time", "time", "time", "batch", "group", "again", "repeat", "mute", "crash"]),
        number=st.integers(0, 9),
    )
    def meanwhile(self, deed: str, number: int) -> None:
        """What happens to the outbox from elsewhere."""
        if deed == "time":
            self.now += timedelta(minutes=(1, 3, 5, 70)[number % 4])
        elif deed in ("batch", "group"):
            self.close_a_batch(BATCHES[number % 2], grouped=deed == "group")
        elif deed == "again":
            self.again(number)
        elif deed == "repeat":
            self.put_in_again(number)
        elif deed == "mute":
            self.mute(CHANNELS[number % 2])
        else:
            self.crash()

    def again(self, number: int) -> None:
        it = list(self.known.values())[number % len(self.known)]
        with self.database.write(durable=False) as session:
            done = queries.again(session, [it.key], self.now, "a person")
        assert done == ([] if it.state == "grouped" else [it.key])
        if done:
            it.traces += 1
            it.next_at = self.now
            if it.state != "pending":
                it.made, it.state = 0, "pending"

    def mute(self, channel: str) -> None:
        """What is due on a muted channel dies. What a poll holds back, what is planned for later and what somebody is
        sending is not touched.
        """
        with self.database.write(durable=False) as session:
            buried = queue.mark_dead(session, channel, "muted", self.now)
        mine = [it for it in self.known.values() if it.channel == channel and self._is_due(it)]
        assert buried == len(mine)
        for it in mine:
            it.state, it.until, it.attempt = "dead", None, None

    def crash(self) -> None:
        """The process ends; another opens the store."""
        self.database.close()
        self.database = Database.open(f"sqlite:///{Path(self.folder.name) / 'model.db'}", self.now)

    @invariant()
    def nothing_is_lost_nor_made_up(self) -> None:
        with self.database.read() as session:
            rows = queries.listing(session)
            told_of = queries.contents_of(session, [it.key for it in rows], 5)
            traces = Counter(session.exec(select(AttemptRow.key)))
        shown = {key: it for key, it in self.known.items() if it.state != "grouped"}
        assert {it.key: (it.channel, it.trial, it.state, it.body, it.attempts) for it in rows} == {
            key: (it.channel, it.trial, it.state, it.body, it.made) for key, it in shown.items()
        }
        assert {key: told.total for key, told in told_of.items()} == {key: len(it.seqs) for key, it in shown.items()}
        assert traces == Counter({key: it.traces for key, it in self.known.items()})
        assert set().union(*(it.seqs for it in shown.values())) == self.seqs


TestOutbox = OutboxModel.TestCase
TestOutbox.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
