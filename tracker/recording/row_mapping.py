"""Map stored rows to frozen values and to the JSON of the outside contract. `new_rows` maps the other way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from tracker.api.changes import Change, ChangeObject
from tracker.api.trials import FieldDifference
from tracker.recording.instants import instant_out

__all__ = ["StoredEvent", "StoredField", "change_object", "change_out"]


class StoredEvent(Protocol):
    """An event as it is stored: a row, or what a list reads of it."""

    @property
    def seq(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def trial(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def effective(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def from_version(self) -> int | None: ...
    @property
    def to_version(self) -> int | None: ...
    @property
    def backfilled(self) -> bool: ...


class StoredField(Protocol):
    """A field of an event as it is stored, before and after as JSON text."""

    @property
    def field(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


def change_out(row: StoredEvent, fields: Sequence[StoredField]) -> Change:
    """Return one change in the shape of the outside contract."""
    import orjson  # noqa: PLC0415  (a question that finds no change starts without it, and without json)

    return Change(
        seq=row.seq,
        id=row.id,
        trial=row.trial,
        kind=row.kind,
        severity=row.severity,
        summary=row.summary,
        effective=row.effective,
        observed_at=instant_out(row.observed_at),
        from_version=row.from_version,
        to_version=row.to_version,
        backfilled=row.backfilled,
        fields=[
            FieldDifference(
                field=it.field, label=it.label, before=orjson.loads(it.before), after=orjson.loads(it.after)
            )
            for it in fields
        ],
    )


def change_object(row: StoredEvent, fields: Sequence[StoredField]) -> ChangeObject:
    """Return one change as a JSON object of the outside contract."""
    found: ChangeObject = msgspec.to_builtins(change_out(row, fields))
    return found
