"""Explained an event has its severity: its rows in the table, its values, its red flags. Pure.

Stored events do not change. This module says how today's rules judge the same two versions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from storage.values.severity import Severity, worst
from tracker.api.changes import Explained, MutedDifference, SeverityReason
from tracker.changes.detect_changes import NOT_READ, detect_changes, red_flags, reported_changes
from tracker.changes.diff import compare
from tracker.changes.events.duty_events import BEGAN, ENDED
from tracker.changes.explain import Event, explain
from tracker.changes.fields import ADMIN, FIELDS, KEY, field_of
from tracker.changes.matching.match_items import matched
from tracker.changes.red_flag import Evidence, RedFlag
from tracker.changes.reported.compare import ReportedSides
from tracker.changes.version import Version
from tracker.records.json_objects import RecordContent
from tracker.records.trial import TrialRecord

__all__ = ["ExplainedStep", "not_of_two"]


class ExplainedStep:
    """Two versions, and everything that today's rules say about the step between them."""

    def __init__(
        self,
        before: TrialRecord,
        after: TrialRecord,
        day: dt.date,
        past: Sequence[Version] = (),
        reported: ReportedSides = NOT_READ,
    ) -> None:
        self._records = (before.document(), after.document())
        results = reported_changes(before, after, reported)
        self._changes = compare(*self._records) + [it.change for it in (results.all if results else ())]
        self._events = detect_changes(before, after, day, past, reported=reported)
        plain = explain(before, after, reported=(results, ()) if results else None)
        self._plain = {event.kind: event for event in plain}
        self._signs = red_flags(before, after, day, past, reported)

    def why(self, kind: str, subject: str = "") -> Explained:
        """Return the reasons for the event of this kind and, for a moved due day, of this subject.

        `severity` follows today's rules; None if they make no such event. `muted` is left empty.
        """
        event = next((it for it in self._events if (it.kind, it.subject) == (kind, subject)), None)
        if event is None:
            return Explained(severity=None, reasons=[], muted=[])
        return Explained(severity=event.severity, reasons=list(self._reasons(event)), muted=[])

    def muted(self) -> list[MutedDifference]:
        """Return differing fields that are only counted, and those that are never compared."""
        counted = {item.field: item.label for event in self._events if event.kind == ADMIN for item in event.fields}
        found = [MutedDifference(field=name, because=f"housekeeping: {label}") for name, label in counted.items()]
        because = "follows from other fields, or is about the reading"
        return found + [MutedDifference(field=name, because=because) for name in self._uncompared()]

    def _uncompared(self) -> Iterator[str]:
        before, after = self._records
        for row in FIELDS:
            if row.kind is None:
                name = row.pattern.removesuffix(".**")
                if _at(before, name) != _at(after, name):
                    yield name

    def _pairs(self, names: set[str]) -> Iterator[SeverityReason]:
        """Yield why items with a new key are taken for the same, if one of these fields depends on it."""
        for path, found in matched(*self._records).items():
            for pair in found.moved:
                item = ".".join((*path, pair.after))
                if f"{item}.{KEY}" in names:
                    yield _reason("pair", item, Severity.ADMIN, pair.why)

    def _reasons(self, event: Event) -> Iterator[SeverityReason]:
        if not event.fields:
            by = "duty" if event.kind in (BEGAN, ENDED) else "dates"
            yield _reason(by, event.subject, event.severity, event.summary)
            return
        of_rows = []
        names = {item.field for item in event.fields}
        rows = dict.fromkeys(field_of(change.path) for change in self._changes if change.field in names)
        for row in rows:
            of_rows.append(row.severity)
            yield _reason("field", row.pattern, row.severity, row.label)
        plain = self._plain.get(event.kind)
        if plain is not None and plain.severity != worst(of_rows):
            yield _reason("values", event.kind, plain.severity, plain.summary)
        yield from self._pairs(names)
        for flag in self._signs:
            if flag.event == event.kind:
                yield _of_sign(flag)


def not_of_two(kind: str, severity: str, summary: str, subject: str) -> Explained:
    """Return the reasons for an event that is not a step between two versions, but is about a day, a set or a trial."""
    by = "cohort" if kind.startswith("cohort.") else "dates" if subject else "trial"
    return Explained(severity=severity, reasons=[_reason(by, subject or kind, severity, summary)], muted=[])


def _of_sign(flag: RedFlag) -> SeverityReason:
    return _reason("sign", flag.kind, flag.severity, flag.summary, {"timing": flag.timing, **flag.evidence})


def _reason(by: str, name: str, severity: str, said: str, evidence: Evidence | None = None) -> SeverityReason:
    return SeverityReason(by=by, name=name, severity=severity, said=said, evidence=evidence or {})


def _at(document: RecordContent, name: str) -> Any:
    value: Any = document
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
