"""Find messages that were planned by a clock that was ahead, and plan them again.

Each message has a longest possible delay: the end of the digest window, the end of quiet hours, the pause of its
schedule, or a pause that the receiver asked for. A message planned for later than that waits without reason. The key of
a digest contains the end of its window, so the key stays and only the time of sending moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from schedules.backoff import longest_pause
from schedules.horizon import SKEW
from schedules.windows import window_end
from storage.outbox import channel_states as health
from storage.outbox import planned_ahead
from storage.outbox.clock_repair import is_ahead, put_right_channels
from storage.outbox.planned_ahead import PlannedMessage
from tracker.alerts.message import DIGEST
from tracker.alerts.rules.rules import AlertRule, released_at
from tracker.context.context import Context

__all__ = ["LONGEST_PAUSE", "latest_honest", "replan"]

LONGEST_PAUSE = timedelta(days=1)
"""The longest pause of a channel, even if its receiver asks for a longer one."""


def replan(context: Context, retries: Sequence[timedelta], lease: timedelta) -> int:
    """Plan again all messages beyond their longest delay. Return their number."""
    now = context.clock.now()
    rules = {rule.name: rule for rule in context.alerts.rules}
    with context.database.read() as session:
        waiting = planned_ahead.waiting_after(session, now)
        rows = health.every(session).values()
        held_long = planned_ahead.is_leased_after(session, now + lease + SKEW)
    ahead = any(is_ahead(row, now, LONGEST_PAUSE) for row in rows)
    pauses = {row.name: row.not_before for row in rows if row.not_before and not is_ahead(row, now, LONGEST_PAUSE)}
    # A pause of the channel may be void itself. What waits for it is then planned again, too.
    latest = {it.key: latest_honest(it, rules, retries, now, pauses.get(it.channel)) for it in waiting}
    late = [it for it in waiting if it.next_attempt_at > latest[it.key] + SKEW]
    if not (late or ahead or held_long):
        return 0
    with context.database.write() as session:
        put_right_channels(session, now, LONGEST_PAUSE)
        planned_ahead.shorten_leases(session, now + lease + SKEW)
        for it in late:
            planned_ahead.plan_again(session, it.key, it.next_attempt_at, now if it.attempts else latest[it.key])
    return len(late)


def latest_honest(
    message: PlannedMessage,
    rules: Mapping[str, AlertRule],
    retries: Sequence[timedelta],
    now: datetime,
    paused: datetime | None,
) -> datetime:
    """Return the latest instant for which the next attempt at a message can have been planned by now."""
    at = now
    if message.attempts:
        at = max(now + longest_pause(message.attempts, retries), paused or now)
    elif message.kind == DIGEST:
        asking = [rules[name] for name in message.rules if name in rules]
        ends = [window_end(rule.digest, rule.timezone, now) for rule in asking if rule.digest is not None]
        at = max(ends, default=now)
    return released_at(rules, message.rules, message.severity, at)
