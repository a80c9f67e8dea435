"""A toy document is three facts and its id. All of it is content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from tracker.errors import Unreadable
from tracker.records.trial import Enrollment, Results, Title, TrialRecord
from tracker.registries.registry import Reader, Reading

__all__ = ["READER", "ToyReader"]


def _hash(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


class ToyReader(Reader):
    """A fact of a toy never disappears by itself."""

    known_paths = frozenset({"id", "state", "people", "results"})

    def light_hash(self, document: dict[str, Any]) -> str:
        return _hash(document)

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        return {name: _hash(value) for name, value in document.items()}

    def lost(self, before: dict[str, Any], after: dict[str, Any], /) -> str:
        return ", ".join(sorted(before.keys() - after.keys()))

    def read(self, document: dict[str, Any]) -> Reading:
        if not isinstance(document.get("state"), str):
            raise Unreadable("state", "a status", "nothing")
        record = TrialRecord(
            trial=document["id"],
            registry="toy",
            status=document["state"],
            title=Title(brief=f"Trial {document['id']}"),
            enrollment=Enrollment(document.get("people"), "ESTIMATED"),
            results=Results(state="posted" if document.get("results") else "none"),
        )
        return Reading(record, _hash(self.parts(document)), data_day="", posted="", submitted="")


READER = ToyReader()
