"""Names for a trial and the things in it, taken from its record, for people who do not read keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session

from storage.errors import Damaged
from storage.reads.in_session import SessionReader
from storage.versions import history
from storage.versions.history import Change
from tracker.backfill.stored_records import record_of
from tracker.changes.wording.values import item_name, item_of
from tracker.errors import TrialwatchError
from tracker.records.json_objects import RawRecord
from tracker.records.paths import NOTHING, value_at

__all__ = ["Named", "names_in", "naming"]

_MOST_READ = 20
"""The most versions read for one message. The others use plain labels."""


class Named(NamedTuple):
    """The trial's acronym ("" for none), and the names of the things that a change's fields describe, by path."""

    acronym: str = ""
    names: Mapping[str, str] = {}


def names_in(documents: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> dict[str, str]:
    """Return the names of the things that `fields` describe. If several documents name one, the last wins."""
    found = {}
    for item in {item for field in fields if (item := item_of(field))}:
        for document in documents:
            value = value_at(document, item)
            if value is not NOTHING and isinstance(value, Mapping) and (name := item_name(item, value)):
                found[item] = name
    return found


def naming(session: Session, changes: Sequence[Change]) -> dict[int, Named]:
    """Return the names of the trial and its things for each change (by seq), the first of `changes` first.

    A version that can no longer be read has no names. The change itself is still reported.
    """
    read: dict[tuple[str, int], RawRecord | None] = {}
    found = {}
    for event, fields in changes:
        named = [it.field for it in fields if item_of(it.field)]
        # If a thing was removed, only the version before knows its name.
        versions = (event.from_version, event.to_version) if named else (event.to_version,)
        wanted = dict.fromkeys((event.trial, version) for version in versions if version is not None and event.trial)
        for way in wanted:
            if way not in read and len(read) < _MOST_READ:
                read[way] = _document(session, *way)
        documents = [document for way in wanted if (document := read.get(way)) is not None]
        if documents:
            acronym = documents[-1]["title"]["acronym"] or ""
            found[event.seq] = Named(acronym, names_in(documents, named))
    return found


def _document(session: Session, trial: str, version: int) -> RawRecord | None:
    row = history.snapshot(session, trial, version)
    try:
        return record_of(SessionReader(session), row).document() if row is not None else None
    except (TrialwatchError, Damaged):
        return None
