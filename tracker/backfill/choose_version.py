"""Which version is meant: by its number, or by a day and whose knowledge of that day is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.versions import history
from tracker.errors import UnknownTrial

__all__ = ["BASES", "Basis", "When", "current", "numbered", "of_moment"]

Basis = Literal["registry", "known"]
BASES: tuple[Basis, ...] = ("registry", "known")


class When(NamedTuple):
    """A day, and the instant on it where one was named; without one, what was known is asked of the day's end, UTC.

    An instant of whole seconds means all of that second, since that is how instants are printed.
    """

    day: str
    instant: datetime | None = None


def current(session: Session, trial: str) -> SnapshotRow:
    """The version last in the timeline, as that tells it; where there is none, the newest page. Raises UnknownTrial."""
    versions = history.timeline(session, trial) or history.pages(session, trial)
    return _found(trial, versions[-1] if versions else None, "no version yet")


def numbered(session: Session, trial: str, number: int) -> SnapshotRow:
    """The version of that number, page or not. Raises UnknownTrial when there is none."""
    versions = [*history.timeline(session, trial), *history.pages(session, trial)]
    found = next((version for version in versions if version.version == number), None)
    return _found(trial, found, f"no version {number}")


def of_moment(session: Session, trial: str, when: When, basis: Basis = "registry") -> SnapshotRow:
    """What the record said then (`registry`), or what we held of it (`known`). Raises UnknownTrial for neither."""
    known_at = when.instant
    if known_at is not None and known_at.microsecond == 0:
        known_at = known_at.replace(microsecond=999_999)
    found = history.as_of(session, trial, when.day, basis, known_at)
    if basis == "known":
        moment = when.day if when.instant is None else f"{when.instant:%Y-%m-%dT%H:%M:%SZ}"
        return _found(trial, found, f"no version that we held by {moment}")
    return _found(trial, found, f"no version of {when.day} or before")


def _found(trial: str, version: SnapshotRow | None, what: str) -> SnapshotRow:
    if version is None:
        raise UnknownTrial(f"{trial} has {what}. See which there are: trialwatch history {trial}", subject=trial)
    return version
