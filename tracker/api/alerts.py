"""Alerts: what is sent, what would be, and what the configuration says."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tracker.api.base import Instant, Shape, described

__all__ = ["AlertCheck", "Fates", "Muted", "Outbox", "Preview", "Purged", "Tested"]


class Attempt(Shape, frozen=True):
    """One attempt at a message, or what somebody did about it."""

    started_at: Instant
    ended_at: Instant | None
    by: str
    outcome: Annotated[str, described("running, sent, retry, dead; asked or told for what is no attempt.")]
    status: int | None
    detail: str | None


class Message(Shape, frozen=True):
    """One message of the outbox."""

    key: Annotated[str, described("Stable; the same on every retry.")]
    channel: str
    kind: Annotated[str, described("Of the one change it tells of, or step, digest or group.")]
    state: Annotated[str, described("pending, held, sent or dead.")]
    attempts: int
    next_attempt_at: Annotated[Instant | None, described("Null unless pending.")]
    last_error: str | None
    held_by: Annotated[str | None, described("What has to happen first.")]
    trial: str
    severity: str
    summary: str
    rules: list[str]
    changes: Annotated[list[int], described("Seqs of the changes it tells of.")]
    created_at: Instant
    settled_at: Instant | None
    tried: Annotated[list[Attempt] | msgspec.UnsetType, described("When keys are named.")] = msgspec.UNSET


class Outbox(Shape, frozen=True):
    """`alerts outbox`, and `alerts retry` of what it sends again."""

    messages: list[Message]


class PreviewedMessage(Shape, frozen=True):
    """A message that today's rules would make."""

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    summary: str
    rules: list[str]
    changes: list[int]
    at: Annotated[Instant, described("When it would first be sent, from when its changes were seen.")]
    held_by: Annotated[str | None, described("Null when it would go.")]
    outbox: Annotated[str | None, described("State of the message of this key in the outbox.")]


class Preview(Shape, frozen=True):
    """`alerts preview`."""

    messages: list[PreviewedMessage]


class Telling(Shape, frozen=True):
    """How a change would be told."""

    channel: str
    key: str
    at: Instant
    waits: Annotated[str | None, described("For what; null for at once.")]
    held_by: str | None


class NotTold(Shape, frozen=True):
    """Why a rule does not tell of a change."""

    rule: Annotated[str | None, described("Null when it holds for all rules.")]
    why: str


class Fate(Shape, frozen=True):
    """What would become of one change."""

    seq: int
    trial: str
    kind: str
    severity: str
    summary: str
    observed_at: Instant
    told: list[Telling]
    not_told: list[NotTold]


class Fates(Shape, frozen=True):
    """`alerts preview --explain`."""

    changes: list[Fate]


class Mistake(Shape, frozen=True):
    """A mistake in the configuration."""

    line: int | None
    place: str
    key: str
    reason: str


class CheckedChannel(Shape, frozen=True):
    """A channel of the configuration."""

    channel: str
    type: str
    state: Annotated[str, described("ready, unusable, disabled or muted.")]
    does: str
    reason: str


class CheckedRule(Shape, frozen=True):
    """A rule of the configuration."""

    rule: str
    does: str
    send: list[str]


class CheckedConfig(Shape, frozen=True):
    """What the configuration says about alerts."""

    file: str | None
    owner: str | None
    mistakes: list[Mistake]
    channels: list[CheckedChannel]
    rules: list[CheckedRule]
    notes: list[str]


class AlertCheck(Shape, frozen=True):
    """`alerts check`."""

    check: CheckedConfig


class TestedChannel(Shape, frozen=True):
    """What came of a test message. `reached`, `refused` and `deferred` are empty for a channel of one address."""

    channel: str
    status: int | None
    reached: list[str]
    refused: dict[str, str]
    deferred: dict[str, str]


class Tested(Shape, frozen=True):
    """`alerts test`."""

    test: TestedChannel


class MutedAddress(Shape, frozen=True):
    """An address, or with null a whole channel, that is sent nothing."""

    channel: str
    address: str | None
    at: Instant
    reason: str


class Muted(Shape, frozen=True):
    """`alerts mute`: what is muted of the channel."""

    muted: list[MutedAddress]


class PurgeCount(Shape, frozen=True):
    """How many messages were forgotten."""

    forgotten: int


class Purged(Shape, frozen=True):
    """`alerts purge`."""

    purge: PurgeCount
