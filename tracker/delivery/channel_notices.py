"""Notices to the owner about the channels themselves. A notice never goes over the channel it is about.

The owner's channel gets the notice. If that channel is the one in trouble, or is closed or muted, all other channels
for people get it. If there are none, no notice is sent, but `status` and the next command on a terminal show the
trouble. Trouble with a notice makes no further notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from storage.outbox import channel_states as health
from storage.outbox import queries, queue
from storage.outbox.queries import Unreported
from storage.outbox.queue import NewMessage
from storage.values.severity import Severity
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
"""The kinds of events about channels."""
APART = timedelta(hours=1)
"""Messages that die on one channel within this time are reported together."""
_LATEST = 50


class Notices:
    """Writes notices to the owner of one store, in the transaction of the caller."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def failing(self, session: Session, channel: str, reason: str, now: datetime) -> None:
        """Notify that a channel fails in a way that does not pass by itself. Once, until the channel works again."""
        since = health.find(session, channel).failing_since or now
        if not self._said(session, "ops.channel_failing", channel, since, now):
            summary = f"The channel {channel} does not work: {reason}"
            self._tell(session, Event("ops.channel_failing", Severity.MAJOR, summary, subject=channel), channel, now)

    def disabled(self, session: Session, channel: str, reason: str, now: datetime) -> None:
        """Notify that a channel is closed."""
        summary = f"The channel {channel} is disabled: {reason}. What it should have sent waits"
        summary += f". Once it is put right: {test_command(channel)}"
        self._tell(session, Event("ops.channel_disabled", Severity.MAJOR, summary, subject=channel), channel, now)

    def refused(self, session: Session, channel: str, address: str, reason: str, now: datetime) -> bool:
        """Notify that an address was refused for good. Return False if no channel could be notified."""
        summary = f"{address} is sent nothing more by {channel}, its mail server refused it: {reason}. If it is right "
        summary += f"after all: {lift_command(channel, address)}"
        event = Event("ops.address_refused", Severity.MAJOR, summary, subject=f"{channel} {address}")
        # The channel still works for other addresses. A notice there is better than none.
        others = bool(ways(self.context.alerts, session, channel))
        return self._tell(session, event, channel if others else "", now)

    def dead(self, names: Sequence[str]) -> None:
        """Notify of messages that died on these channels, as one notice per channel and hour."""
        now = self.context.clock.now()
        with self.context.database.read() as session:
            dying = dict.fromkeys(it.channel for it in _of_changes(queries.unreported(session, names)))
            dying = {name: None for name in dying if self._may_tell_dead(session, name, now)}
        for name in dying:
            with self.context.database.write() as session:
                # Another process may have sent the notice in the meantime.
                found = _of_changes(queries.unreported(session, [name]))
                if found and self._may_tell_dead(session, name, now):
                    self._dead(session, name, found, now)

    def _may_tell_dead(self, session: Session, channel: str, now: datetime) -> bool:
        reported = self._said(session, "ops.not_delivered", channel, now - APART, now)
        return not reported and bool(ways(self.context.alerts, session, channel))

    def _dead(self, session: Session, channel: str, found: Sequence[Unreported], now: datetime) -> None:
        how = f"over {', '.join(ways(self.context.alerts, session, channel))}"
        event = Event("ops.not_delivered", Severity.MAJOR, _given_up(found), subject=channel)
        self._tell(session, event, channel, now)
        queries.mark_reported(session, [it.key for it in found], now, self.context.holder, how)

    def _said(self, session: Session, kind: str, subject: str, since: datetime, now: datetime) -> bool:
        """Return True if the notice was sent since then. Ignore notices with a date in the future (a clock was
        ahead).
        """
        reported = history.changes(session, ChangeFilter(kinds=(kind,), limit=_LATEST))
        return any(row.subject == subject and since <= row.observed_at <= now for row, _ in reported)

    def _tell(self, session: Session, event: Event, about: str, now: datetime) -> bool:
        """Store the event with its messages. Return True if any channel for people gets it."""
        names = ways(self.context.alerts, session, about)
        day = now.date().isoformat()
        row = event_row(event, trial="", effective=day, observed_at=now, run=None, to_version=None)
        rules = _without(self.context.alerts.rules, {about, *names})
        [answer] = EventWriter(RuleBook(rules)).enter(session, [NewStep(None, (row,), None)], now)
        seq, name = answer.seqs[0], answer.ids[0]
        wanted = [(message_key(name, way), way) for way in names]
        queue.queue(
            session,
            [NewMessage(key, way, event.kind, "", Severity.MAJOR, (), (seq,), now, now) for key, way in wanted],
        )
        return bool(names)


def ways(alerts: AlertConfig, session: Session, about: str) -> tuple[str, ...]:
    """Return the channels that notify the owner of trouble with the channel `about`. Empty if there is no owner."""
    if not alerts.owner:
        return ()
    closed = {row.name for row in health.every(session).values() if row.disabled_at is not None}
    muted: dict[str, set[str]] = {}
    for it in health.muted(session):
        muted.setdefault(it.channel, set()).add(health.alike(it.address))
    specs = {spec.name: spec for spec in alerts.channels if spec.name != about and spec.name not in closed}
    usable = [name for name, spec in specs.items() if not _is_mute(spec, muted.get(name, set()))]
    if alerts.owner in usable:
        return (alerts.owner,)
    return tuple(name for name in usable if specs[name].for_people)


def _is_mute(spec: ChannelSpec, found: set[str]) -> bool:
    """Return True if a channel sends to no address at all."""
    return "" in found or (bool(spec.addresses) and found.issuperset(map(health.alike, spec.addresses)))


def _without(rules: Sequence[AlertRule], channels: set[str]) -> tuple[AlertRule, ...]:
    return tuple(replace(rule, send=tuple(it for it in rule.send if it not in channels)) for rule in rules)


def _of_changes(found: Sequence[Unreported]) -> list[Unreported]:
    """Leave out the notices themselves, because no notice is made of a notice."""
    return [it for it in found if it.kind not in KINDS]


def _given_up(found: Sequence[Unreported]) -> str:
    first, count = found[0], len(found)
    what = f"{first.trial} {first.summary}".strip()
    first_of = "" if count == 1 else "The first: "
    summary = f"{count_of(count, 'message')} to {first.channel} could not be delivered. {first_of}{what}. "
    summary += f"Why: {first.reason or 'it is not known'}. "
    return summary + f"To see all: {dead_command()}; to send again: {retry_command(first.channel)}"
