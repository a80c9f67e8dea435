"""What happened, and who is to be told of it, written down together.

Events and the messages about them are one transaction: there is never the one without the other. The messages of a
poll are held back under its batch until the poll is over, when the same change in many trials becomes one message.
Which messages there are is decided in `tracker.alerts.rules.routing`: here the outbox is read for it and written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from storage.outbox import queries, queue
from storage.outbox.queries import HeldMessage
from storage.outbox.queue import NewMessage
from storage.versions import snapshots
from storage.versions.snapshots import THIS_VERSION, Committed, NewStep
from tracker.alerts.message import DIGEST, GROUP
from tracker.alerts.rules.planning import MessageEvent, OpenMessage, Planned
from tracker.alerts.rules.routing import Absence, Group, Happened, RuleBook, close, plan
from tracker.alerts.rules.rules import FIRST_LOOK
from tracker.alerts.rules.storms import likeness
from tracker.recording.audience import StoredEvent, rule_events

__all__ = ["EventWriter"]


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Writes steps down, by the rules of who wants to know."""

    book: RuleBook = field(default_factory=RuleBook)

    def enter(self, session: Session, steps: Sequence[NewStep], now: datetime, batch: str = "") -> list[Committed]:
        """Commit `steps` as `snapshots.commit` does, with the messages of their events.

        `batch`: hold the messages back until it is closed.
        """
        answers = snapshots.commit(session, steps)
        if self.book.rules or self.book.owner:
            # Most of what a large poll brings is told to nobody: a first look, and what is past.
            noted = [it for it in _noted(steps, answers) if not it.backfilled and it.kind != FIRST_LOOK]
            told = rule_events(session, noted, steps=bool(self.book.by_step))
            self._post(session, [Happened(it, now) for it in told], now, batch)
        return answers

    def close(self, session: Session, batch: str, now: datetime) -> None:
        """The work behind a batch is over: tell its storms as one, and let the rest go."""
        held = {it.key: _planned(it) for it in queries.of_batch(session, batch) if it.kind != DIGEST}
        closing = close(list(held.values()))
        for group in closing.groups:
            queue.group(session, _group(group, now), group.members)
        for it in closing.left:
            if it != held[it.key]:
                queue.keep_only(session, _message(it, now, batch))
        queue.release(session, batch)

    def _post(self, session: Session, happened: Sequence[Happened], now: datetime, batch: str) -> None:
        view: dict[str, OpenMessage | Absence] = {}
        while (answer := plan(self.book, happened, view)).unknown:
            view |= _looked_up(session, answer.unknown)
        # What is in a digest waits for its window, not for the end of the batch.
        messages = [(it, _message(it, now, "" if it.is_digest else batch)) for it in answer.messages]
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
    """The events of steps as they are stored now. A step whose head had moved wrote none."""
    for step, answer in zip(steps, answers, strict=True):
        for event, seq, name in zip(step.events, answer.seqs, answer.ids, strict=False):
            to = answer.version if event.to_version == THIS_VERSION else event.to_version
            said = (event.trial, event.kind, event.severity, event.backfilled)
            yield StoredEvent(name, seq, *said, event.from_version, to, event.observed_at)


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
    """A message that was held back, with what each of its events has in common with those of other trials."""
    said = tuple(MessageEvent(it.id, it.seq, it.kind, it.severity, likeness(it.kind, it.changes)) for it in held.events)
    return Planned(held.key, held.channel, held.trial, held.rules, held.due_at, said)
