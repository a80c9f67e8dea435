"""One version of a trial: the current one, an older one, or the one of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import Version
from tracker.api.trials import Shown
from tracker.backfill.choose_version import Basis, When, current, numbered, of_moment
from tracker.backfill.stored_records import raw_of, record_of
from tracker.recording.instants import instant_out
from tracker.records.json_objects import RawRecord
from tracker.records.trial import TrialRecord
from tracker.services.known_trials import known_trial
from tracker.services.labels.shown_notes import notes_of
from tracker.services.watching.linked_trials import linked_of

__all__ = ["ShownVersion", "Span", "VersionChoice", "pick_version", "show", "show_raw"]


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """Which version of a trial: by its number, or by a day or an instant. Without both, the current one."""

    number: int | None = None
    when: When | None = None
    #: What a day means: what the record said then, or what was known here.
    basis: Basis = "registry"


Span = tuple[VersionChoice, VersionChoice]
"""The older and the newer version to compare."""


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version. `document` is as `tracker.api.trials.Shown`."""

    record: TrialRecord
    document: dict[str, Any]

    @property
    def shape(self) -> Shown:
        """The document as the shape that it has."""
        return msgspec.convert(self.document, Shown)


def show(reader: RowReader, wanted: str, choice: VersionChoice) -> ShownVersion:
    """Return one version of a trial. Raise UnknownTrial if there is none, UnreadableVersion if it cannot be read."""
    trial = known_trial(reader, wanted, pages=True)
    found = pick_version(reader, trial, choice)
    record = record_of(reader, found)
    document = {
        "trial": trial,
        "version": found.version,
        "effective": found.effective,
        "observed_at": instant_out(found.observed_at),
        "source": found.source,
        "url": record.url,
        "linked": linked_of(reader, record),
        "notes": msgspec.to_builtins(notes_of(reader, trial)),
        "record": record.document(),
    }
    return ShownVersion(record, document)


def show_raw(reader: RowReader, wanted: str, choice: VersionChoice) -> RawRecord:
    """Return the registry's own document of one version, as stored. Raise UnknownTrial if there is none."""
    return raw_of(reader, pick_version(reader, known_trial(reader, wanted, pages=True), choice))


def pick_version(reader: RowReader, trial: str, choice: VersionChoice) -> Version:
    """Return the version of a known trial that is meant. Raise UnknownTrial if there is none."""
    if choice.when is not None:
        return of_moment(reader, trial, choice.when, choice.basis)
    return current(reader, trial) if choice.number is None else numbered(reader, trial, choice.number)
