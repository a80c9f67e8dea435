"""Who is told of what happens to trials, and what looks at them: the last lines of `watch` and `init`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.engine.database import Database
from storage.outbox import channel_states
from storage.reads.in_session import SessionReader
from storage.reads.trials.known import obsolete
from storage.reads.trials.planned_checks import first_check
from storage.watching import watches
from tracker.alerts.config import AlertConfig
from tracker.alerts.rules.rules import AlertRule, is_about
from tracker.changes.wording.words import listed
from tracker.processes.daemon_lock import is_daemon_running

__all__ = ["Looking", "covers", "looking_at", "told_of"]

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Looking:
    """Whether a daemon runs, and when it looks next. None: at once, or never."""

    daemon: bool
    next_check: datetime | None


def looking_at(database: Database) -> Looking:
    """Return what looks at the watched trials of a store."""
    with database.read() as session:
        first = first_check(SessionReader(session))
    return Looking(is_daemon_running(database), first)


def told_of(session: Session, alerts: AlertConfig, watched: Collection[str]) -> list[str]:
    """Return, as sentences, who is told of changes of these trials, and which of them no rule covers."""
    if not alerts.names:
        return ["Nobody is told of changes yet. To be told: trialwatch alerts add you@example.org"]
    rules = [rule for rule in alerts.rules if any(not pattern.startswith("ops.") for pattern in rule.on)]
    if not rules:
        return ["Nobody is told of changes: there is no rule. See: trialwatch alerts check"]
    tags = watches.tags_of(session, watched)
    former = obsolete(SessionReader(session), watched)
    telling = {rule.name: [it for it in watched if covers(rule, it, tags.get(it, ()), former[it])] for rule in rules}
    channels = list(dict.fromkeys(name for rule in rules if telling[rule.name] for name in rule.send))
    found = [f"Told of changes: {listed(_described(session, alerts, channels), most=_MOST_NAMED)}"] if channels else []
    untold = sorted(set(watched).difference(*telling.values()))
    if untold:
        which = listed(untold, most=_MOST_NAMED) if len(untold) < len(watched) or not channels else "these trials"
        found.append(f"No rule tells of {which}. See: trialwatch alerts check")
    return found


def covers(rule: AlertRule, trial: str, tags: Iterable[str], former: Iterable[str] = ()) -> bool:
    """Return whether a rule is about a trial with these tags. `former`: the trial's obsolete numbers."""
    return is_about(rule, (trial, *former), tags)


def _described(session: Session, alerts: AlertConfig, channels: Iterable[str]) -> list[str]:
    """Return each channel with what it sends, or why nothing comes of it now."""
    specs = {it.name: it for it in alerts.channels}
    states = channel_states.every(session)
    muted = {it.channel for it in channel_states.muted(session) if not it.address}
    found = []
    for name in channels:
        if name in alerts.unusable:
            found.append(f"{name}, which cannot be used ({alerts.unusable[name]})")
        elif name in muted:
            found.append(f"{name}, which is muted")
        elif name in states and states[name].disabled_at is not None:
            found.append(f"{name}, which is disabled ({states[name].reason})")
        else:
            found.append(f"{name} ({specs[name].describe()})")
    return found
