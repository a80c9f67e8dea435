"""What the configuration says about alerts, in words: its mistakes, what each channel and rule does, what is odd."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace
from sqlmodel import Session

from schedules.clock import Clock
from storage.outbox import channel_states as health
from storage.tables.models import MuteRow
from storage.watching import watches
from tracker.alerts.channels.channel_list import settings_of
from tracker.alerts.config import AlertConfig, examine
from tracker.alerts.render.commands import lift_command
from tracker.alerts.render.describe import rule_words
from tracker.api import alerts as shapes
from tracker.changes.wording.words import listed
from tracker.config.mistakes import ConfigMistake, with_lines
from tracker.config.settings import Settings
from tracker.context.open_store import read_store
from tracker.errors import SettingsError
from tracker.http.outbound import Outbound
from tracker.services.config.check import mistake_of

__all__ = ["check", "check_with_store", "with_states"]


def check(settings: Settings, clock: Clock) -> shapes.CheckedConfig:
    """Return what the file says. This opens no store and makes no request.

    `notes` are sentences. A channel that is `ready` can be sent to. One that is `unusable` cannot, for its `reason`.
    """
    config, mistakes = examine(settings)
    unfit = dict(_unfit(config, clock))
    more = [_unfit_mistake(settings, name, reason) for name, reason in unfit.items()]
    mistakes = with_lines(settings.text, [*mistakes, *more])
    return shapes.CheckedConfig(
        file=str(settings.file) if settings.file else None,
        owner=config.owner or None,
        mistakes=[mistake_of(it, settings) for it in mistakes],
        channels=[it for it in _channels(settings, config) if it.channel not in unfit],
        rules=[shapes.CheckedRule(rule=it.name, does=rule_words(it), send=list(it.send)) for it in config.rules],
        notes=[] if mistakes else list(_notes(settings, config)),
    )


def check_with_store(settings: Settings, clock: Clock) -> shapes.CheckedConfig:
    """Return what the file says, as `check` does, and what the store knows. With mistakes the store is not opened."""
    found = check(settings, clock)
    if found.mistakes:
        return found
    with read_store(settings, clock) as session:
        return with_states(found, session, settings)


def with_states(found: shapes.CheckedConfig, session: Session, settings: Settings) -> shapes.CheckedConfig:
    """Add what the store knows: channels that are disabled or muted, rules that can match nothing."""
    known, muted = health.every(session), health.muted(session)
    channels = []
    for row in found.channels:
        stored, quiet = known.get(row.channel), [it for it in muted if it.channel == row.channel]
        if row.state == "ready" and stored is not None and stored.disabled_at is not None:
            row = replace(row, state="disabled", reason=stored.reason)
        channels.append(_muted(row, quiet) if quiet else row)
    config, _ = examine(settings)
    return replace(found, channels=channels, notes=[*found.notes, *_unmet(session, config)])


def _channels(settings: Settings, config: AlertConfig) -> list[shapes.CheckedChannel]:
    """Return the channels in the order of the file, without those that have a mistake."""
    does = {it.name: it.describe() for it in config.channels}
    return [
        shapes.CheckedChannel(
            channel=it.name,
            type=it.type,
            state="unusable" if it.name in config.unusable else "ready",
            does=does.get(it.name, ""),
            reason=config.unusable.get(it.name, ""),
        )
        for it in settings.channel
        if it.name in config.names
    ]


def _muted(row: shapes.CheckedChannel, muted: list[MuteRow]) -> shapes.CheckedChannel:
    if any(not it.address for it in muted):
        return replace(row, state="muted", reason=f"send again with: {lift_command(row.channel)}")
    names = listed([f"{it.address} ({it.reason})" for it in muted], most=8)
    if names:
        names += f"; to lift that: {lift_command(row.channel, muted[0].address)}"
    return replace(row, reason="; ".join(part for part in (row.reason, f"muted: {names}") if part))


def _unfit(config: AlertConfig, clock: Clock) -> Iterator[tuple[str, str]]:
    """Yield channels that need something that is not installed, or whose address leads nowhere, with the reason."""
    for spec in config.channels:
        if reason := spec.refusal():
            yield spec.name, f"is refused: {reason}"
        try:
            spec.open(clock.stopwatch, Outbound())
        except SettingsError as error:
            yield spec.name, f"cannot be used: {error.message}"


def _unfit_mistake(settings: Settings, name: str, reason: str) -> ConfigMistake:
    index = [it.name for it in settings.channel].index(name)
    written, _ = settings_of(settings.channel[index])
    return ConfigMistake(("channel", index, written.address_key if written else "type"), reason)


def _notes(settings: Settings, config: AlertConfig) -> Iterator[str]:
    if not config.names:
        yield "No channel is set, so nobody is told of anything. To be told: trialwatch alerts add you@example.org"
        return
    if not config.rules:
        yield "There is no rule, so nobody is told of changes. Add a [[rule]]"
    if not config.owner:
        yield "No owner is set: nobody hears when a poll is held or a channel disabled. Name a channel: [alerts] owner"
    used = {channel for rule in config.rules for channel in rule.send} | {config.owner}
    yield from (f"The channel {name} is in no rule" for name in config.names if name not in used)
    for written in (settings_of(table)[0] for table in settings.channel):
        yield from written.notes() if written else ()


def _unmet(session: Session, config: AlertConfig) -> Iterator[str]:
    """Yield names in rules that match nothing. Most are typing errors, which cause an alert that never comes."""
    tags = watches.tags_in_use(session)
    for rule in config.rules:
        for trial in sorted(rule.trials):
            if not watches.watched_of(session, [watches.resolve(session, trial)]):
                yield f"The rule {rule.name} names {trial}, which is not watched: trialwatch watch {trial}"
        for tag in sorted(rule.tags - tags):
            yield f"The rule {rule.name} names the tag {tag[:40]}, which no watched trial has"
