"""What happened, and who is to be told of it, written down together.

Events and the messages about them are one transaction: there is never the one without the other. The messages of a
poll are held back under its batch until the poll is over, when the same change in many trials becomes one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from schedules.windows import window_end
from storage.outbox import queries, queue
from storage.outbox.queries import HeldMessage
from storage.outbox.queue import NewMessage
from storage.versions import snapshots
from storage.versions.snapshots import THIS_VERSION, Committed, NewStep
from tracker.alerts.message import DIGEST, GROUP, STEP, digest_key, message_key
from tracker.alerts.rules.planning import MessageEvent, Plan, Planned, storm_key, union, waiting
from tracker.alerts.rules.rules import FIRST_LOOK, AlertRule, Dispatch, RuleEvent, released_at, route
from tracker.alerts.rules.storms import Storm, likeness, storms
from tracker.recording.audience import StoredEvent, rule_events

__all__ = ["EventWriter"]


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Writes steps down, by the rules of who wants to know. `owner`: the channel that hears of `ops.*`; "" for none.

    `by_step`: the channels that get one message for what happened to one trial in one step.
    """

    rules: tuple[AlertRule, ...] = ()
    owner: str = ""
    by_step: frozenset[str] = frozenset()

    def enter(self, session: Session, steps: Sequence[NewStep], now: datetime, batch: str = "") -> list[Committed]:
        """Commit `steps` as `snapshots.commit` does, with the messages of their events.

        `batch`: hold the messages back until it is closed.
        """
        answers = snapshots.commit(session, steps)
        if self.rules or self.owner:
            # Most of what a large poll brings is told to nobody: a first look, and what is past.
            noted = [it for it in _noted(steps, answers) if not it.backfilled and it.kind != FIRST_LOOK]
            self._post(session, rule_events(session, noted, steps=bool(self.by_step)), now, batch)
        return answers

    def close(self, session: Session, batch: str, now: datetime) -> None:
        """The work behind a batch is over: tell its storms as one, and let the rest go."""
        held = {it.key: _planned(it) for it in queries.of_batch(session, batch) if it.kind != DIGEST}
        left: dict[str, Planned | None] = dict(held)
        for storm in storms(one for it in held.values() for one in waiting(it)):
            message = _as_one(storm, held, now)
            taken = {it.seq for it in storm.members}
            members = dict.fromkeys(it.key for it in storm.members)
            left |= {key: it.without(taken) for key in members if (it := left[key]) is not None}
            queue.group(session, message, [key for key in members if left[key] is None])
        for key, rest in left.items():
            if rest is not None and rest != held[key]:
                queue.keep_only(session, _message(rest, now, batch))
        queue.release(session, batch)

    def _post(self, session: Session, told: Sequence[RuleEvent], now: datetime, batch: str) -> None:
        plan = Plan(self.by_step)
        for happened in told:
            for dispatch in route(self.rules, self.owner, happened, now):
                if dispatch.digest_rule:
                    self._into_digest(session, dispatch, happened, now)
                else:
                    plan.add(dispatch, happened)
        _queue(session, list(plan), now, batch)

    def _into_digest(self, session: Session, dispatch: Dispatch, happened: RuleEvent, now: datetime) -> None:
        rule = next(rule for rule in self.rules if rule.name == dispatch.digest_rule)
        assert rule.digest is not None
        end = dispatch.due_at
        while True:
            message = NewMessage(
                key=digest_key(dispatch.channel, rule.name, end),
                channel=dispatch.channel,
                kind=DIGEST,
                trial="",
                severity=happened.severity,
                rules=dispatch.rules,
                seqs=(happened.seq,),
                created_at=now,
                due_at=released_at({rule.name: rule}, (rule.name,), happened.severity, end),
            )
            if queue.join(session, message):
                return
            # It left while this was being written down: the next one, then.
            end = window_end(rule.digest, rule.timezone, end)


def _noted(steps: Sequence[NewStep], answers: Sequence[Committed]) -> Iterator[StoredEvent]:
    """The events of steps as they are stored now. A step whose head had moved wrote none."""
    for step, answer in zip(steps, answers, strict=True):
        for event, seq, name in zip(step.events, answer.seqs, answer.ids, strict=False):
            to = answer.version if event.to_version == THIS_VERSION else event.to_version
            said = (event.trial, event.kind, event.severity, event.backfilled)
            yield StoredEvent(name, seq, *said, event.from_version, to, event.observed_at)


def _queue(session: Session, planned: Sequence[Planned], now: datetime, batch: str) -> None:
    """Put messages in. What happened later in a step joins its message; when that has left, it goes by itself."""
    known = queue.known(session, [it.key for it in planned])
    fresh = [it for it in planned if it.key not in known]
    for later in (it for it in planned if it.key in known):
        if not queue.join(session, replace(_message(later, now, batch), kind=STEP)):
            fresh += [replace(later, key=message_key(one.id, later.channel), said=(one,)) for one in later.said]
    queue.queue(session, [_message(it, now, batch) for it in fresh])


def _message(it: Planned, now: datetime, batch: str) -> NewMessage:
    return NewMessage(
        key=it.key,
        channel=it.channel,
        kind=it.kind,
        trial=it.trial,
        severity=it.severity,
        rules=it.rules,
        seqs=it.seqs,
        created_at=now,
        due_at=it.at,
        batch=batch,
    )


def _planned(held: HeldMessage) -> Planned:
    """A message that was held back, with what each of its events has in common with those of other trials."""
    said = tuple(MessageEvent(it.id, it.seq, it.kind, it.severity, likeness(it.kind, it.changes)) for it in held.events)
    return Planned(held.key, held.channel, held.trial, held.rules, held.due_at, said)


def _as_one(storm: Storm, held: dict[str, Planned], now: datetime) -> NewMessage:
    members = [held[key] for key in dict.fromkeys(it.key for it in storm.members)]
    seqs = tuple(it.seq for it in storm.members)
    return NewMessage(
        key=storm_key(storm.channel, _said(members, seqs)),
        channel=storm.channel,
        kind=GROUP,
        trial="",
        severity=min((it.severity for it in storm.members), key=queue.rank),
        rules=union(it.rules for it in members),
        seqs=seqs,
        created_at=now,
        # Those that quiet hours hold wait for no one: the first that may go takes the others along.
        due_at=min(it.at for it in members),
    )


def _said(members: Iterable[Planned], seqs: Iterable[int]) -> list[MessageEvent]:
    wanted = set(seqs)
    return [it for message in members for it in message.said if it.seq in wanted]
