"""What may be committed, as frozen values. Decisions are made elsewhere, and use these types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.values.severity import Severity
from storage.values.states import ResultsState, VersionSource

__all__ = ["THIS_VERSION", "Committed", "NewEvent", "NewField", "NewStep", "NewVersion"]

THIS_VERSION = -1
"""Stands in `NewEvent.to_version` for the number that this step is about to get."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to store. Its document is already kept."""

    trial: str
    raw_sha256: str
    content_hash: str
    light_hash: str
    #: `effective` and `submit_date` are ISO days, "" for no submission date.
    effective: str
    effective_basis: str
    submit_date: str
    registry_version: int | None
    observed_at: datetime
    source: VersionSource
    run: int | None
    normalizer: int
    title: str
    status: str
    enrollment_count: int | None
    enrollment_type: str
    results: ResultsState | None
    #: None if no poll saw it current (backfill).
    seen_day: str | None = None


@dataclass(frozen=True, slots=True)
class NewField:
    """One changed field. `before` and `after` are JSON values, None for absent."""

    field: str
    label: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store. The contents are hashes ("" for none). `trial` is "" for an event about the watch itself."""

    trial: str
    kind: str
    severity: Severity
    summary: str
    subject: str
    effective: str
    backfilled: bool
    from_content: str
    to_content: str
    from_version: int | None
    to_version: int | None
    observed_at: datetime
    run: int | None
    fields: tuple[NewField, ...] = ()


@dataclass(frozen=True, slots=True)
class NewStep:
    """The result of one decision. `expected_head` is the current version it was based on, None for no version yet."""

    version: NewVersion | None
    events: tuple[NewEvent, ...]
    expected_head: int | None

    @property
    def trial(self) -> str:
        """The trial of this step. Raise ValueError for a step without version and events."""
        if self.version is not None:
            return self.version.trial
        if not self.events:
            raise ValueError("a step needs a version or an event")
        return self.events[0].trial


@dataclass(frozen=True, slots=True)
class Committed:
    """What happened to a step."""

    trial: str
    #: Its head was no longer the expected one, so nothing was written.
    moved: bool = False
    version: int | None = None
    current: bool = False
    #: `seqs` and `ids` are those of its events, in order.
    seqs: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
