"""What a clock that was set back leaves behind: plans for instants that are far away now, and leases nobody ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage import channels, hosts, outbox
from tracker.delivery.round import LEASE
from tracker.house import House

__all__ = ["StaleLeases", "void_plans"]

FURTHEST = timedelta(days=9)
"""No digest and no quiet hours keep a message for longer."""


def void_plans(house: House, now: datetime, by: timedelta = timedelta(0)) -> int:
    """Make plans of a clock that has since been set back (`by` so much, where that is known) void.

    Messages it kept waiting go at once, failing channels are tried again, and pauses of hosts end as many seconds from
    now as they would have. Returns the number of messages.
    """
    with house.database.write() as session:
        hosts.set_back(session, now, by)
        channels.void_rests(session, now)
        return outbox.void_plans(session, now, FURTHEST)


@dataclass(slots=True)
class StaleLeases:
    """Frees messages whose lease ends later than any can, once it has stood for the length of a lease by the stopwatch.

    A clock that has since been set back gave it. Its owner may be sending still, but for no longer than that.
    """

    house: House
    _seen: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def free(self) -> int:
        """Returns how many were freed now."""
        clock, database = self.house.clock, self.house.database
        now, stopwatch = clock.now(), clock.stopwatch()
        with database.read() as session:
            found = outbox.leased_beyond(session, now + LEASE)
        old = self._seen
        self._seen = {
            key: old[key] if key in old and old[key][0] == until else (until, stopwatch) for key, until in found.items()
        }
        over = {key: until for key, (until, since) in self._seen.items() if stopwatch - since > LEASE.total_seconds()}
        if over:
            with database.write() as session:
                outbox.break_leases(session, over)
        return len(over)
