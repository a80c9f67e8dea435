"""ClinicalTrials.gov, as the poll knows a registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.records.dates import precision
from tracker.registries.base import Client, Reading
from tracker.registries.ctgov.content import content_hash, data_day, digests, light_hash
from tracker.registries.ctgov.normalize import KNOWN_PATHS, NORMALIZER, normalize

__all__ = ["Ctgov", "read"]


def read(document: dict[str, Any], *, absent: tuple[str, ...] = ()) -> Reading:
    """Understand one v2 document. Raises Unreadable. Pure."""
    parts = digests(document)
    record = normalize(document, parts, absent=absent)
    posted = record.dates.last_update_posted
    return Reading(
        record=record,
        content_hash=content_hash(parts),
        data_day=_day(data_day(document)),
        posted=_day(posted.date if posted else None),
        submitted=_day(record.dates.last_update_submitted),
    )


def _day(text: str | None) -> str:
    """`text` when it is a day that sorts among days, else empty."""
    return text if text and text.isascii() and precision(text) == "day" else ""


class Ctgov:
    """Implements `tracker.registries.base.Registry`."""

    name = "ctgov"
    normalizer = NORMALIZER
    known_paths = KNOWN_PATHS

    def __init__(self, client: Client) -> None:
        self.client = client

    def light_hash(self, document: dict[str, Any]) -> str:
        return light_hash(document)

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        return digests(document)

    def read(self, document: dict[str, Any]) -> Reading:
        return read(document)
