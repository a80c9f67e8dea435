"""What is told to the owner about the channels themselves, always over another channel than the one it is about.

The owner's channel hears of it. When that is the one in trouble, or is closed or muted, every other channel of people
does. When there is none, nobody is told here: `status` and the next command on a terminal say it. Trouble with such a
notice makes no notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from storage.outbox import channel_states as health
from storage.outbox import queries, queue
from storage.outbox.queries import Untold
from storage.outbox.queue import NewMessage
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.versions.snapshots import NewStep
from tracker.alerts.channels.channel import ChannelSpec
from tracker.alerts.config import AlertConfig
from tracker.alerts.message import message_key
from tracker.alerts.render.commands import dead_command, lift_command, retry_command, test_command
from tracker.alerts.rules.routing import RuleBook
from tracker.alerts.rules.rules import AlertRule
from tracker.changes.event import Event
from tracker.changes.wording.words import count_of
from tracker.context.context import Context
from tracker.recording.event_writer import EventWriter
from tracker.recording.new_rows import event_row

__all__ = ["KINDS", "Notices", "ways"]

KINDS = frozenset({"ops.channel_failing", "ops.channel_disabled", "ops.address_refused", "ops.not_delivered"})
"""What is told about channels."""
APART = timedelta(hours=1)
"""What dies on one channel within this time is told together."""
_LATEST = 50


class Notices:
    """Tells the owner of one store. Everything is written in the caller's transaction."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def failing(self, session: Session, channel: str, reason: str, now: datetime) -> None:
        """A channel fails in a way that does not pass by itself: told once until it is well again."""
        since = health.find(session, channel).failing_since or now
        if not self._said(session, "ops.channel_failing", channel, since, now):
            summary = f"The channel {channel} does not work: {reason}"
            self._tell(session, Event("ops.channel_failing", "major", summary, subject=channel), channel, now)

    def disabled(self, session: Session, channel: str, reason: str, now: datetime) -> None:
        """A channel is closed."""
        summary = f"The channel {channel} is disabled: {reason}. What it should have sent waits"
        summary += f". Once it is put right: {test_command(channel)}"
        self._tell(session, Event("ops.channel_disabled", "major", summary, subject=channel), channel, now)

    def refused(self, session: Session, channel: str, address: str, reason: str, now: datetime) -> bool:
        """An address was refused for good. False when there was nobody to tell."""
        summary = f"{address} is sent nothing more by {channel}, its mail server refused it: {reason}. If it is right "
        summary += f"after all: {lift_command(channel, address)}"
        event = Event("ops.address_refused", "major", summary, subject=f"{channel} {address}")
        # The channel still works for others: better its owner hears of it there than nowhere.
        others = bool(ways(self.context.alerts, session, channel))
        return self._tell(session, event, channel if others else "", now)

    def dead(self, names: Sequence[str]) -> None:
        """Tell what died on these channels and was not told, as one for each channel and hour."""
        now = self.context.clock.now()
        with self.context.database.read() as session:
            dying = dict.fromkeys(it.channel for it in _of_changes(queries.untold(session, names)))
            dying = {name: None for name in dying if self._may_tell_dead(session, name, now)}
        for name in dying:
            with self.context.database.write() as session:
                # Another process may have told meanwhile.
                found = _of_changes(queries.untold(session, [name]))
                if found and self._may_tell_dead(session, name, now):
                    self._dead(session, name, found, now)

    def _may_tell_dead(self, session: Session, channel: str, now: datetime) -> bool:
        told = self._said(session, "ops.not_delivered", channel, now - APART, now)
        return not told and bool(ways(self.context.alerts, session, channel))

    def _dead(self, session: Session, channel: str, found: Sequence[Untold], now: datetime) -> None:
        how = f"over {', '.join(ways(self.context.alerts, session, channel))}"
        event = Event("ops.not_delivered", "major", _given_up(found), subject=channel)
        self._tell(session, event, channel, now)
        queries.mark_told(session, [it.key for it in found], now, self.context.holder, how)

    def _said(self, session: Session, kind: str, subject: str, since: datetime, now: datetime) -> bool:
        """Whether it was told since then. What a clock told that was ahead says nothing."""
        told = history.changes(session, ChangeFilter(kinds=(kind,), limit=_LATEST))
        return any(row.subject == subject and since <= row.observed_at <= now for row, _ in told)

    def _tell(self, session: Session, event: Event, about: str, now: datetime) -> bool:
        """Write it down, with its messages; whether any person's channel hears of it."""
        names = ways(self.context.alerts, session, about)
        day = now.date().isoformat()
        row = event_row(event, trial="", effective=day, observed_at=now, run=None, to_version=None)
        rules = _without(self.context.alerts.rules, {about, *names})
        [answer] = EventWriter(RuleBook(rules)).enter(session, [NewStep(None, (row,), None)], now)
        seq, name = answer.seqs[0], answer.ids[0]
        wanted = [(message_key(name, way), way) for way in names]
        queue.queue(
            session,
            [NewMessage(key, way, event.kind, "", "major", (), (seq,), now, now) for key, way in wanted],
        )
        return bool(names)


def ways(alerts: AlertConfig, session: Session, about: str) -> tuple[str, ...]:
    """The channels that tell the owner of trouble with the channel `about`; none when there is no owner to tell."""
    if not alerts.owner:
        return ()
    closed = {row.name for row in health.every(session).values() if row.disabled_at is not None}
    muted: dict[str, set[str]] = {}
    for it in health.muted(session):
        muted.setdefault(it.channel, set()).add(it.address)
    specs = {spec.name: spec for spec in alerts.channels if spec.name != about and spec.name not in closed}
    usable = [name for name, spec in specs.items() if not _is_mute(spec, muted.get(name, set()))]
    if alerts.owner in usable:
        return (alerts.owner,)
    return tuple(name for name in usable if specs[name].for_people)


def _is_mute(spec: ChannelSpec, found: set[str]) -> bool:
    """Whether nobody of a channel is sent anything."""
    return "" in found or (bool(spec.addresses) and found.issuperset(spec.addresses))


def _without(rules: Sequence[AlertRule], channels: set[str]) -> tuple[AlertRule, ...]:
    return tuple(replace(rule, send=tuple(it for it in rule.send if it not in channels)) for rule in rules)


def _of_changes(found: Sequence[Untold]) -> list[Untold]:
    """Without the notices themselves: no notice is made of a notice."""
    return [it for it in found if it.kind not in KINDS]


def _given_up(found: Sequence[Untold]) -> str:
    first, count = found[0], len(found)
    what = f"{first.trial} {first.summary}".strip()
    first_of = "" if count == 1 else "The first: "
    summary = f"{count_of(count, 'message')} to {first.channel} could not be delivered. {first_of}{what}. "
    summary += f"Why: {first.reason or 'it is not known'}. "
    return summary + f"To see all: {dead_command()}; to send again: {retry_command(first.channel)}"
