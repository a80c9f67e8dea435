"""Match events with rules: which channels get an event, and when. Pure.

Never sent: events from the past (backfill, import), and the first poll of a trial. Sent only if a rule names them:
changes in the registry's bookkeeping (`admin`), and events about the watch itself (`ops.*`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schedules.windows import Digest, Quiet, open_at, window_end
from storage.values.severity import Severity, rank
from tracker.changes.kinds import matches

__all__ = [
    "FIRST_LOOK",
    "AlertRule",
    "Dispatch",
    "RuleEvent",
    "is_about",
    "never_reported",
    "released_at",
    "route",
    "why_not",
]

SHARED = frozenset({"results.posted"})
"""Kinds of events that are news for a trial in all its registers."""
FIRST_LOOK = "trial.first_seen"
_ABOUT_US = "ops."


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule. Without trials and tags it matches all trials."""

    name: str
    #: Kinds of events, or prefixes of kinds that end with `*`.
    on: tuple[str, ...]
    send: tuple[str, ...]
    trials: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    min_severity: str = Severity.MINOR
    digest: Digest | None = None
    quiet: Quiet | None = None
    quiet_critical: bool = False
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class RuleEvent:
    """The part of an event that rules look at."""

    id: str
    seq: int
    #: "" for an event about the watch itself.
    trial: str
    kind: str
    severity: str
    backfilled: bool
    #: The tags of the trial.
    tags: frozenset[str]
    #: Other ids of the trial: its obsolete numbers, and for kinds of events that are news for them too (`SHARED`), its
    #: ids in other registers.
    same: frozenset[str] = frozenset()
    #: Equal for all events of the trial in one step. () for an event on its own.
    step: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One event to one channel."""

    channel: str
    rules: tuple[str, ...]
    #: The rule whose digest takes the event. "" if it is sent by itself.
    digest_rule: str
    due_at: datetime


def never_reported(happened: RuleEvent) -> str:
    """Return, as a sentence, why no rule can match an event. "" if a rule can."""
    if happened.backfilled:
        return "it was found in the past of the trial, and the past is never told"
    return "a first look is never told" if happened.kind == FIRST_LOOK else ""


def why_not(rule: AlertRule, happened: RuleEvent) -> str:
    """Return, as a sentence, why a rule does not match an event. "" if it does."""
    if reason := never_reported(happened):
        return reason
    about_us = happened.kind.startswith(_ABOUT_US)
    if about_us and (reason := _why_not_about_us(rule, happened.kind)):
        return reason
    if not any(matches(pattern, happened.kind) for pattern in rule.on):
        return f"the rule is not about {happened.kind}"
    if rank(happened.severity) > rank(rule.min_severity):
        return f"{happened.severity} is below the rule's {rule.min_severity}"
    if about_us:
        return ""
    if not is_about(rule, (happened.trial, *happened.same), happened.tags):
        return f"the rule is not about {happened.trial}"
    return ""


def is_about(rule: AlertRule, names: Iterable[str], tags: Iterable[str]) -> bool:
    """Return whether a rule is about a trial with these ids and tags."""
    return not (rule.trials or rule.tags) or not rule.trials.isdisjoint(names) or not rule.tags.isdisjoint(tags)


def _why_not_about_us(rule: AlertRule, kind: str) -> str:
    if rule.trials or rule.tags:
        return "the rule is about trials, and this is about the watch itself"
    if not any(pattern.startswith(_ABOUT_US) and matches(pattern, kind) for pattern in rule.on):
        return "the rule does not ask for ops.*"
    return ""


def route(rules: Sequence[AlertRule], owner: str, happened: RuleEvent, now: datetime) -> tuple[Dispatch, ...]:
    """Return where an event goes: at most once to each channel, however many rules name the channel.

    Critical events skip digests. A rule that sends at once wins over a rule with a digest. Of several digests, the
    first rule's takes the event. `owner`: the channel that gets all events about the watch itself, or "".
    """
    asking = [rule for rule in rules if not why_not(rule, happened)]
    channels = dict.fromkeys(channel for rule in asking for channel in rule.send)
    if owner and happened.kind.startswith(_ABOUT_US) and not happened.backfilled:
        channels[owner] = None
    found = []
    for channel in channels:
        mine = [rule for rule in asking if channel in rule.send]
        about_us = channel == owner and happened.kind.startswith(_ABOUT_US)
        found.append(_dispatch(channel, mine, happened.severity, now, by_itself=about_us))
    return tuple(found)


def _dispatch(channel: str, rules: Sequence[AlertRule], severity: str, now: datetime, *, by_itself: bool) -> Dispatch:
    if by_itself:
        # Trouble of our own ignores the digests and quiet hours of rules that match it, too.
        return Dispatch(channel, (), "", now)
    names = tuple(rule.name for rule in rules)
    if at_once := _at_once(rules, severity):
        return Dispatch(channel, names, "", min(_released(rule, severity, now) for rule in at_once))
    first = rules[0]
    assert first.digest is not None
    return Dispatch(channel, names, first.name, window_end(first.digest, first.timezone, now))


def _at_once(rules: Sequence[AlertRule], severity: str) -> list[AlertRule]:
    """Return the rules that send an event by itself. If there is one, the digests of the others delay nothing."""
    return [rule for rule in rules if rule.digest is None or severity == Severity.CRITICAL]


def _released(rule: AlertRule, severity: str, instant: datetime) -> datetime:
    """Return when a rule releases a message that could be sent at `instant`."""
    if rule.quiet is None or (severity == Severity.CRITICAL and rule.quiet_critical):
        return instant
    return open_at(rule.quiet, rule.timezone, instant)


def released_at(rules: Mapping[str, AlertRule], names: Iterable[str], severity: str, instant: datetime) -> datetime:
    """Return when these rules release a message that could be sent at `instant`. Quiet hours delay a retry, too.

    They are the rules that `route` names, and the same ones of them decide. A rule that is no longer configured delays
    nothing.
    """
    asking = [rules[name] for name in names if name in rules]
    deciding = _at_once(asking, severity) or asking
    return min((_released(rule, severity, instant) for rule in deciding), default=instant)
