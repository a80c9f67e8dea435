"""Preview what rules make of changes: which messages, when, and why other changes are not sent. Pure.

Nothing is stored or sent. The preview calls `routing`, as the event writer does, but with an imaginary outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.alerts.message import GROUP
from tracker.alerts.rules.planning import OpenMessage, Planned
from tracker.alerts.rules.routing import Absence, Group, Happened, RuleBook, View, close, planned
from tracker.alerts.rules.rules import AlertRule, RuleEvent, never_reported, why_not

__all__ = ["Foreseen", "SeenChange", "forecast", "reasons"]


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change that was seen."""

    happened: Happened
    #: The batch it came in. "" for none.
    batch: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A message that would be made."""

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    #: The changes in it.
    seqs: tuple[int, ...]
    #: When it would first be sent.
    at: datetime


def forecast(book: RuleBook, seen: Iterable[SeenChange]) -> list[Foreseen]:
    """Return the messages that changes (in seq order) would make, in the order of sending."""
    batches: dict[str, list[Happened]] = {}
    for it in seen:
        batches.setdefault(it.batch, []).append(it.happened)
    outbox: dict[str, Planned] = {}
    groups: list[Group] = []
    for batch, happened in batches.items():
        held = []
        for message in planned(book, happened, _imagined(outbox, happened[0].at)):
            outbox[message.key] = _written(outbox.get(message.key), message)
            if batch and not message.is_digest and message.joins is None:
                held.append(message)
        closing = close(held)
        groups += closing.groups
        outbox |= {it.key: it for it in closing.left}
        for gone in (key for group in closing.groups for key in group.members):
            del outbox[gone]
    found = [*map(_as_one, groups), *map(_by_itself, outbox.values())]
    return sorted(found, key=lambda it: (it.at, it.seqs))


def _imagined(outbox: Mapping[str, Planned], now: datetime) -> Callable[[frozenset[str]], View]:
    """Return the look-up of an outbox in which the messages due before `now` count as sent."""
    return lambda keys: {key: _state(outbox.get(key), now) for key in keys}


def _state(message: Planned | None, now: datetime) -> OpenMessage | Absence:
    if message is None:
        return Absence.NONE
    return OpenMessage(message.severity, message.rules, message.at) if message.at > now else Absence.CLOSED


def _written(known: Planned | None, more: Planned) -> Planned:
    return more if known is None or more.joins is None else known.with_more(more.rules, more.at, more.events)


def _by_itself(it: Planned) -> Foreseen:
    return Foreseen(it.key, it.channel, it.kind, it.trial, it.severity, it.rules, it.seqs, it.at)


def _as_one(it: Group) -> Foreseen:
    return Foreseen(it.key, it.channel, GROUP, "", it.severity, it.rules, it.seqs, it.at)


def reasons(rules: Sequence[AlertRule], owner: str, happened: RuleEvent) -> list[tuple[str, str]]:
    """Return why a change is not sent: (rule, sentence) for each rule that does not match, or ("", sentence) for all
    rules.

    Empty if all rules match.
    """
    if reason := never_reported(happened):
        return [("", reason)]
    if not rules:
        return [] if owner and not happened.trial else [("", "there is no rule")]
    return [(rule.name, reason) for rule in rules if (reason := why_not(rule, happened))]
