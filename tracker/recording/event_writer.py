"""Store events together with the messages about them.

Both are written in one transaction, so an event never exists without its messages. The messages of a poll are held back
under its batch until the poll is over. Then the same change in many trials becomes one message.
`tracker.alerts.rules.routing` decides which messages there are. This module reads and writes the outbox for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from storage.outbox import queries, queue
from storage.outbox.queries import HeldMessage
from storage.outbox.queue import NewMessage
from storage.versions import snapshots
from storage.versions.snapshots import THIS_VERSION, Committed, NewStep
from tracker.alerts.message import DIGEST, GROUP
from tracker.alerts.rules.planning import MessageEvent, OpenMessage, Planned, union
from tracker.alerts.rules.routing import Absence, Group, Happened, RuleBook, close, planned
from tracker.alerts.rules.rules import FIRST_LOOK, route
from tracker.alerts.rules.storms import likeness
from tracker.recording.audience import StoredEvent, rule_events

__all__ = ["EventWriter"]


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Stores steps with their messages, by the rules of a `RuleBook`."""

    book: RuleBook = field(default_factory=RuleBook)

    def enter(self, session: Session, steps: Sequence[NewStep], now: datetime, batch: str = "") -> list[Committed]:
        """Commit `steps` as `snapshots.commit` does, with the messages of their events.

        `batch`: hold the messages back until this batch is closed.
        """
        answers = snapshots.commit(session, steps)
        if self.book.rules or self.book.owner:
            # Most events of a large poll are never sent: first polls, and events from the past.
            noted = [it for it in _noted(steps, answers) if not it.backfilled and it.kind != FIRST_LOOK]
            events = rule_events(session, noted, steps=bool(self.book.by_step))
            self._post(session, [Happened(it, now) for it in events], now, batch)
        return answers

    def close(self, session: Session, batch: str, now: datetime) -> None:
        """Close a batch: send each storm as one message, and release the rest."""
        held = {it.key: _planned(it) for it in queries.of_batch(session, batch) if it.kind != DIGEST}
        closing = close(list(held.values()))
        for group in closing.groups:
            queue.group(session, _group(group, now), group.members)
        for it in closing.left:
            if it != held[it.key]:
                queue.keep_only(session, _message(self._planned_again(session, it, now), now, batch))
        queue.release(session, batch)

    def _planned_again(self, session: Session, left: Planned, now: datetime) -> Planned:
        """Return what a storm left of a message as its own events plan it. The others had rules of their own."""
        noted = [
            StoredEvent(it.id, it.seq, left.trial, it.kind, it.severity, False, None, None, now) for it in left.events
        ]
        happened = rule_events(session, noted, steps=False)
        routed = [it for one in happened for it in route(self.book.rules, self.book.owner, one, now)]
        mine = [it for it in routed if it.channel == left.channel and not it.digest_rule]
        if not mine:
            return left
        return replace(left, rules=union(it.rules for it in mine), at=min(it.due_at for it in mine))

    def _post(self, session: Session, happened: Sequence[Happened], now: datetime, batch: str) -> None:
        found = planned(self.book, happened, lambda keys: _looked_up(session, keys))
        # An event in a digest waits for the digest window, not for the end of the batch.
        messages = [(it, _message(it, now, "" if it.is_digest else batch)) for it in found]
        for it, message in messages:
            if it.joins is not None:
                queue.extend(session, message)
        queue.queue(session, [message for it, message in messages if it.joins is None])


def _looked_up(session: Session, keys: Iterable[str]) -> dict[str, OpenMessage | Absence]:
    found = queue.look_up(session, keys)
    view: dict[str, OpenMessage | Absence] = dict.fromkeys(keys, Absence.NONE)
    for key, it in found.items():
        view[key] = OpenMessage(it.severity, it.rules, it.due_at) if it.is_open else Absence.CLOSED
    return view


def _noted(steps: Sequence[NewStep], answers: Sequence[Committed]) -> Iterator[StoredEvent]:
    """Yield the events of steps as stored now. A step whose head had moved has stored none."""
    for step, answer in zip(steps, answers, strict=True):
        for event, seq, name in zip(step.events, answer.seqs, answer.ids, strict=False):
            to = answer.version if event.to_version == THIS_VERSION else event.to_version
            about = (event.trial, event.kind, event.severity, event.backfilled)
            yield StoredEvent(name, seq, *about, event.from_version, to, event.observed_at)


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


def _group(it: Group, now: datetime) -> NewMessage:
    return NewMessage(
        key=it.key,
        channel=it.channel,
        kind=GROUP,
        trial="",
        severity=it.severity,
        rules=it.rules,
        seqs=it.seqs,
        created_at=now,
        due_at=it.at,
    )


def _planned(held: HeldMessage) -> Planned:
    """Return a message that was held back, with the likeness of each of its events."""
    events = tuple(
        MessageEvent(it.id, it.seq, it.kind, it.severity, likeness(it.kind, it.changes)) for it in held.events
    )
    return Planned(held.key, held.channel, held.trial, held.rules, held.due_at, events)
