"""What happened, and who is to be told of it, written down together.

Events and the messages about them are one transaction: there is never the one without the other. The messages of a
poll are held back under its batch until the poll is over, when the same change in many trials becomes one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from schedules.windows import window_end
from storage import letters, outbox, snapshots
from storage.outbox import NewMessage
from storage.snapshots import Committed, NewEvent, Step
from tracker.alerts.message import DIGEST, GROUP, digest_key, group_key, message_key
from tracker.alerts.rules import Dispatch, Happened, Rule, released_at, route
from tracker.alerts.storms import Storm, Waiting, likeness, storms
from tracker.sharing import concerns

__all__ = ["Ledger"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Writes steps down, by the rules of who wants to know. `owner`: the channel that hears of `ops.*`; "" for none."""

    rules: tuple[Rule, ...] = ()
    owner: str = ""

    def enter(self, session: Session, steps: Sequence[Step], now: datetime, batch: str = "") -> list[Committed]:
        """Commit `steps` as `snapshots.commit` does, with the messages of their events.

        `batch`: hold the messages back until it is closed.
        """
        answers = snapshots.commit(session, steps)
        if self.rules or self.owner:
            self._post(session, _told(steps, answers), now, batch)
        return answers

    def close(self, session: Session, batch: str, now: datetime) -> None:
        """The work behind a batch is over: tell its storms as one, and let the rest go."""
        held = letters.of_batch(session, batch)
        found = storms(
            Waiting(it.key, it.channel, it.severity, it.trial, likeness(it.kind, it.changes))
            for it in held
            if it.kind != DIGEST
        )
        by_key = {it.key: it for it in held}
        for storm in found:
            outbox.group(session, _as_one(storm, by_key, now), [it.key for it in storm.members])
        outbox.release(session, batch)

    def _post(self, session: Session, told: Sequence[tuple[NewEvent, int, str]], now: datetime, batch: str) -> None:
        fresh = [it for it in told if not it[0].backfilled]
        whose = concerns(session, {(event.trial, event.kind) for event, _, _ in fresh})
        at_once: list[NewMessage] = []
        for event, seq, name in fresh:
            told_of = whose[event.trial, event.kind]
            happened = Happened(name, seq, event.trial, event.kind, event.severity, event.backfilled, *told_of)
            for dispatch in route(self.rules, self.owner, happened, now):
                if dispatch.digest_rule:
                    self._into_digest(session, dispatch, happened, now)
                else:
                    at_once.append(_message(dispatch, happened, now, batch))
        outbox.queue(session, at_once)

    def _into_digest(self, session: Session, dispatch: Dispatch, happened: Happened, now: datetime) -> None:
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
            if outbox.join(session, message):
                return
            # It left while this was being written down: the next one, then.
            end = window_end(rule.digest, rule.timezone, end)


def _told(steps: Sequence[Step], answers: Sequence[Committed]) -> list[tuple[NewEvent, int, str]]:
    return [
        (event, seq, name)
        for step, answer in zip(steps, answers, strict=True)
        for event, seq, name in zip(step.events, answer.seqs, answer.ids, strict=False)  # a moved step wrote none
    ]


def _message(dispatch: Dispatch, happened: Happened, now: datetime, batch: str) -> NewMessage:
    return NewMessage(
        key=message_key(happened.id, dispatch.channel),
        channel=dispatch.channel,
        kind=happened.kind,
        trial=happened.trial,
        severity=happened.severity,
        rules=dispatch.rules,
        seqs=(happened.seq,),
        created_at=now,
        due_at=dispatch.due_at,
        batch=batch,
    )


def _as_one(storm: Storm, by_key: dict[str, letters.Held], now: datetime) -> NewMessage:
    members = [by_key[it.key] for it in storm.members]
    return NewMessage(
        key=group_key(storm.channel, [it.key for it in members]),
        channel=storm.channel,
        kind=GROUP,
        trial="",
        severity=min((it.severity for it in members), key=letters.rank),
        rules=_union(it.rules for it in members),
        seqs=tuple(seq for it in members for seq in it.seqs),
        created_at=now,
        # Those that quiet hours hold wait for no one: the first that may go takes the others along.
        due_at=min(it.due_at for it in members),
    )


def _union(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))
