"""The log of polls, the documents they have staged, and the documents they could not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Select, delete, func, or_, update
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.documents.documents import canonical, digest, pack, unpack
from storage.engine.bulk import batches, storable, table_of, upsert
from storage.errors import Contradiction, Damaged
from storage.tables.models import DocumentRow, QuarantineRow, RunRow, SnapshotRow, StagedDocumentRow
from storage.values.states import READ_SOMETHING, RunOutcome

__all__ = [
    "StagedRow",
    "active_quarantines",
    "cleared",
    "drop_unreferenced_documents",
    "failing",
    "finish",
    "get",
    "last",
    "last_judged",
    "lift_quarantine",
    "newest_data",
    "newest_read",
    "quarantine",
    "quarantined",
    "refusals",
    "refused_before",
    "registries",
    "settle",
    "stage",
    "staged",
    "staged_count",
    "staged_sample",
    "start",
    "unstage",
    "unstage_before",
    "with_quiet",
]

_JUDGED = (RunOutcome.COMPLETE, RunOutcome.PARTIAL, RunOutcome.HELD)


class StagedRow(NamedTuple):
    """A raw document that a run has read but not committed. The document itself is stored already."""

    trial: str
    raw_sha256: str
    light_hash: str
    url: str
    fetched_at: datetime
    #: What to write about the first document of a trial, as its caller encodes it. None: decide when it is committed.
    decision: bytes | None = None


def start(session: Session, registry: str, data_timestamp: str | None, now: datetime) -> int:
    """Begin a run. Return its number."""
    row = RunRow(registry_name=registry, data_timestamp=data_timestamp, started_at=now, outcome=RunOutcome.RUNNING)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def finish(
    session: Session,
    run: int,
    now: datetime,
    outcome: RunOutcome,
    *,
    checked: int = 0,
    new: int = 0,
    changed: int = 0,
    unchanged: int = 0,
    requests: int = 0,
    detail: dict[str, Any] | None = None,
) -> None:
    """End a run. Raise Contradiction if there is no such run."""
    row = get(session, run)
    if row is None:
        raise Contradiction(f"run {run}", "there is no such run")
    row.finished_at, row.outcome, row.requests = now, outcome, requests
    row.checked, row.new, row.changed, row.unchanged = checked, new, changed, unchanged
    row.detail = canonical(detail or {}).decode()
    session.flush()


def last(session: Session, registry: str | None = None) -> RunRow | None:
    """Return the run that began last, finished or not."""
    query = select(RunRow)
    if registry is not None:
        query = query.where(RunRow.registry_name == storable(registry))
    return session.exec(query.order_by(col(RunRow.id).desc()).limit(1)).first()


def with_quiet(session: Session) -> Iterator[RunRow]:
    """Yield the runs in which a document differed and nothing was reported about it, the latest first."""
    query = select(RunRow).where(col(RunRow.detail).contains('"quiet":[{', autoescape=True))
    yield from session.exec(query.order_by(col(RunRow.id).desc()).execution_options(yield_per=50))


def last_judged(session: Session, registry: str) -> RunRow | None:
    """Return the registry's last run that got as far as judging all answers.

    Runs without an answer in between are skipped.
    """
    query = select(RunRow).where(RunRow.registry_name == registry, col(RunRow.outcome).in_(_JUDGED))
    return session.exec(query.order_by(col(RunRow.id).desc()).limit(1)).first()


def failing(session: Session, registry: str) -> int:
    """Return how many latest runs of this registry failed in a row, including the current one; at most 10."""
    latest = select(RunRow.outcome).where(RunRow.registry_name == registry).order_by(col(RunRow.id).desc()).limit(10)
    count = 0
    for outcome in session.exec(latest):
        if outcome not in (RunOutcome.FAILED, RunOutcome.RUNNING):
            break
        count += 1
    return count


def newest_data(session: Session, registry: str, until: str) -> str | None:
    """Return the newest data timestamp of any finished run of this registry, ignoring those later than `until`.

    The limit is for a registry that once misdated its data: that run did not see newer data.
    """
    return _newest(session, registry, until, col(RunRow.outcome) != RunOutcome.RUNNING)


def newest_read(session: Session, registry: str, until: str) -> str | None:
    """Return the newest data timestamp of a run that could read something, ignoring those later than `until`."""
    return _newest(session, registry, until, col(RunRow.outcome).in_(READ_SOMETHING))


def _newest(session: Session, registry: str, until: str, ended: ColumnElement[bool]) -> str | None:
    query = select(func.max(col(RunRow.data_timestamp))).where(RunRow.registry_name == registry, ended)
    return session.exec(query.where(col(RunRow.data_timestamp) <= until)).one()


def registries(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """Return the registry of each of these runs."""
    found: dict[int, str] = {}
    for batch in batches(sorted(numbers)):
        rows = session.exec(select(RunRow.id, RunRow.registry_name).where(col(RunRow.id).in_(batch)))
        found |= {number: name for number, name in rows if number is not None}
    return found


def settle(session: Session, run: int) -> None:
    """Note that a held run was accepted: it holds nothing any more. Raise Contradiction if there is no such run."""
    row = get(session, run)
    if row is None:
        raise Contradiction(f"run {run}", "there is no such run")
    detail = {name: it for name, it in orjson.loads(row.detail or "{}").items() if name != "absent"}
    row.detail = canonical({**detail, "settled": True}).decode()
    session.flush()


def get(session: Session, run: int) -> RunRow | None:
    return session.get(RunRow, run)


def stage(session: Session, run: int, rows: Iterable[StagedRow]) -> None:
    """Stage documents for `run`. A document already staged for a trial is replaced."""
    for batch in batches(rows):
        values = [{"run": run, **row._asdict()} for row in batch]
        columns = ("raw_sha256", "light_hash", "url", "fetched_at", "decision")
        upsert(session, StagedDocumentRow, values, update=columns)


def staged(session: Session, run: int, after: str = "", limit: int = 100) -> list[StagedRow]:
    """Return the next `limit` staged rows of `run`, by trial, beginning after the trial `after`."""
    query = _staged_of(run).where(col(StagedDocumentRow.trial) > after).limit(limit)
    return list(map(StagedRow._make, session.connection().execute(query)))


def staged_sample(session: Session, run: int, size: int) -> list[StagedRow]:
    """Return about `size` staged rows of `run`, evenly spread. Memory does not grow with their number."""
    step = staged_count(session, run) // size + 1
    found = session.connection().execute(_staged_of(run).execution_options(yield_per=1_000))
    return list(map(StagedRow._make, islice(found, 0, None, step)))


def _staged_of(run: int) -> Select[Any]:
    staged = table_of(StagedDocumentRow).c
    columns = [staged[name] for name in StagedRow._fields]
    return sql_select(*columns).where(staged.run == run).order_by(staged.trial)


def staged_count(session: Session, run: int) -> int:
    return session.exec(select(func.count()).select_from(StagedDocumentRow).where(StagedDocumentRow.run == run)).one()


def unstage(session: Session, run: int, trials: Iterable[str] | None = None) -> None:
    """Delete what `run` has staged (of these trials). The documents stay until `drop_unreferenced_documents`."""
    mine = delete(StagedDocumentRow).where(col(StagedDocumentRow.run) == run)
    if trials is None:
        session.connection().execute(mine)
        return
    for batch in batches(sorted(trials)):
        session.connection().execute(mine.where(col(StagedDocumentRow.trial).in_(batch)))


def unstage_before(session: Session, then: datetime) -> int:
    """Delete what runs begun before `then` still have staged (held and never accepted). Return the number of rows."""
    old = select(RunRow.id).where(col(RunRow.started_at) < then)
    return session.connection().execute(delete(StagedDocumentRow).where(col(StagedDocumentRow.run).in_(old))).rowcount


def quarantine(
    session: Session,
    trial: str,
    raw: bytes,
    sha: str,
    normalizer: int,
    path: str,
    reason: str,
    url: str,
    now: datetime,
    *,
    kind: str = "",
) -> bool:
    """Store the bytes of a document that could not be read. Return True if this is new. `kind`: why, for programs.

    It is new unless these bytes of this trial are in quarantine already, put there by this normalizer or a newer one.
    """
    row = session.get(QuarantineRow, (trial, sha), populate_existing=True)
    new = row is None or row.cleared_at is not None or row.normalizer < normalizer
    first = now if row is None else row.first_seen_at
    session.merge(
        QuarantineRow(
            trial=trial,
            raw_sha256=sha,
            normalizer=normalizer,
            path=storable(path),
            reason=storable(reason),
            body=pack(raw),
            url=url,
            kind=kind,
            first_seen_at=first,
            last_seen_at=now,
            cleared_at=None,
        )
    )
    session.flush()
    return new


def quarantined(row: QuarantineRow) -> bytes:
    """Return the bytes of a quarantined document, checked against their digest. Raise Damaged."""
    where = ("quarantine", f"{row.trial} {row.raw_sha256}")
    data = unpack(row.body, where)
    if digest(data) != row.raw_sha256:
        raise Damaged(*where, "its bytes are not those that were stored")
    return data


def cleared(session: Session, trial: str, now: datetime) -> None:
    """Record that the trial could be read again. None of its documents are in quarantine any more."""
    lift = update(QuarantineRow).where(col(QuarantineRow.trial) == trial, col(QuarantineRow.cleared_at).is_(None))
    session.connection().execute(lift.values(cleared_at=now))


def lift_quarantine(session: Session, trials: Iterable[str], now: datetime) -> None:
    """Record that several trials could be read again."""
    for batch in batches(sorted(trials)):
        lift = update(QuarantineRow).where(col(QuarantineRow.trial).in_(batch), col(QuarantineRow.cleared_at).is_(None))
        session.connection().execute(lift.values(cleared_at=now))


def active_quarantines(session: Session, trial: str | None = None) -> list[QuarantineRow]:
    """Return what is in quarantine now (of `trial`), by trial and time, with the bytes."""
    query = select(QuarantineRow).where(col(QuarantineRow.cleared_at).is_(None))
    if trial is not None:
        query = query.where(QuarantineRow.trial == trial)
    return list(session.exec(query.order_by(col(QuarantineRow.trial), col(QuarantineRow.first_seen_at))))


def refusals(session: Session, trials: Iterable[str]) -> dict[str, str]:
    """Return why each of these trials is in quarantine, by its last refusal."""
    found: dict[str, str] = {}
    for batch in batches(map(storable, trials)):
        query = select(QuarantineRow.trial, QuarantineRow.kind).where(
            col(QuarantineRow.cleared_at).is_(None), col(QuarantineRow.trial).in_(batch)
        )
        found |= dict(session.exec(query.order_by(col(QuarantineRow.first_seen_at))).all())
    return found


def refused_before(session: Session, normalizer: int) -> set[str]:
    """Return the trials in quarantine that an older normalizer refused."""
    older = col(QuarantineRow.normalizer) < normalizer
    return set(session.exec(select(QuarantineRow.trial).where(col(QuarantineRow.cleared_at).is_(None), older)))


def drop_unreferenced_documents(session: Session) -> int:
    """Delete documents that no version, staged row or other document needs. Return how many."""
    built = aliased(DocumentRow)
    # Dictionaries are not considered: they are never deleted.
    in_use = or_(
        select(SnapshotRow.trial).where(col(SnapshotRow.raw_sha256) == col(DocumentRow.sha256)).exists(),
        select(StagedDocumentRow.trial).where(col(StagedDocumentRow.raw_sha256) == col(DocumentRow.sha256)).exists(),
        select(built.sha256).where(col(built.base) == col(DocumentRow.sha256)).exists(),
    )
    dropped = 0
    # A dropped document may have been the last one to need its base. At most one round per step of a chain.
    while count := session.connection().execute(delete(DocumentRow).where(~in_use)).rowcount:
        dropped += count
    return dropped
