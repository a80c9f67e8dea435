"""What may be committed, as frozen values: a decision made elsewhere, in storage's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["THIS_VERSION", "Committed", "NewEvent", "NewField", "NewStep", "NewVersion"]

THIS_VERSION = -1
"""Stands in `NewEvent.to_version` for the number this step is about to be given."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to store; its document is kept already. `seen_day` None: nobody saw it current (backfill).

    `effective` and `submit_date` are ISO days ("" for no submit date); `results` is the state's word or None.
    """

    trial: str
    raw_sha256: str
    content_hash: str
    light_hash: str
    effective: str
    effective_basis: str
    submit_date: str
    registry_version: int | None
    observed_at: datetime
    source: str
    run: int | None
    normalizer: int
    title: str
    status: str
    enrollment_count: int | None
    enrollment_type: str
    results: str | None
    seen_day: str | None = None


@dataclass(frozen=True, slots=True)
class NewField:
    """One changed field; `before` and `after` are JSON values, None for absent."""

    field: str
    label: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store. The contents are hashes ("" for none); `trial` is "" for an event about us."""

    trial: str
    kind: str
    severity: str
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
    """What one decision came to. `expected_head` is the current version it was decided on, None for no version yet."""

    version: NewVersion | None
    events: tuple[NewEvent, ...]
    expected_head: int | None

    @property
    def trial(self) -> str:
        """The trial it is about. A step with neither version nor events is about nothing: ValueError."""
        if self.version is not None:
            return self.version.trial
        if not self.events:
            raise ValueError("a step needs a version or an event")
        return self.events[0].trial


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of a step. `moved`: its head was no longer the expected one, and nothing of it was written.

    `seqs` and `ids` are those of its events, in their order.
    """

    trial: str
    moved: bool = False
    version: int | None = None
    current: bool = False
    seqs: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
