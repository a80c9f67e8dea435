"""From a reading and its events to the values to store: frozen values in, frozen values out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from storage.values.states import VersionSource
from storage.values.write_models import THIS_VERSION, NewEvent, NewField, NewVersion
from tracker.changes.effective_date import Dated
from tracker.changes.event import Event
from tracker.records.one_line import one_line
from tracker.registries.registry import Reading

__all__ = ["event_row", "event_rows", "version_row"]


def version_row(
    reading: Reading,
    dated: Dated,
    *,
    raw_sha256: str,
    light_hash: str,
    observed_at: datetime,
    source: VersionSource,
    run: int | None,
    normalizer: int,
    seen_day: str | None,
    registry_version: int | None = None,
) -> NewVersion:
    """Return a reading as the version to store."""
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
        enrollment_type=record.enrollment.type or "",
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
    """Return an event as the row to store. `to_version`: THIS_VERSION for the version committed with it, None for no
    version.
    """
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
    """Return the rows of the events of one step. `shared` as for `event_row`."""
    return tuple(event_row(event, **shared) for event in events)
