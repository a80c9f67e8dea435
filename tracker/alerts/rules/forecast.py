"""What rules make of changes: which messages, when, and why the rest is not told. Pure: nothing is stored or sent.

The same decisions as when a change is written down (`tracker.recording.event_writer`), made beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.alerts.message import DIGEST, GROUP, digest_key
from tracker.alerts.rules.planning import Plan, Planned, storm_key, union, waiting
from tracker.alerts.rules.rules import (
    SEVERITIES,
    AlertRule,
    Dispatch,
    RuleEvent,
    never_told,
    released_at,
    route,
    why_not,
)
from tracker.alerts.rules.storms import Storm, storms

__all__ = ["Foreseen", "SeenChange", "forecast", "reasons"]


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change as it was met. `at`: when; `batch`: what it came with; `likeness`: as `storms` compares changes."""

    happened: RuleEvent
    at: datetime
    batch: str
    likeness: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A message that would be made. `seqs` are the changes it tells of; `at`: when it would first be sent."""

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    seqs: tuple[int, ...]
    at: datetime


def forecast(
    rules: Sequence[AlertRule], owner: str, seen: Iterable[SeenChange], by_step: Collection[str] = ()
) -> list[Foreseen]:
    """The messages that changes (in seq order) would make, in the order in which they would be sent.

    `by_step`: the channels that get one message for what happened to one trial in one step.
    """
    plans: dict[str, Plan] = {}
    digests: dict[str, Foreseen] = {}
    by_name = {rule.name: rule for rule in rules}
    for it in seen:
        for dispatch in route(rules, owner, it.happened, it.at):
            if dispatch.digest_rule:
                _join(digests, _in_digest(by_name[dispatch.digest_rule], dispatch, it.happened))
            else:
                plans.setdefault(it.batch, Plan(by_step)).add(dispatch, it.happened, it.likeness)
    at_once = [message for batch, plan in plans.items() for message in _of_batch(batch, plan)]
    return sorted([*at_once, *digests.values()], key=lambda it: (it.at, it.seqs))


def _in_digest(rule: AlertRule, dispatch: Dispatch, happened: RuleEvent) -> Foreseen:
    key = digest_key(dispatch.channel, rule.name, dispatch.due_at)
    at = released_at({rule.name: rule}, (rule.name,), happened.severity, dispatch.due_at)
    return Foreseen(
        key=key,
        channel=dispatch.channel,
        kind=DIGEST,
        trial="",
        severity=happened.severity,
        rules=dispatch.rules,
        seqs=(happened.seq,),
        at=at,
    )


def _join(digests: dict[str, Foreseen], more: Foreseen) -> None:
    known = digests.get(more.key)
    if known is not None:
        worst = min(known.severity, more.severity, key=SEVERITIES.index)
        more = replace(known, seqs=known.seqs + more.seqs, severity=worst, rules=union((known.rules, more.rules)))
    digests[more.key] = more


def _of_batch(batch: str, plan: Plan) -> list[Foreseen]:
    """What goes by itself; the same change in many trials of one batch as one."""
    planned = {it.key: it for it in plan}
    left: dict[str, Planned | None] = dict(planned)
    found = []
    for storm in storms(one for it in plan for one in waiting(it)) if batch else ():
        found.append(_as_one(storm, planned))
        taken = {it.seq for it in storm.members}
        left |= {it.key: rest.without(taken) for it in storm.members if (rest := left[it.key]) is not None}
    return [*found, *(_by_itself(it) for it in left.values() if it is not None)]


def _by_itself(it: Planned) -> Foreseen:
    return Foreseen(it.key, it.channel, it.kind, it.trial, it.severity, it.rules, it.seqs, it.at)


def _as_one(storm: Storm, planned: Mapping[str, Planned]) -> Foreseen:
    members = [planned[key] for key in dict.fromkeys(it.key for it in storm.members)]
    seqs = tuple(it.seq for it in storm.members)
    return Foreseen(
        key=storm_key(storm.channel, [it for message in members for it in message.said if it.seq in set(seqs)]),
        channel=storm.channel,
        kind=GROUP,
        trial="",
        severity=min((it.severity for it in storm.members), key=SEVERITIES.index),
        rules=union(it.rules for it in members),
        seqs=seqs,
        at=min(it.at for it in members),
    )


def reasons(rules: Sequence[AlertRule], owner: str, happened: RuleEvent) -> list[tuple[str, str]]:
    """Why a change is not told: (rule, sentence) of each rule that does not ask for it; ("", sentence) for all of them.

    Empty when every rule asks for it.
    """
    if reason := never_told(happened):
        return [("", reason)]
    if not rules:
        return [] if owner and not happened.trial else [("", "there is no rule")]
    return [(rule.name, reason) for rule in rules if (reason := why_not(rule, happened))]
