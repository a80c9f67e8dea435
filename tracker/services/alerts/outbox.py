"""The outbox in the shape of the outside contract: what waits and for what, what was sent, what died and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
from msgspec.structs import replace
from sqlmodel import Session

from storage.outbox import channel_states as health
from storage.outbox import queries
from storage.reads.health.messages import counts
from storage.reads.in_session import SessionReader
from storage.tables.models import AttemptRow, MessageRow
from storage.values.states import MessageState
from tracker.alerts.config import AlertConfig
from tracker.alerts.render.commands import lift_command, mute_command, test_command
from tracker.api.alerts import Attempt, Message
from tracker.changes.wording.nearest import did_you_mean
from tracker.changes.wording.words import count_of
from tracker.errors import UnknownMessage, UsageError
from tracker.recording.instants import instant_out

__all__ = [
    "STATES",
    "FoundMessages",
    "OutboxRequest",
    "channels_of",
    "check_channel",
    "find_messages",
    "holding",
    "keys_of",
    "messages_of",
]

STATES = (MessageState.PENDING, MessageState.HELD, MessageState.SENT, MessageState.DEAD)
_FEWEST = 8
"""The fewest characters of a key that may name a message, if no other key starts the same."""


@dataclass(frozen=True, slots=True)
class OutboxRequest:
    """Which messages: those with these `keys` (or starts of keys), or else the latest `limit` that match.

    `after`: the key of a message, "" for the beginning. Then they are the first `limit` after that message.
    """

    keys: Sequence[str] = ()
    #: One of STATES. `held` means pending without being sent by itself.
    state: str | None = None
    channel: str | None = None
    limit: int | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """Messages as `tracker.api.alerts.Message`, and the keys that match none."""

    rows: list[Message]
    unknown: Sequence[str] = ()


def check_channel(name: str, known: Iterable[str]) -> None:
    """Raise UsageError, with the nearest channel, for a name that is none of these."""
    names = sorted(known)
    if name not in names:
        raise UsageError(
            f"There is no channel {name[:40]!r}.{did_you_mean(name, names)} See: trialwatch alerts check",
            subject=name[:40],
        )


def channels_of(session: Session, config: AlertConfig) -> set[str]:
    """Return the channels of the file, and those that have messages from before."""
    return {*config.names, *(channel for channel, _ in counts(SessionReader(session)))}


def find_messages(session: Session, config: AlertConfig, request: OutboxRequest) -> FoundMessages:
    """Return messages in order of arrival. Named ones have all their attempts in `tried`.

    Raise UsageError and UnknownMessage as `keys_of` does, and UsageError for a channel that is not there.
    """
    if request.channel is not None:
        check_channel(request.channel, channels_of(session, config))
    if request.keys:
        keys, unknown = keys_of(session, request.keys)
        return FoundMessages(messages_of(session, config, keys), unknown)
    state, limit = request.state, request.limit
    waiting = (MessageState.PENDING, MessageState.HELD)
    stored = None if state is None else (MessageState.PENDING,) if state == MessageState.HELD else (state,)
    counted = limit if state not in waiting else None
    found = queries.listing(session, stored, request.channel, counted, _number(session, request.after))
    reasons = holding(session, config)
    if state in waiting:
        found = [it for it in found if bool(_held_by(it, reasons)) == (state == MessageState.HELD)]
    if limit:
        found = found[-limit:] if request.after is None else found[:limit]
    return FoundMessages(_rows(session, found, reasons))


def _number(session: Session, key: str | None) -> int | None:
    """Return the number of a message, 0 for a key of "". Raise UsageError if there is none."""
    if not key:
        return None if key is None else 0
    row = queries.find(session, key)
    if row is None:
        raise UsageError(f"There is no message {key[:40]} to go on after; begin with the first", subject="after")
    return row.id


def messages_of(session: Session, config: AlertConfig, keys: Sequence[str]) -> list[Message]:
    """Return the messages with these keys, each with all its attempts in `tried`."""
    found = [it for it in (queries.find(session, key) for key in keys) if it is not None]
    rows = _rows(session, found, holding(session, config))
    return [replace(row, tried=[_attempt(it) for it in queries.attempts(session, row.key)]) for row in rows]


def keys_of(session: Session, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the keys for these keys or starts of keys, and the words that match none.

    Raise UsageError for a start that fits several keys, UnknownMessage if no word matches.
    """
    found: list[str] = []
    unknown: list[str] = []
    for word in dict.fromkeys(words):
        keys = queries.keys_like(session, word) if len(word) >= _FEWEST else []
        if len(keys) > 1 and word not in keys:
            raise UsageError(f"{len(keys)} messages begin with {word[:40]}; give more of the key", subject=word[:40])
        found += [word] if word in keys else keys
        unknown += [] if keys else [word[:40]]
    if unknown and not found:
        names = ", ".join(unknown)
        raise UnknownMessage(f"There is no message {names}. See: trialwatch alerts outbox", subject=names)
    return list(dict.fromkeys(found)), unknown


def holding(session: Session, config: AlertConfig) -> dict[str, str]:
    """Return channel -> why nothing is sent over it, and how to fix it. Channels that work are not in it.

    A missing secret does not count, because it may be present in the process that sends the messages.
    """
    found = {
        channel: f"no channel {channel} is in the config file; to give up what waits: {mute_command(channel)}"
        for channel, _ in counts(SessionReader(session))
    }
    found = {channel: reason for channel, reason in found.items() if channel not in config.names}
    for row in health.every(session).values():
        if row.disabled_at is not None:
            found.setdefault(row.name, f"the channel is disabled; once it is put right: {test_command(row.name)}")
    muted = {(it.channel, health.alike(it.address)) for it in health.muted(session)}
    for channel in {channel for channel, address in muted if not address}:
        found[channel] = f"the channel is muted; to lift that: {lift_command(channel)}"
    for spec in config.channels:
        if spec.addresses and all((spec.name, health.alike(address)) in muted for address in spec.addresses):
            lift = lift_command(spec.name, spec.addresses[0])
            found.setdefault(spec.name, f"all its addresses are muted; to lift that: {lift}")
    return found


def _held_by(row: MessageRow, reasons: Mapping[str, str]) -> str:
    if row.state != MessageState.PENDING:
        return ""
    return reasons.get(row.channel, "the work it came from is not over" if row.batch else "")


def _rows(session: Session, found: Sequence[MessageRow], reasons: Mapping[str, str]) -> list[Message]:
    about = queries.about(session, [it.key for it in found])
    return [_row(it, about.get(it.key, []), _held_by(it, reasons)) for it in found]


def _row(row: MessageRow, events: Sequence[tuple[int, str, str]], held_by: str) -> Message:
    going = row.state == MessageState.PENDING and not held_by
    return Message(
        key=row.key,
        channel=row.channel,
        kind=row.kind,
        state=MessageState.HELD if held_by else row.state,
        attempts=row.attempts,
        next_attempt_at=instant_out(row.next_attempt_at) if going else None,
        last_error=row.last_error or None,
        held_by=held_by or None,
        trial=row.trial,
        severity=row.severity,
        summary=_summary(events),
        rules=orjson.loads(row.rules),
        changes=sorted(seq for seq, _, _ in events),
        created_at=instant_out(row.created_at),
        settled_at=instant_out(row.settled_at),
    )


def _summary(events: Sequence[tuple[int, str, str]]) -> str:
    if not events:
        return ""
    first = events[0][2]
    return first if len(events) == 1 else f"{count_of(len(events), 'change')}, such as: {first}"


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        started_at=instant_out(row.started_at),
        ended_at=instant_out(row.ended_at),
        by=row.by,
        outcome=row.outcome,
        status=row.status,
        detail=row.detail or None,
    )
