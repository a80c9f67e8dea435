"""The next check of a trial and its reason: the policy of `schedules.cadence`, applied to a row. Pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from schedules.cadence import NOT_READ, NextCheck, Summary, next_check
from storage.values.outlook import Outlook
from tracker.records.dates import earliest
from tracker.registries.listed import calendar_of

__all__ = ["CheckedTrial", "next_check_of", "planned_check"]


def next_check_of(trial: Outlook, now: datetime, *, data_day: date | None, troubled: bool = False) -> NextCheck:
    """Return the next check of one trial after a check at `now`, with its reason."""
    return _next_check(trial[1:], now, data_day, troubled)


@lru_cache(maxsize=4096)
def _next_check(others: tuple[Any, ...], now: datetime, data_day: date | None, troubled: bool) -> NextCheck:
    # `others`: the values of an outlook but its trial. Thousands of trials that one poll has read have the same.
    outlook = Outlook("", *others)
    summary = Summary(
        calendar=calendar_of(outlook.registry_name),
        status=outlook.status,
        results=outlook.results,
        changed_on=earliest(outlook.effective),
        troubled=troubled,
        unknown=outlook.unknown,
    )
    return next_check(summary, now, data_day)


class CheckedTrial(Protocol):
    """What the planned check of a trial is derived from: a row of the store, or what a list reads of it."""

    @property
    def trial(self) -> str: ...
    @property
    def registry_name(self) -> str: ...
    @property
    def current_version(self) -> int | None: ...
    @property
    def data_timestamp(self) -> str | None: ...
    @property
    def refused_data_timestamp(self) -> str | None: ...
    @property
    def missing_data_timestamp(self) -> str | None: ...
    @property
    def missing_count(self) -> int: ...
    @property
    def last_checked_at(self) -> datetime | None: ...
    @property
    def next_check_at(self) -> datetime | None: ...
    @property
    def status(self) -> str: ...
    @property
    def results(self) -> str | None: ...


def planned_check(row: CheckedTrial, effective: str, now: datetime) -> NextCheck | None:
    """Return the planned check and its reason. None before the first check.

    The reason is derived from the row. If the row does not explain the time, the last check was in vain.
    """
    if row.next_check_at is None:
        return None
    read = max(row.data_timestamp or "", row.refused_data_timestamp or "")
    unknown = row.missing_count if not read and row.current_version is None else 0
    outlook = Outlook("", row.registry_name, row.status, row.results, effective, unknown)
    data = read or row.missing_data_timestamp or ""
    return _explained(row.next_check_at, outlook, row.last_checked_at or now, data[:10])


@lru_cache(maxsize=4096)
def _explained(at: datetime, outlook: Outlook, seen: datetime, data_day: str) -> NextCheck:
    likely = next_check_of(outlook, seen, data_day=date.fromisoformat(data_day) if data_day else None)
    return likely if likely.at == at else NextCheck(at, NOT_READ)
