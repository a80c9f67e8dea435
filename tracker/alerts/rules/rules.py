"""Who is told of what, and when: rules and events in, dispatches out. Pure.

Never told: what came from the past (backfill, import), and the first look at a trial. What only the registry's
bookkeeping touched (`admin`) and what is about us (`ops.*`) is told to those who ask for it by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schedules.windows import Digest, Quiet, open_at, window_end
from tracker.changes.kinds import matches

__all__ = [
    "FIRST_LOOK",
    "SEVERITIES",
    "AlertRule",
    "Dispatch",
    "RuleEvent",
    "never_told",
    "released_at",
    "route",
    "why_not",
]

SEVERITIES = ("critical", "major", "minor", "admin")
"""The most severe first."""
SHARED = frozenset({"results.posted"})
"""What is news of a trial in whichever register it happens."""
FIRST_LOOK = "trial.first_seen"
_ABOUT_US = "ops."


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One wish to be told. `on`: kinds, or beginnings of kinds with a `*`. Neither trials nor tags: every trial."""

    name: str
    on: tuple[str, ...]
    send: tuple[str, ...]
    trials: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    min_severity: str = "minor"
    digest: Digest | None = None
    quiet: Quiet | None = None
    quiet_critical: bool = False
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class RuleEvent:
    """An event, as far as rules look at it. `trial` is "" for one about us; `tags` are those of its trial.

    `same`: what the trial is called in other registers, where that makes the event their news too (`SHARED`).
    `step`: what is equal for all that happened to the trial in one step, () for what happened by itself.
    """

    id: str
    seq: int
    trial: str
    kind: str
    severity: str
    backfilled: bool
    tags: frozenset[str]
    same: frozenset[str] = frozenset()
    step: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One event to one channel. `digest_rule`: the rule whose digest takes it, "" when it goes by itself."""

    channel: str
    rules: tuple[str, ...]
    digest_rule: str
    due_at: datetime


def never_told(happened: RuleEvent) -> str:
    """Why no rule can ask for an event, in a sentence; "" when one can."""
    if happened.backfilled:
        return "it was found in the past of the trial, and the past is never told"
    return "a first look is never told" if happened.kind == FIRST_LOOK else ""


def why_not(rule: AlertRule, happened: RuleEvent) -> str:
    """Why a rule does not ask for an event, in a sentence; "" when it does."""
    if reason := never_told(happened):
        return reason
    about_us = happened.kind.startswith(_ABOUT_US)
    if about_us and (reason := _why_not_about_us(rule, happened.kind)):
        return reason
    if not any(matches(pattern, happened.kind) for pattern in rule.on):
        return f"the rule is not about {happened.kind}"
    if SEVERITIES.index(happened.severity) > SEVERITIES.index(rule.min_severity):
        return f"{happened.severity} is below the rule's {rule.min_severity}"
    if about_us:
        return ""
    meant = rule.trials & {happened.trial, *happened.same} or rule.tags & happened.tags
    if (rule.trials or rule.tags) and not meant:
        return f"the rule is not about {happened.trial}"
    return ""


def _why_not_about_us(rule: AlertRule, kind: str) -> str:
    if rule.trials or rule.tags:
        return "the rule is about trials, and this is about the watch itself"
    if not any(pattern.startswith(_ABOUT_US) and matches(pattern, kind) for pattern in rule.on):
        return "the rule does not ask for ops.*"
    return ""


def route(rules: Sequence[AlertRule], owner: str, happened: RuleEvent, now: datetime) -> tuple[Dispatch, ...]:
    """Where an event goes: at most once to a channel, however many rules name it.

    What is critical skips digests; a rule that wants it at once wins over one that wants it in a digest; of several
    digests the first rule's takes it. `owner`: the channel that hears of everything about us, "" for none.
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
        # Whatever rules ask for it too: their digests and quiet hours do not hold up trouble of our own.
        return Dispatch(channel, (), "", now)
    names = tuple(rule.name for rule in rules)
    at_once = [rule for rule in rules if rule.digest is None or severity == "critical"]
    if at_once:
        return Dispatch(channel, names, "", min(_released(rule, severity, now) for rule in at_once))
    first = rules[0]
    assert first.digest is not None
    return Dispatch(channel, names, first.name, window_end(first.digest, first.timezone, now))


def _released(rule: AlertRule, severity: str, instant: datetime) -> datetime:
    """When a rule lets a message go that could go at `instant`."""
    if rule.quiet is None or (severity == "critical" and rule.quiet_critical):
        return instant
    return open_at(rule.quiet, rule.timezone, instant)


def released_at(rules: Mapping[str, AlertRule], names: Iterable[str], severity: str, instant: datetime) -> datetime:
    """When a message that these rules asked for may go, that could go at `instant`: quiet hours hold a retry too.

    A rule that is no longer configured holds nothing.
    """
    asking = [rules[name] for name in names if name in rules]
    return min((_released(rule, severity, instant) for rule in asking), default=instant)
