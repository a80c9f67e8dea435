"""Read documents of ClinicalTrials.gov: those of its API and those of its history. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from storage.values.states import ResultsState
from tracker.records.dates import precision
from tracker.records.json_objects import RawRecord
from tracker.records.results.reported import Reported
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.content import content_hash, data_day, digests, light_hash
from tracker.registries.ctgov.markup import as_v2
from tracker.registries.ctgov.muted import muted
from tracker.registries.ctgov.normalize import DIGESTED, KNOWN_PATHS, NORMALIZER, normalize, read_milestones
from tracker.registries.registry import Milestones, Reader, Reading
from tracker.registries.typed_reading import WarningKind, Warnings

__all__ = ["NOT_IN_HISTORY", "READER", "CtgovReader", "read", "read_past"]

NOT_IN_HISTORY = ("derivedSection", "annotationSection", "documentSection")
"""Sections that the registry's history leaves out. Their content is unknown, not empty."""


def read(document: RawRecord, *, absent: tuple[str, ...] = ()) -> Reading:
    """Read one v2 document. Raise Unreadable. Pure."""
    parts = digests(document)
    warnings = Warnings()
    record = normalize(document, parts, warnings, absent=absent)
    posted = record.dates.last_update_posted
    return Reading(
        record=record,
        content_hash=content_hash(parts),
        data_day=_day(data_day(document)),
        posted=_day(posted.date if posted else None),
        submitted=_day(record.dates.last_update_submitted),
        new_words=warnings.sorted(WarningKind.NEW_WORD),
    )


def read_past(document: RawRecord) -> Reading:
    """Read one document of the registry's history, whose texts are HTML. Raise Unreadable. Pure."""
    return read(as_v2(document), absent=_absent(document))


def _absent(document: RawRecord) -> tuple[str, ...]:
    return tuple(name for name in NOT_IN_HISTORY if name not in document)


def _record(document: RawRecord, *, absent: tuple[str, ...] = ()) -> TrialRecord:
    return normalize(document, digests(document, only=DIGESTED), Warnings(), absent=absent)


def _day(text: str | None) -> str:
    """Return `text` if it is a valid day in sortable form, or ""."""
    return text if text and text.isascii() and precision(text) == "day" else ""


def _is_past(document: RawRecord) -> bool:
    """Return whether a document is one of the registry's history."""
    return "derivedSection" not in document and "hasResults" not in document


class CtgovReader(Reader):
    """JSON that was cut short is not valid JSON. So a complete document is not damaged, and `lost` finds nothing."""

    normalizer = NORMALIZER
    known_paths = KNOWN_PATHS

    def light_hash(self, document: RawRecord) -> str:
        return light_hash(document)

    def parts(self, document: RawRecord) -> Mapping[str, str]:
        return digests(document)

    def muted(self, before: RawRecord, after: RawRecord, /) -> list[tuple[str, str]]:
        return muted(before, after)

    def read(self, document: RawRecord) -> Reading:
        return read(document)

    def read_past(self, document: RawRecord) -> Reading:
        return read_past(document)

    def record(self, document: RawRecord) -> TrialRecord:
        return _record(document)

    def past_record(self, document: RawRecord) -> TrialRecord:
        return _record(as_v2(document), absent=_absent(document))

    def milestones(self, document: RawRecord, state: ResultsState | None) -> Milestones:
        # No date and no code of the history has markup, so both kinds of document are read alike.
        return read_milestones(document, state)

    def read_stored(self, document: RawRecord) -> Reading:
        return read_past(document) if _is_past(document) else read(document)

    def reported(self, document: RawRecord) -> Reported | None:
        # Defines the shapes of all results: 45 milliseconds that reading a record does not need.
        from tracker.registries.ctgov.results.reported import reported_of  # noqa: PLC0415

        return reported_of(as_v2(document) if _is_past(document) else document)


READER = CtgovReader()
