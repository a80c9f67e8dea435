"""The days on which a version was seen current: runs of days, each a small row."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session, col, select

from storage.tables.models import SightingRow
from storage.values.timeline_order import DayRun, split_days

__all__ = ["part", "see"]


def see(session: Session, trial: str, version: int, day: str) -> None:
    """Note that a version was seen on `day`. Only adjacent days become one row, so no poll in between is invented."""
    rows = _rows(session, trial, version)
    if any(row.first_day <= day <= row.last_day for row in rows):
        return
    before, after = _beside(day)
    for row in rows:
        if row.last_day == before:
            row.last_day = day
            break
        if row.first_day == after:
            row.first_day = day
            break
    else:
        session.add(SightingRow(trial=trial, version=version, first_day=day, last_day=day))
        session.flush()
        _latest_last(session, rows, day)
    session.flush()


def part(session: Session, trial: str, version: int, day: str, later: int) -> None:
    """Give what was seen of `version` on `day` and after to the version `later`, by `split_days`."""
    moved: list[DayRun] = []
    for row in _rows(session, trial, version):
        before, after = split_days([(row.first_day, row.last_day)], day)
        moved += after
        if not before:
            session.delete(row)
        else:
            row.last_day = before[0][1]
    session.flush()
    for first, last in sorted(moved):
        session.add(SightingRow(trial=trial, version=later, first_day=first, last_day=last))
        session.flush()


def _rows(session: Session, trial: str, version: int) -> list[SightingRow]:
    query = (
        select(SightingRow)
        .where(SightingRow.trial == trial, SightingRow.version == version)
        .order_by(col(SightingRow.id))
    )
    return list(session.exec(query, execution_options={"populate_existing": True}))


def _latest_last(session: Session, rows: list[SightingRow], day: str) -> None:
    """Give the latest run the highest id, because the next poll extends that one."""
    latest = max(rows, key=lambda row: row.last_day, default=None)
    if latest is not None and latest.last_day > day:
        copy = SightingRow(
            trial=latest.trial, version=latest.version, first_day=latest.first_day, last_day=latest.last_day
        )
        session.delete(latest)
        session.flush()
        session.add(copy)


def _beside(day: str) -> tuple[str, str]:
    """Return the days before and after. Empty at the ends of the calendar."""
    found = date.fromisoformat(day)
    before = (found - timedelta(days=1)).isoformat() if found > date.min else ""
    after = (found + timedelta(days=1)).isoformat() if found < date.max else ""
    return before, after
