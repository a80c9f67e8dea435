"""Explain stored events (`changes --explain`): read the two versions of each event by today's rules."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.tables.models import SnapshotRow, TrialRow
from storage.values.states import VersionSource
from storage.versions import history
from tracker.api.changes import Change, Explained, MutedDifference
from tracker.backfill.stored_records import raw_of, record_of, reported_step
from tracker.changes.detect_changes import NOT_READ
from tracker.changes.reported.compare import wants_reported
from tracker.changes.severity_reasons import ExplainedStep, not_of_two
from tracker.changes.version import Version
from tracker.errors import RecordError
from tracker.isolation import one_record, without_frames
from tracker.records.dates import earliest
from tracker.registries.listed import REGISTRIES

__all__ = ["explained"]

_NEEDING_PAST = (
    "enrollment.actual_reported",
    "results.submitted",
    "results.returned",
    "results.cancelled",
    "results.posted",
    "results.updated",
)


class _ReadStep:
    """One step between two versions, with what was muted in it."""

    def __init__(self, session: Session, before: SnapshotRow, after: SnapshotRow, past: Sequence[Version]) -> None:
        day = earliest(after.effective) or after.observed_at.date()
        records = record_of(SessionReader(session), before), record_of(SessionReader(session), after)
        reported = NOT_READ
        if wants_reported(*records):
            reported = reported_step(SessionReader(session), after.trial, before.raw_sha256, after.raw_sha256)
        with one_record("explaining", after.trial):
            self.step = ExplainedStep(*records, day, past, reported)
            muted = self.step.muted()
        self.muted = [*muted, *_noise(session, before, after)]


def _noise(session: Session, before: SnapshotRow, after: SnapshotRow) -> list[MutedDifference]:
    """Return differences that only the registry's own documents show. Documents of two sources differ in everything."""
    trial = session.get(TrialRow, before.trial)
    if trial is None or VersionSource.BACKFILL in (before.source, after.source):
        return []
    raws = [raw_of(SessionReader(session), version) for version in (before, after)]
    with one_record("comparing", before.trial):
        muted = REGISTRIES[trial.registry_name].muted(*raws)
    return [MutedDifference(field=path, because=because) for path, because in muted]


def explained(
    session: Session, rows: Sequence[Change], subjects: Sequence[str], left_out: list[RecordError]
) -> list[Change]:
    """Add `explained` to each change (from `change_out`): the reasons of its severity, and what was muted.

    `subjects` are those of the same events, in the same order. A step between two versions is read once for all its
    events. A step that cannot be read has no reasons, and is named in `left_out`.
    """
    steps: dict[tuple[str, int, int], _ReadStep | None] = {}
    found = []
    for row, subject in zip(rows, subjects, strict=True):
        before, after = row.from_version, row.to_version
        if before is None or after is None or before == after:
            found.append(replace(row, explained=not_of_two(row.kind, row.severity, row.summary, subject)))
            continue
        ends = (row.trial, before, after)
        if ends not in steps:
            try:
                steps[ends] = _read_step(session, *ends, deep=_deep(rows, ends))
            except RecordError as error:
                steps[ends] = None
                left_out.append(without_frames(error))
        step = steps[ends]
        found.append(replace(row, explained=_of_step(step, row.kind, subject)))
    return found


def _of_step(step: _ReadStep | None, kind: str, subject: str) -> Explained:
    if step is None:
        return Explained(severity=None, reasons=[], muted=[])
    return replace(step.step.why(kind, subject), muted=step.muted)


def _deep(rows: Sequence[Change], ends: tuple[str, int, int]) -> bool:
    """Return whether the events of this step may depend on earlier versions."""
    same = (row for row in rows if (row.trial, row.from_version, row.to_version) == ends)
    return any(row.kind in _NEEDING_PAST for row in same)


def _read_step(session: Session, trial: str, first: int, second: int, *, deep: bool) -> _ReadStep | None:
    timeline = history.timeline(session, trial)
    by_number = {version.version: place for place, version in enumerate(timeline)}
    if first not in by_number or second not in by_number:
        return None
    past = timeline[: by_number[first] + 1] if deep else []
    days = [earliest(version.effective) or version.observed_at.date() for version in past]
    earlier = [
        Version(day, record_of(SessionReader(session), version)) for day, version in zip(days, past, strict=True)
    ]
    return _ReadStep(session, timeline[by_number[first]], timeline[by_number[second]], earlier)
