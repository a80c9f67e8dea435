"""The differences between two versions of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import Version, of_trial
from tracker.api.trials import Diff, FieldDifference
from tracker.backfill.files.item_names import names_in
from tracker.backfill.stored_records import record_of, reported_of
from tracker.changes.diff import compare
from tracker.changes.explain import SUMMARY
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import field_of
from tracker.changes.reported.compare import compare_reported, wants_reported
from tracker.errors import RecordError, UnknownTrial
from tracker.isolation import one_record
from tracker.services.known_trials import known_trial
from tracker.services.versions.show import Span, pick_version

__all__ = ["ComparedVersions", "diff"]


@dataclass(frozen=True, slots=True)
class ComparedVersions:
    """Two versions and what differs. `names` gives the things that differ a name for people, by path."""

    before: Version
    after: Version
    diff: Diff
    names: Mapping[str, str]
    #: Why reported values are not among the differences, although both versions have some. None if they are.
    left_out: RecordError | None = None


def diff(reader: RowReader, wanted: str, span: Span | None) -> ComparedVersions:
    """Compare two versions of a trial, by default the last two.

    If only the reported values of one cannot be read, all the rest is compared, and `left_out` says why. Raise
    UnknownTrial if one of them is not stored, RecordError if they cannot be read or compared.
    """
    trial = known_trial(reader, wanted)
    before, after = _last_two(reader, trial) if span is None else (pick_version(reader, trial, it) for it in span)
    records = (record_of(reader, before), record_of(reader, after))
    sides = [record.document() for record in records]
    left_out = None
    with one_record("comparing", trial):
        changes = compare(*sides)
    if wants_reported(*records) and records[0].results.summary is not None:
        try:
            with one_record("comparing the results", trial):
                changes = _with_reported(reader, (before, after), changes)
        except RecordError as error:
            left_out = error
    fields = [
        FieldDifference(field=it.field, label=it.label or field_of(it.path).label, before=it.before, after=it.after)
        for it in changes
    ]
    found = Diff(trial=trial, from_=before.version, to=after.version, fields=fields)
    return ComparedVersions(before, after, found, names_in(sides, [it.field for it in fields]), left_out)


def _with_reported(
    reader: RowReader,
    versions: tuple[Version, Version],
    changes: list[FieldChange],
) -> list[FieldChange]:
    """Return the changes with those of every reported value, in place of those of the summary, which follows."""
    before, after = (reported_of(reader, version) for version in versions)
    if before is None or after is None:
        return changes
    found = compare_reported(before, after)
    return [it for it in changes if it.path[:2] != SUMMARY] + [it.change for it in found.all]


def _last_two(reader: RowReader, trial: str) -> tuple[Version, Version]:
    versions = of_trial(reader, trial).timeline
    if len(versions) < 2:
        raise UnknownTrial(
            f"{trial} has only one version so far; there is nothing to compare. See it: trialwatch show {trial}",
            subject=trial,
        )
    return versions[-2], versions[-1]
