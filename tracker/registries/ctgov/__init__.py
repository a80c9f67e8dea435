"""ClinicalTrials.gov, as the poll knows a registry."""

from __future__ import annotations

from typing import Any

from tracker.records.trial import TrialRecord
from tracker.registries.base import Client, Reading
from tracker.registries.ctgov.content import content_hash, data_day, digests, light_hash
from tracker.registries.ctgov.normalize import KNOWN_PATHS, NORMALIZER, normalize

__all__ = ["Ctgov", "read"]


def read(document: dict[str, Any], *, absent: tuple[str, ...] = ()) -> Reading:
    """Understand one v2 document. Raises Unreadable. Pure."""
    parts = digests(document)
    record = normalize(document, parts, absent=absent)
    return Reading(
        record, content_hash(parts), data_day(document), _posted(record), record.dates.last_update_submitted or ""
    )


def _posted(record: TrialRecord) -> str:
    found = record.dates.last_update_posted
    return found.date if found is not None and found.precision == "day" else ""


class Ctgov:
    """Implements `tracker.registries.base.Registry`."""

    name = "ctgov"
    normalizer = NORMALIZER
    known_paths = KNOWN_PATHS

    def __init__(self, client: Client) -> None:
        self.client = client

    def light_hash(self, document: dict[str, Any]) -> str:
        return light_hash(document)

    def read(self, document: dict[str, Any]) -> Reading:
        return read(document)
