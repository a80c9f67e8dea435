"""What rules make of changes: which messages, when, and why the rest is not told. Pure: nothing is stored or sent.

The same deciding as when a change is written down (`tracker.ledger`), for those who want to know beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.alerts.message import DIGEST, GROUP, digest_key, group_key, message_key
from tracker.alerts.rules import SEVERITIES, Dispatch, Happened, Rule, never_told, released_at, route, why_not
from tracker.alerts.storms import Storm, Waiting, storms

__all__ = ["Foreseen", "Seen", "forecast", "reasons"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A change as it was met. `at`: when; `batch`: what it came with; `likeness`: as `storms` compares changes."""

    happened: Happened
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


def forecast(rules: Sequence[Rule], owner: str, seen: Iterable[Seen]) -> list[Foreseen]:
    """The messages that changes (in seq order) would make, in the order in which they would be sent."""
    at_once: dict[str, tuple[Foreseen, Seen]] = {}
    digests: dict[str, Foreseen] = {}
    by_name = {rule.name: rule for rule in rules}
    for it in seen:
        for dispatch in route(rules, owner, it.happened, it.at):
            if dispatch.digest_rule:
                _join(digests, _in_digest(by_name[dispatch.digest_rule], dispatch, it.happened))
            else:
                message = _alone(dispatch, it.happened)
                at_once[message.key] = message, it
    found = [*_grouped(at_once), *digests.values()]
    return sorted(found, key=lambda it: (it.at, it.seqs))


def _alone(dispatch: Dispatch, happened: Happened) -> Foreseen:
    return Foreseen(
        key=message_key(happened.id, dispatch.channel),
        channel=dispatch.channel,
        kind=happened.kind,
        trial=happened.trial,
        severity=happened.severity,
        rules=dispatch.rules,
        seqs=(happened.seq,),
        at=dispatch.due_at,
    )


def _in_digest(rule: Rule, dispatch: Dispatch, happened: Happened) -> Foreseen:
    key = digest_key(dispatch.channel, rule.name, dispatch.due_at)
    at = released_at({rule.name: rule}, (rule.name,), happened.severity, dispatch.due_at)
    return replace(_alone(dispatch, happened), key=key, kind=DIGEST, trial="", at=at)


def _join(digests: dict[str, Foreseen], more: Foreseen) -> None:
    known = digests.get(more.key)
    if known is not None:
        worst = min(known.severity, more.severity, key=SEVERITIES.index)
        more = replace(known, seqs=known.seqs + more.seqs, severity=worst, rules=_union((known.rules, more.rules)))
    digests[more.key] = more


def _grouped(at_once: dict[str, tuple[Foreseen, Seen]]) -> list[Foreseen]:
    """What goes by itself; the same change in many trials of one batch as one."""
    left = {key: message for key, (message, _) in at_once.items()}
    for batch in {it.batch for _, it in at_once.values()} - {""}:
        mine = [(message, it) for message, it in at_once.values() if it.batch == batch]
        waiting = [Waiting(it.key, it.channel, it.severity, it.trial, seen.likeness) for it, seen in mine]
        for storm in storms(waiting):
            as_one = _as_one(storm, [left.pop(it.key) for it in storm.members])
            left[as_one.key] = as_one
    return list(left.values())


def _as_one(storm: Storm, members: Sequence[Foreseen]) -> Foreseen:
    return Foreseen(
        key=group_key(storm.channel, [it.key for it in members]),
        channel=storm.channel,
        kind=GROUP,
        trial="",
        severity=min((it.severity for it in members), key=SEVERITIES.index),
        rules=_union(it.rules for it in members),
        seqs=tuple(seq for it in members for seq in it.seqs),
        at=min(it.at for it in members),
    )


def _union(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def reasons(rules: Sequence[Rule], owner: str, happened: Happened) -> list[tuple[str, str]]:
    """Why a change is not told: (rule, sentence) of each rule that does not ask for it; ("", sentence) for all of them.

    Empty when every rule asks for it.
    """
    if reason := never_told(happened):
        return [("", reason)]
    if not rules:
        return [] if owner and not happened.trial else [("", "there is no rule")]
    return [(rule.name, reason) for rule in rules if (reason := why_not(rule, happened))]
