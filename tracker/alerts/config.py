"""The alerts part of the configuration, checked: rules, channels with their secrets, and each mistake with its line.

A mistake in the file stops the commands that would use it. A missing secret stops only its channel: the messages wait,
and `status`, `doctor` and `alerts check` say why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from schedules.backoff import DELIVERY_RETRIES
from tracker.alerts.channels.channel import ChannelSpec, Installation
from tracker.alerts.channels.channel_list import NAME, Missing, spec_of, tells_by_step
from tracker.alerts.rules.routing import RuleBook
from tracker.alerts.rules.rule_config import rule_of
from tracker.alerts.rules.rules import AlertRule
from tracker.config.alert_tables import RuleSettings
from tracker.config.mistakes import ConfigMistake, refused, with_lines
from tracker.config.read_settings import ReadSettings
from tracker.config.settings import Settings

__all__ = ["AlertConfig", "alert_config", "all_mistakes", "examine"]

_PAUSE = re.compile(r"(\d{1,4})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """What the configuration says about alerts."""

    owner: str = ""
    retries: tuple[timedelta, ...] = DELIVERY_RETRIES
    rules: tuple[AlertRule, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    #: Channels with a missing secret, and the reason.
    unusable: dict[str, str] = field(default_factory=dict)
    #: Channels that group the events of one trial in one step into one message: channels for people, and webhooks with
    #: `group`.
    by_step: frozenset[str] = frozenset()

    @property
    def book(self) -> RuleBook:
        """Return the rules, the owner and the grouping, as routing needs them."""
        return RuleBook(self.rules, self.owner, self.by_step)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all channels, usable or not."""
        return (*(spec.name for spec in self.channels), *self.unusable)


def alert_config(settings: Settings) -> AlertConfig:
    """Return the alert configuration of `settings`. Raise SettingsError with all mistakes, each with its line
    and key.
    """
    config, mistakes = examine(settings)
    if mistakes:
        raise refused(settings.file, mistakes)
    return config


def all_mistakes(read: ReadSettings) -> list[ConfigMistake]:
    """Return every mistake of a file in the order of its lines: of shape, of values, of channels and rules."""
    known = {it.path for it in read.mistakes}
    _, more = examine(read.settings)
    return sorted([*read.mistakes, *(it for it in more if it.path not in known)], key=lambda it: it.line or 0)


def examine(settings: Settings) -> tuple[AlertConfig, list[ConfigMistake]]:
    """Return the valid part of the alert configuration, and all mistakes in file order."""
    mistakes: list[ConfigMistake] = []
    channels, unusable = _channels(settings, mistakes)
    names = [channel.name for channel in settings.channel]
    rules = []
    for index, raw in enumerate(settings.rule):
        rule, wrong = rule_of(raw, names)
        wrong += _repeated(raw, settings.rule[:index])
        mistakes += [ConfigMistake(("rule", index, key), reason) for key, reason in wrong]
        if rule is not None and not wrong:
            rules.append(rule)
    if settings.alerts.owner and settings.alerts.owner not in names:
        mistakes.append(ConfigMistake(("alerts", "owner"), f"names no channel: {settings.alerts.owner[:40]!r}"))
    retries = tuple(_retries(settings, mistakes)) or DELIVERY_RETRIES
    by_step = frozenset(it.name for it in settings.channel if tells_by_step(it))
    found = AlertConfig(settings.alerts.owner, retries, tuple(rules), tuple(channels), unusable, by_step)
    return found, with_lines(settings.text, mistakes)


def _channels(settings: Settings, mistakes: list[ConfigMistake]) -> tuple[list[ChannelSpec], dict[str, str]]:
    found: list[ChannelSpec] = []
    unusable: dict[str, str] = {}
    names = [channel.name for channel in settings.channel]
    for index, raw in enumerate(settings.channel):
        if not NAME.fullmatch(raw.name):
            mistakes.append(ConfigMistake(("channel", index, "name"), "must be letters, digits, - and _, at most 40"))
        elif raw.name in names[:index]:
            mistakes.append(ConfigMistake(("channel", index, "name"), f"is given twice: {raw.name}"))
        spec, wrong = spec_of(raw, Installation(settings.secrets, settings.contact))
        mistakes += [ConfigMistake(("channel", index, key), reason) for key, reason in wrong]
        if isinstance(spec, Missing):
            unusable[raw.name] = spec.reason
        elif spec is not None and not wrong:
            found.append(spec)
    return found, unusable


def _repeated(raw: RuleSettings, before: tuple[RuleSettings, ...]) -> list[tuple[str, str]]:
    return [("name", f"is given twice: {raw.name}")] if raw.name in [it.name for it in before] else []


def _retries(settings: Settings, mistakes: list[ConfigMistake]) -> Iterator[timedelta]:
    for text in settings.alerts.retries:
        found = _PAUSE.fullmatch(text.strip())
        if found is None:
            mistakes.append(
                ConfigMistake(("alerts", "retries"), f'must be pauses like "5s", "30m", "2h", not {text[:20]!r}')
            )
        else:
            yield timedelta(**{_UNITS[found[2]]: int(found[1])})
