"""Find the version that is meant: by its number, or by a day and whose knowledge of that day counts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import Version, as_of, of_trial
from tracker.errors import UnknownTrial

__all__ = ["BASES", "Basis", "When", "current", "numbered", "of_moment"]

Basis = Literal["registry", "known"]
BASES: tuple[Basis, ...] = ("registry", "known")


class When(NamedTuple):
    """A day, with an instant if one was named. Without an instant, the end of the day (UTC) counts.

    An instant in whole seconds covers all of that second, because instants are printed that way.
    """

    day: str
    instant: datetime | None = None


def current(reader: RowReader, trial: str) -> Version:
    """Return the last version of the timeline, or the newest page if there is no timeline. Raise UnknownTrial."""
    stored = of_trial(reader, trial)
    versions = stored.timeline or stored.pages
    return _found(trial, versions[-1] if versions else None, "no version yet")


def numbered(reader: RowReader, trial: str, number: int) -> Version:
    """Return the version with that number, page or not. Raise UnknownTrial if there is none."""
    stored = of_trial(reader, trial)
    found = next((version for version in (*stored.timeline, *stored.pages) if version.version == number), None)
    return _found(trial, found, f"no version {number}")


def of_moment(reader: RowReader, trial: str, when: When, basis: Basis = "registry") -> Version:
    """Return what the record said then (`registry`) or what we held then (`known`). Raise UnknownTrial if nothing."""
    known_at = when.instant
    if known_at is not None and known_at.microsecond == 0:
        known_at = known_at.replace(microsecond=999_999)
    found = as_of(reader, trial, when.day, basis, known_at)
    if basis == "known":
        moment = when.day if when.instant is None else f"{when.instant:%Y-%m-%dT%H:%M:%SZ}"
        return _found(trial, found, f"no version that we held by {moment}")
    return _found(trial, found, f"no version of {when.day} or before")


def _found(trial: str, version: Version | None, what: str) -> Version:
    if version is None:
        raise UnknownTrial(f"{trial} has {what}. See which there are: trialwatch history {trial}", subject=trial)
    return version
