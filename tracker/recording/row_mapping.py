"""One page: our frozen values <-> storage's rows. Only those who commit or show call it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, overload

import orjson

from storage.engine.bulk import storable
from storage.tables.models import EventRow
from storage.tables.models import FieldChangeRow as FieldRow
from storage.versions.snapshots import THIS_VERSION, NewEvent, NewField, NewVersion
from tracker.changes.effective_date import Dated
from tracker.changes.event import ChangedField, Event
from tracker.records.text import one_line
from tracker.registries.registry import Reading

__all__ = ["change_out", "event_from", "event_row", "event_rows", "instant_out", "version_row"]


def version_row(
    reading: Reading,
    dated: Dated,
    *,
    raw_sha256: str,
    light_hash: str,
    observed_at: datetime,
    source: str,
    run: int | None,
    normalizer: int,
    seen_day: str | None,
    registry_version: int | None = None,
) -> NewVersion:
    """A reading as the version to store."""
    record = reading.record
    return NewVersion(
        trial=record.trial,
        raw_sha256=raw_sha256,
        content_hash=reading.content_hash,
        light_hash=light_hash,
        effective=dated.effective,
        effective_basis=dated.basis,
        submit_date=reading.submitted,
        registry_version=registry_version,
        observed_at=observed_at,
        source=source,
        run=run,
        normalizer=normalizer,
        title=one_line(record.title.brief or ""),
        status=record.status,
        enrollment_count=record.enrollment.count,
        enrollment_type=storable(record.enrollment.type or ""),
        results=None if record.absent else record.results.state,
        seen_day=seen_day,
    )


def event_row(
    event: Event,
    *,
    trial: str,
    effective: str,
    observed_at: datetime,
    run: int | None,
    from_content: str = "",
    to_content: str = "",
    from_version: int | None = None,
    to_version: int | None = THIS_VERSION,
    backfilled: bool = False,
) -> NewEvent:
    """An event as the row to store. `to_version`: THIS_VERSION for the version committed with it, None for none."""
    return NewEvent(
        trial=trial,
        kind=event.kind,
        severity=event.severity,
        summary=event.summary,
        subject=event.subject,
        effective=effective,
        backfilled=backfilled,
        from_content=from_content,
        to_content=to_content,
        from_version=from_version,
        to_version=to_version,
        observed_at=observed_at,
        run=run,
        fields=tuple(NewField(item.field, item.label, item.before, item.after) for item in event.fields),
    )


def event_rows(events: Iterable[Event], **shared: Any) -> tuple[NewEvent, ...]:
    """The rows of events of one step; `shared` as for `event_row`."""
    return tuple(event_row(event, **shared) for event in events)


def event_from(row: EventRow, fields: Sequence[FieldRow]) -> Event:
    """The event a row and its fields stand for: the inverse of `event_row` for what an event itself says."""
    return Event(
        row.kind,
        row.severity,
        row.summary,
        tuple(ChangedField(it.field, it.label, orjson.loads(it.before), orjson.loads(it.after)) for it in fields),
        row.subject,
    )


@overload
def instant_out(instant: datetime) -> str: ...
@overload
def instant_out(instant: datetime | None) -> str | None: ...
def instant_out(instant: datetime | None) -> str | None:
    """An instant as the outside sees it: UTC, whole seconds, ``Z``."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def change_out(row: EventRow, fields: Sequence[FieldRow]) -> dict[str, Any]:
    """One change in the shape of the outside contract."""
    event = event_from(row, fields)
    return {
        "seq": row.seq,
        "id": row.id,
        "trial": row.trial,
        "kind": row.kind,
        "severity": row.severity,
        "summary": row.summary,
        "effective": row.effective,
        "observed_at": instant_out(row.observed_at),
        "from_version": row.from_version,
        "to_version": row.to_version,
        "backfilled": row.backfilled,
        "fields": [
            {"field": it.field, "label": it.label, "before": it.before, "after": it.after} for it in event.fields
        ],
    }
