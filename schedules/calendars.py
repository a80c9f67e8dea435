"""When a registry publishes. Pure: functions take an instant and read no clock.

A registry has its own calendar or none. Holidays are not modelled, because a check on a holiday costs a single request.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

__all__ = ["Calendar"]

_WORKING_DAYS = (0, 1, 2, 3, 4)


class Calendar(NamedTuple):
    """A registry that publishes at `at`, local time in `zone`, on `weekdays` (Monday is 0).

    `settled` is the time after publication from which its answers can be relied on.
    """

    zone: str
    at: time
    weekdays: tuple[int, ...] = _WORKING_DAYS
    settled: timedelta = timedelta(hours=1)

    def next_publication(self, after: datetime) -> datetime:
        """Return the first instant strictly after `after` at which a new data set should be out (aware, UTC).

        It is computed on the local calendar, so it follows daylight saving time there.
        """
        zone = self._zone()
        local = after.astimezone(zone)
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            if day.weekday() not in self.weekdays:
                continue
            out = datetime.combine(day, self.at, zone).astimezone(UTC) + self.settled
            if out > after:
                return out
        raise ValueError(f"a calendar without weekdays never publishes: {self}")

    def last_day(self, now: datetime) -> date:
        """Return the local day of the data set that should be out by `now`."""
        zone = self._zone()
        local = now.astimezone(zone)
        for back in range(9):
            day = local.date() - timedelta(days=back)
            if day.weekday() not in self.weekdays:
                continue
            if datetime.combine(day, self.at, zone).astimezone(UTC) + self.settled <= now:
                return day
        raise ValueError(f"a calendar without weekdays never publishes: {self}")

    def _zone(self) -> tzinfo:
        from zoneinfo import ZoneInfo  # noqa: PLC0415  (every command makes a calendar, and few ask it)

        return ZoneInfo(self.zone)
