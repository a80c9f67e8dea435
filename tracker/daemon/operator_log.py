"""What the daemon logs about its state: what it watches, who is alerted, and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.outbox import channel_states
from storage.polling import hosts
from storage.reads.health.messages import counts
from storage.reads.in_session import SessionReader
from storage.reads.trials.planned_checks import first_check
from storage.values.states import MessageState
from storage.versions import trials
from storage.watching import watches
from tracker.alerts.config import AlertConfig
from tracker.context.context import Context
from tracker.daemon.log import Log
from tracker.polling.planning.schedule import HORIZON
from tracker.polling.run.report import PollReport
from tracker.polling.run.run_kinds import Quiet
from tracker.recording.instants import instant_out

__all__ = ["Obstacles", "alert_targets", "outlook", "tell_of_poll"]

MOST_NAMED = 20
"""How many failures of one poll get a line each."""


def outlook(context: Context) -> dict[str, Any]:
    """Return how much is watched, when the next check is, what is waiting for delivery, and who is alerted."""
    now = context.clock.now()
    with context.database.read() as session:
        reader = SessionReader(session)
        watched, first = len(watches.watched(session)), first_check(reader)
        due = bool(trials.due(session, now, now + HORIZON))
        waiting = sum(number for (_, state), number in counts(reader).items() if state == MessageState.PENDING)
    return {
        "watched": watched,
        "next_check": _next(watched, first, due),
        "waiting_messages": waiting,
        "tells": alert_targets(context.alerts),
    }


def _next(watched: int, first: datetime | None, due: bool) -> str:
    if not watched:
        return "none: nothing is watched, see: trialwatch watch --help"
    return "now" if due or first is None else str(instant_out(first))


def alert_targets(alerts: AlertConfig) -> list[str] | str:
    """Return the channels that rules or the owner setting name, or a sentence if there are none."""
    if not alerts.names:
        return "none: no channel is configured"
    sent = {name for rule in alerts.rules for name in rule.send} | ({alerts.owner} - {""})
    if not sent:
        return "none: no rule names a channel"
    why = {name: f" (cannot be used: {reason})" for name, reason in alerts.unusable.items()}
    return [f"{name}{why.get(name, '')}" for name in sorted(sent)]


def tell_of_poll(log: Log, report: PollReport) -> None:
    """Log a line for the poll, and one for each problem that an operator should know."""
    counts = {name: getattr(report, name) for name in ("checked", "new", "changed", "unchanged", "requests")}
    troubles = {"failed": len(report.failed), "quarantined": len(report.quarantined)}
    log.say("poll", run=report.run, outcome=report.outcome, data_timestamp=report.data_timestamp, **counts, **troubles)
    for held in report.held:
        log.warn("run held", run=report.run, reason=held.reason, next=f"trialwatch poll --accept {report.run}")
    by_reason: dict[str, list[str]] = {}
    for failed in report.failed:
        by_reason.setdefault(failed.reason, []).append(failed.trial)
    for reason, names in list(by_reason.items())[:MOST_NAMED]:
        log.warn("not read", trials=names[:MOST_NAMED], number=len(names), reason=reason)
    for item in [it for it in report.quarantined if it.new][:MOST_NAMED]:
        log.warn("quarantined", trial=item.trial, reason=item.reason)
    quiet: dict[Quiet, list[str]] = {}
    for silent in report.quiet:
        quiet.setdefault(silent.reason, []).append(silent.trial)
    for why, names in quiet.items():
        log.say("nothing told", trials=names[:MOST_NAMED], number=len(names), reason=why.sentence)
    for fault in report.faults[:MOST_NAMED]:
        log.warn("reading fault", run=report.run, trial=fault.trial, trace=fault.trace)


@dataclass(slots=True)
class Obstacles:
    """Paused hosts and disabled channels. Logs a line when one begins, and one when it ends."""

    context: Context
    log: Log
    _current: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def tell(self) -> None:
        found = self._found()
        for (kind, name), facts in found.items():
            if (kind, name) not in self._current:
                self.log.warn(f"{kind} {'paused' if kind == 'host' else 'closed'}", name=name, **facts)
        for kind, name in self._current.keys() - found.keys():
            self.log.say(f"{kind} open again", name=name)
        self._current = found

    def names(self) -> list[str]:
        return [f"{kind} {name}" for kind, name in sorted(self._current)]

    def _found(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        now = self.context.clock.now()
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        with self.context.database.read() as session:
            for host in hosts.every(session):
                if until := hosts.pause_of(host, now):
                    facts = {"until": instant_out(until), "failures": host.failures, "error": host.last_error}
                    found["host", host.host] = facts
            for name, row in channel_states.every(session).items():
                if row.disabled_at is not None:
                    facts = {"reason": row.reason, "next": f"fix it, then: trialwatch alerts test {name}"}
                    found["channel", name] = facts
        return found
