"""Read the pages of the EU Clinical Trials Register. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from tracker.errors import Unreadable
from tracker.records.json_objects import RawRecord
from tracker.registries.euctr.content import digests, forms_of, lost, outline
from tracker.registries.euctr.ids import is_euctr, split_euctr
from tracker.registries.euctr.normalize import NORMALIZER, normalize
from tracker.registries.registry import Reader, Reading
from tracker.registries.typed_reading import WarningKind, Warnings

__all__ = ["READER", "EuctrReader", "read"]


def read(document: RawRecord) -> Reading:
    """Read one document: the pages of a trial. Raise RecordError. Pure.

    The register gives no date for a change. So a change takes effect on the day it is first seen.
    """
    held = document.get("euctr")
    if not isinstance(held, dict) or not isinstance(held.get("number"), str):
        raise Unreadable("euctr.number", "a EudraCT number", "nothing")
    country = held.get("country") or ""
    trial = f"EUCTR{held['number']}" + (f"-{country}" if country else "")
    if not is_euctr(trial):
        raise Unreadable("euctr.number", "a EudraCT number", repr(trial)[:40])
    forms = forms_of(document)
    urls = {name: str(page.get("url") or "") for name, page in sorted(held["pages"].items())}
    if country and set(forms) != {split_euctr(trial).country}:
        raise Unreadable("euctr.pages", f"the page of {country}", ", ".join(sorted(forms))[:40])
    warnings = Warnings()
    return Reading(
        record=normalize(trial, forms, urls, warnings),
        content_hash=_hash(digests(document)),
        data_day="",
        posted="",
        submitted="",
        new_words=warnings.sorted(WarningKind.NEW_WORD),
    )


def _hash(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


class EuctrReader(Reader):
    """No part of the form is noise, so nothing is `muted`."""

    normalizer = NORMALIZER

    def light_hash(self, document: RawRecord) -> str:
        return _hash(digests(document))

    def parts(self, document: RawRecord) -> Mapping[str, str]:
        return digests(document)

    def outline(self, document: RawRecord) -> Mapping[str, Any]:
        return outline(document)

    def lost(self, before: RawRecord, after: RawRecord, /) -> str:
        return lost(before, after)

    def read(self, document: RawRecord) -> Reading:
        return read(document)


READER = EuctrReader()
