"""Mutes: who gets no more messages, because a person asked for it.

The file is read as far as possible, because a mute must not wait until a broken rule is fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage.outbox import channel_states as health
from storage.reads.health.messages import counts
from storage.reads.in_session import SessionReader
from storage.values.states import MessageState
from tracker.alerts.channels.channel_list import settings_of
from tracker.alerts.config import examine
from tracker.alerts.render.commands import lift_command, mute_command, retry_command
from tracker.changes.wording.words import count_of, listed
from tracker.config.settings import Settings
from tracker.errors import UsageError
from tracker.recording.instants import instant_out
from tracker.services.alerts.outbox import check_channel

__all__ = ["MuteRequest", "Muted", "mute", "muted_now"]


@dataclass(frozen=True, slots=True)
class MuteRequest:
    """A channel, or one of its addresses, to mute. `lift`: send to it again."""

    channel: str
    address: str | None = None
    lift: bool = False


@dataclass(frozen=True, slots=True)
class Muted:
    """The result in words, and everything of the channel that is muted now (as `tracker.api.alerts.Muted`).

    `changed` is False if it was muted before.
    """

    sentence: str
    rows: Sequence[dict[str, Any]]
    changed: bool = True


def mute(session: Session, settings: Settings, request: MuteRequest, now: datetime) -> Muted:
    """Mute a channel or an address, or lift that. Raise UsageError for one that is not set, or not muted."""
    channel, address = request.channel, request.address
    before = {it.address for it in health.muted(session, channel)}
    sentence = _lift(session, channel, address) if request.lift else _mute(session, settings, channel, address, now)
    rows = [
        {"channel": it.channel, "address": it.address or None, "at": instant_out(it.at), "reason": it.reason}
        for it in health.muted(session, channel)
    ]
    return Muted(sentence, rows, {row["address"] or "" for row in rows} != before)


def muted_now(session: Session) -> set[tuple[str, str]]:
    """Return what is muted: channel and address in small letters, "" for the whole channel."""
    return {(it.channel, health.alike(it.address)) for it in health.muted(session)}


def _mute(session: Session, settings: Settings, channel: str, address: str | None, now: datetime) -> str:
    """Mute a channel or one of its addresses, and return the result in words.

    A channel that was taken out of the file can be muted as a whole: this gives up what still waits for it. Raise
    UsageError for another channel, or an address, that is not in the configuration.
    """
    known = {it.name for it in settings.channel}
    if address is None:
        known |= {name for name, _ in counts(SessionReader(session))}
    check_channel(channel, known)
    mine = "" if address is None else _meant(settings, channel, address)
    health.mute(session, channel, mine, now, health.BY_HAND)
    lift = f"To lift that: {lift_command(channel, mine)}"
    return f"{mine or f'The channel {channel}'} is sent nothing more{f' by {channel}' if mine else ''}. {lift}"


def _lift(session: Session, channel: str, address: str | None) -> str:
    """Lift a mute, even if the configuration has changed since, and return the result in words.

    Raise UsageError if there is nothing to lift.
    """
    found = [it.address for it in health.muted(session, channel)]
    mine = "" if address is None else _alike(address, found) or address
    was_muted = health.unmute(session, channel, mine)
    alone = [it for it in found if it]
    if not was_muted and (mine or not alone):
        others = f"; muted there: {listed(alone, most=8)}" if alone else ""
        what = f"{mine[:80]} of the channel {channel[:40]}" if mine else f"The channel {channel[:40]}"
        raise UsageError(f"{what} is not muted{others}. See: trialwatch alerts check", subject=channel[:40])
    now = "is sent to again" if was_muted else "itself is not muted"
    sentence = f"{mine or f'The channel {channel}'} {now}.{_still_muted(channel, [it for it in alone if it != mine])}"
    dead = counts(SessionReader(session)).get((channel, MessageState.DEAD), 0)
    return sentence + (f" {count_of(dead, 'message')} to it died: {retry_command(channel)}" if dead else "")


def _still_muted(channel: str, addresses: Sequence[str]) -> str:
    """Say which addresses are still muted. People may have asked for it, so each of these mutes is lifted alone."""
    if not addresses:
        return ""
    lifts = "; ".join(lift_command(channel, it) for it in addresses[:8])
    return f" Still muted: {listed(addresses, most=8)}. To lift that: {lifts}."


def _meant(settings: Settings, channel: str, address: str) -> str:
    """Return the address as the channel has it, in any case. Mail servers treat upper case differently."""
    known = _addresses(settings, channel)
    if not known:
        raise UsageError(
            f"The channel {channel} has no addresses; to mute all of it: {mute_command(channel)}", subject=channel
        )
    found = _alike(address, known)
    if found is None:
        names = listed(known, most=8)
        raise UsageError(f"{address[:80]} is no address of the channel {channel}; it has {names}", subject=address[:80])
    return found


def _alike(address: str, known: Sequence[str]) -> str | None:
    return next((it for it in known if health.alike(it) == health.alike(address)), None)


def _addresses(settings: Settings, channel: str) -> list[str]:
    config, _ = examine(settings)
    for spec in config.channels:
        if spec.name == channel:
            return list(spec.addresses)
    written, _ = settings_of(next(it for it in settings.channel if it.name == channel))
    return list(written.addresses) if written else []
