"""What today's rules make of the changes of a period: which messages, and what happens to each change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

from sqlmodel import Session

from storage.outbox import queries
from storage.tables.models import MessageRow
from storage.values.severity import rank
from storage.versions import history
from storage.versions.history import Change, ChangeFilter
from tracker.alerts.config import AlertConfig
from tracker.alerts.message import DIGEST, GROUP, message_key
from tracker.alerts.rules.forecast import Foreseen, SeenChange, forecast, reasons
from tracker.alerts.rules.routing import Happened
from tracker.alerts.rules.storms import likeness
from tracker.api.alerts import Fate, NotTold, PreviewedMessage, Telling
from tracker.changes.wording.words import count_of
from tracker.recording.audience import rule_events, stored_event
from tracker.recording.instants import instant_out
from tracker.records.dates import earliest
from tracker.services.alerts.outbox import holding

__all__ = ["fates", "preview"]

_NOON = time(12)
"""When a change of the past counts as seen, on the day it took effect."""


def preview(
    session: Session, config: AlertConfig, wanted: ChangeFilter, *, as_if_watched: bool = False
) -> list[PreviewedMessage]:
    """Return the messages that today's rules make of the changes in `wanted`, in the order of sending.

    With `as_if_watched`, also of the past that was fetched, as if each change had been seen on the day it took effect.
    `at` counts from when each change was seen. `outbox` is the state of the message with this key in the outbox, null
    if there is none. `held_by` says why it would not be sent, null if it would.
    """
    changes = history.changes(session, wanted)
    by_seq = {event.seq: (event, fields) for event, fields in changes}
    held = {**holding(session, config), **config.unusable}
    found = forecast(config.book, _seen(session, changes, as_if_watched=as_if_watched))
    return [_message(session, it, by_seq, held.get(it.channel)) for it in found]


def fates(session: Session, config: AlertConfig, wanted: ChangeFilter, *, as_if_watched: bool = False) -> list[Fate]:
    """Return for each change, in seq order, the messages that would report it, and why other rules would not."""
    changes = history.changes(session, wanted)
    seen = _seen(session, changes, as_if_watched=as_if_watched)
    told: dict[int, list[Foreseen]] = {}
    for message in forecast(config.book, seen):
        for seq in message.seqs:
            told.setdefault(seq, []).append(message)
    held = {**holding(session, config), **config.unusable}
    return [
        Fate(
            seq=event.seq,
            trial=event.trial,
            kind=event.kind,
            severity=event.severity,
            summary=event.summary,
            observed_at=instant_out(event.observed_at),
            told=[_telling(it, one, held.get(it.channel)) for it in told.get(event.seq, [])],
            not_told=[
                NotTold(rule=rule or None, why=why)
                for rule, why in reasons(config.rules, config.owner, one.happened.event)
            ],
        )
        for (event, _), one in zip(changes, seen, strict=True)
    ]


def _seen(session: Session, changes: Sequence[Change], *, as_if_watched: bool) -> list[SeenChange]:
    noted = [stored_event(event) for event, _ in changes]
    if as_if_watched:
        noted = [it._replace(backfilled=False) for it in noted]
    happened = rule_events(session, noted, steps=True)
    found = []
    for (event, fields), one in zip(changes, happened, strict=True):
        alike = likeness(event.kind, [(it.field, it.before, it.after) for it in fields])
        # Changes are grouped as they are written: by poll, or by the daily job. Events about the watch itself stand
        # alone.
        batch = f"run {event.run}" if event.run is not None else f"day {event.observed_at.date()}"
        at = event.observed_at
        if event.backfilled and as_if_watched and (day := earliest(event.effective)) is not None:
            at, batch = datetime.combine(day, _NOON, tzinfo=UTC), f"{event.trial} {day}"
        found.append(SeenChange(Happened(one, at, alike), batch if event.trial else ""))
    return found


def _message(session: Session, it: Foreseen, changes: Mapping[int, Change], held_by: str | None) -> PreviewedMessage:
    stored = queries.find(session, it.key) or _stored_before(session, it, changes)
    first = min((changes[seq][0] for seq in it.seqs), key=lambda event: (rank(event.severity), event.seq)).summary
    return PreviewedMessage(
        key=it.key,
        channel=it.channel,
        kind=it.kind,
        trial=it.trial,
        severity=it.severity,
        summary=first if len(it.seqs) == 1 else f"{count_of(len(it.seqs), 'change')}, such as: {first}",
        rules=list(it.rules),
        changes=list(it.seqs),
        at=instant_out(it.at),
        held_by=held_by,
        outbox=stored.state if stored else None,
    )


def _stored_before(session: Session, it: Foreseen, changes: Mapping[int, Change]) -> MessageRow | None:
    """Return the message of its first change alone, from before steps existed or when the change was late in one."""
    return queries.find(session, message_key(changes[it.seqs[0]][0].id, it.channel)) if it.trial else None


def _telling(it: Foreseen, seen: SeenChange, held_by: str | None) -> Telling:
    """Return how a message reports a change. `waits` says why not at once, null if at once."""
    return Telling(
        channel=it.channel,
        key=it.key,
        at=instant_out(it.at),
        waits=_waits(it, seen),
        held_by=held_by,
    )


def _waits(it: Foreseen, seen: SeenChange) -> str | None:
    others = count_of(len(it.seqs) - 1, "other change")
    if it.kind == DIGEST:
        return f"for the digest of {it.rules[0]}" + (f", with {others}" if len(it.seqs) > 1 else "")
    if it.kind == GROUP:
        return f"for the end of the look, and goes with {others}"
    return "for the end of quiet hours" if it.at > seen.happened.at else None
