"""What is known about each trial beside its versions: the head to decide on, data timestamps, sightings, absences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, insert, literal, or_, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage.engine.bulk import RowValues, batches, insert_absent, storable, table_of
from storage.reads.in_session import SessionReader
from storage.reads.trials.heads import HEADS, OUTLOOKS
from storage.tables.models import SightingRow, SnapshotRow, TagRow, TrialRow, WatchRow
from storage.values.outlook import Outlook
from storage.values.trial_head import Head
from storage.watching.watches import tags_of

__all__ = [
    "Head",
    "Listed",
    "add",
    "current_documents",
    "due",
    "entitle",
    "found",
    "heads",
    "is_current",
    "listing",
    "missed",
    "outlooks",
    "refused",
    "rows",
    "seen",
    "set_gone",
    "set_light_hash",
    "set_next_checks",
    "state",
    "titles",
]


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list: the trial's row, its tags (sorted) and whether it is watched."""

    trial: TrialRow
    tags: tuple[str, ...]
    active: bool


def add(session: Session, trials: Iterable[str], registry: str) -> None:
    """Create missing rows of trials, unwatched. A version needs the row of its trial."""
    blank = TrialRow(trial="", registry_name=registry).model_dump()
    for batch in batches(trials):
        insert_absent(session, TrialRow, [{**blank, "trial": trial} for trial in batch])


def heads(session: Session, trials: Iterable[str]) -> dict[str, Head]:
    """Return the heads of those of `trials` that have a row. One query for every 500."""
    reader = SessionReader(session)
    found: dict[str, Head] = {}
    for batch in batches(trials):
        found |= {row.trial: row for row in reader.rows(HEADS, trials=batch)}
    return found


def is_current() -> ColumnElement[bool]:
    """Return the condition that joins a trial with its current version."""
    return and_(
        col(SnapshotRow.trial) == col(TrialRow.trial), col(SnapshotRow.version) == col(TrialRow.current_version)
    )


def seen(
    session: Session,
    trials: Iterable[str],
    *,
    data_timestamp: str,
    day: str,
    now: datetime,
) -> None:
    """Note a complete read of `trials` that found their current versions. Three statements for every 500.

    This sets the data timestamp, full read and last check, forgets misses, and extends the current version's last
    sighting to `day` (or starts one). Data timestamps and sightings never go back.
    """
    for batch in batches(sorted(trials)):
        _note_read(session, batch, data_timestamp, now)
        _extend_sightings(session, batch, day)
        _begin_sightings(session, batch, day)


def refused(session: Session, trial: str, *, data_timestamp: str, now: datetime) -> None:
    """Note a complete read of a trial whose record was refused. It says nothing about its versions: see `seen`."""
    values: RowValues = {
        "refused_data_timestamp": _not_back(col(TrialRow.refused_data_timestamp), data_timestamp),
        **_read_now(now),
    }
    session.connection().execute(update(TrialRow).where(col(TrialRow.trial) == storable(trial)).values(values))


def _note_read(session: Session, batch: list[str], timestamp: str, now: datetime) -> None:
    values: RowValues = {
        "data_timestamp": _not_back(col(TrialRow.data_timestamp), timestamp),
        "refused_data_timestamp": None,
        **_read_now(now),
    }
    session.connection().execute(update(TrialRow).where(col(TrialRow.trial).in_(batch)).values(values))


def _not_back(column: Any, timestamp: str) -> ColumnElement[str]:
    return case((or_(column.is_(None), column < timestamp), timestamp), else_=column)


def _read_now(now: datetime) -> RowValues:
    return {"full_read_at": now, "last_checked_at": now, "missing_data_timestamp": None, "missing_count": 0}


def _extend_sightings(session: Session, batch: list[str], day: str) -> None:
    last = (
        sql_select(func.max(col(SightingRow.id)))
        .join(
            TrialRow,
            and_(
                col(TrialRow.trial) == col(SightingRow.trial), col(TrialRow.current_version) == col(SightingRow.version)
            ),
        )
        .where(col(TrialRow.trial).in_(batch))
        .group_by(col(TrialRow.trial))
    )
    extend = (
        update(SightingRow).where(col(SightingRow.id).in_(last), col(SightingRow.last_day) < day).values(last_day=day)
    )
    session.connection().execute(extend)


def _begin_sightings(session: Session, batch: list[str], day: str) -> None:
    """Begin sightings of backfilled versions. They count as seen only once a poll finds them current."""
    trial, sighting = table_of(TrialRow).c, table_of(SightingRow).c
    sighted = sql_select(sighting.id).where(sighting.trial == trial.trial, sighting.version == trial.current_version)
    first = sql_select(trial.trial, trial.current_version, literal(day), literal(day)).where(
        trial.trial.in_(batch), trial.current_version.is_not(None), ~sighted.exists()
    )
    columns = ["trial", "version", "first_day", "last_day"]
    session.connection().execute(insert(SightingRow).from_select(columns, first))


def due(session: Session, now: datetime, horizon: datetime) -> list[str]:
    """Return watched trials whose next check is due, was never set, or is beyond `horizon` (a clock was set back)."""
    when = col(TrialRow.next_check_at)
    query = (
        select(TrialRow.trial)
        .join(WatchRow, col(WatchRow.trial) == col(TrialRow.trial))
        .where(col(WatchRow.active), or_(when.is_(None), when <= now, when > horizon))
    )
    return list(session.exec(query.order_by(col(TrialRow.trial))))


def set_next_checks(session: Session, checks: Mapping[str, tuple[datetime, str]]) -> None:
    """Set when to check each trial next, and why then. One statement for every 500 with the same plan."""
    by_plan: dict[tuple[datetime, str], list[str]] = {}
    for trial, plan in checks.items():
        by_plan.setdefault(plan, []).append(trial)
    for (at, reason), together in by_plan.items():
        values = {"next_check_at": at, "next_check_reason": reason}
        for batch in batches(sorted(together)):
            session.connection().execute(update(TrialRow).where(col(TrialRow.trial).in_(batch)).values(values))


def outlooks(session: Session, trials: Iterable[str]) -> list[Outlook]:
    """Return what the next check of each of these depends on. One query for every 500."""
    reader = SessionReader(session)
    return [row for batch in batches(trials) for row in reader.rows(OUTLOOKS, trials=batch)]


def listing(session: Session, trials: Iterable[str]) -> list[TrialRow]:
    """Return the rows of these trials, by id."""
    found: list[TrialRow] = []
    for batch in batches(sorted(trials)):
        found += session.exec(select(TrialRow).where(col(TrialRow.trial).in_(batch)).order_by(col(TrialRow.trial)))
    return found


def titles(session: Session, trials: Iterable[str]) -> dict[str, str]:
    """Return the brief titles of these trials, as last read."""
    found: dict[str, str] = {}
    for batch in batches(sorted(trials)):
        found |= dict(session.exec(select(TrialRow.trial, TrialRow.title).where(col(TrialRow.trial).in_(batch))).all())
    return found


def entitle(session: Session, titles: Mapping[str, str]) -> None:
    """Give trials that were never read the titles under which they were found."""
    table = table_of(TrialRow)
    change = update(table).where(table.c.trial == bindparam("of"), table.c.current_version.is_(None))
    if titles:
        pairs = [{"of": trial, "found": storable(title)} for trial, title in sorted(titles.items())]
        session.connection().execute(change.values(title=bindparam("found")), pairs)


def current_documents(session: Session) -> dict[str, str]:
    """Return the SHA-256 of the current raw document of all trials that have one. No row objects: may be 100,000."""
    trial, snapshot = table_of(TrialRow).c, table_of(SnapshotRow).c
    query = sql_select(trial.trial, snapshot.raw_sha256).join(SnapshotRow, is_current())
    return {row.trial: row.raw_sha256 for row in session.connection().execute(query)}


def state(session: Session) -> str:
    """Return a text that differs whenever any trial has another current version than before.

    Trials and versions are only ever added, so their numbers never come back to an earlier value.
    """
    trial = table_of(TrialRow).c
    query = sql_select(func.count(), func.sum(trial.current_version), func.sum(trial.versions))
    row = session.connection().execute(query.where(trial.current_version.is_not(None))).one()
    return "-".join(str(value or 0) for value in row)


def set_light_hash(session: Session, hashes: Mapping[str, str]) -> None:
    """Store the light hash of the raw document last seen of each trial."""
    if hashes:
        table = table_of(TrialRow)
        change = update(table).where(table.c.trial == bindparam("of")).values(light_hash=bindparam("light"))
        pairs = [{"of": trial, "light": light} for trial, light in sorted(hashes.items())]
        session.connection().execute(change, pairs)


def missed(session: Session, trial: str, data_timestamp: str, now: datetime) -> int:
    """Note a direct 404, and return on how many *different* data timestamps there was one since the last full read.

    Return 0 for a trial without a row. A second 404 on the same data timestamp, or on an older one, does not count.
    """
    row = session.get(TrialRow, trial, populate_existing=True)
    if row is None:
        return 0
    row.last_checked_at = now
    if row.missing_data_timestamp is None or data_timestamp > row.missing_data_timestamp:
        row.missing_data_timestamp = data_timestamp
        row.missing_count += 1
    session.flush()
    return row.missing_count


def found(session: Session, trials: Iterable[str]) -> None:
    """Note that the registry knows these, although none was read in full. Earlier 404s no longer count."""
    for batch in batches(sorted(trials)):
        change = (
            update(TrialRow).where(col(TrialRow.trial).in_(batch)).values(missing_data_timestamp=None, missing_count=0)
        )
        session.connection().execute(change)


def set_gone(session: Session, trial: str, since: datetime | None) -> None:
    """Note since when a trial is gone from its registry, or (None) that it is there."""
    change = update(TrialRow).where(col(TrialRow.trial) == trial).values(gone_since=since)
    session.connection().execute(change)


def rows(
    session: Session, tag: str | None = None, watched_only: bool = True, only: Iterable[str] | None = None
) -> list[Listed]:
    """Return what `list` shows, by id: of `only` these trials (None: all), with `tag`, watched or not."""
    query = select(TrialRow, WatchRow.active).outerjoin(WatchRow, col(WatchRow.trial) == col(TrialRow.trial))
    if watched_only:
        query = query.where(col(WatchRow.active))
    if tag is not None:
        query = query.where(col(TrialRow.trial).in_(select(TagRow.trial).where(TagRow.tag == storable(tag))))
    asked = [query]
    if only is not None:
        asked = [query.where(col(TrialRow.trial).in_(some)) for some in batches({storable(it) for it in only})]
    found = sorted((row for each in asked for row in session.exec(each)), key=lambda row: row[0].trial)
    tags = tags_of(session, [trial.trial for trial, _ in found])
    return [Listed(trial, tuple(tags[trial.trial]), bool(active)) for trial, active in found]
