"""What is reported when a leaf of a ClinicalTrials.gov record changes, is removed or added: the table and its maker.

`ctgov_leaves.tsv` has one line per leaf of the registry's schema: path (``[]`` after a list), a value, another value,
and what was reported when the value changed, was removed and was added.
``python -m tests.support.registry.ctgov_leaves`` writes the last three columns. Read every line of the difference
before you keep it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tracker.changes.detect_changes import detect_changes
from tracker.errors import Unreadable
from tracker.registries.ctgov.reader import read

__all__ = ["ASIDE", "TABLE", "Leaf", "leaves", "lines", "record_for", "removed", "replaced", "told"]

TABLE = Path(__file__).with_suffix(".tsv")
DAY = dt.date(2026, 11, 22)
SILENT, REFUSED, UNNAMED = "silent", "refused", "unnamed"
TRACKING = "derivedSection.miscInfoModule.submissionTracking"
PARTY = "protocolSection.sponsorCollaboratorsModule.responsibleParty"
PLACE = "protocolSection.contactsLocationsModule.locations[]"
UNPOSTED = "annotationSection.annotationModule.unpostedAnnotation"
ASIDE = {
    f"{PLACE}.city": (f"{PLACE}.zip",),
    f"{PARTY}.oldNameTitle": (f"{PARTY}.investigatorFullName",),
    f"{PARTY}.oldOrganization": (f"{PARTY}.investigatorAffiliation",),
    f"{UNPOSTED}.unpostedEvents[]": (TRACKING, "resultsSection"),
    f"{UNPOSTED}.unpostedEvents[].date": (f"{UNPOSTED}.unpostedEvents[].dateUnknown",),
    f"{UNPOSTED}.unpostedEvents[].type": (f"{UNPOSTED}.unpostedEvents[].dateUnknown",),
    f"{UNPOSTED}.unpostedEvents[].dateUnknown": (f"{UNPOSTED}.unpostedEvents[].date",),
    TRACKING: ("resultsSection",),
}
"""Leaves below these paths are read only if those are missing, so they are tried without them."""
Edit = Callable[[dict[str, Any], list[str]], None]


class Leaf(NamedTuple):
    """A line of the table: path, two values, and what was reported: ``kind severity``, several with commas."""

    path: str
    value: Any
    other: Any
    told: tuple[str, ...]


def leaves() -> list[Leaf]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        path, value, other, *said = line.split("\t")
        found.append(Leaf(path, orjson.loads(value), orjson.loads(other), tuple(said)))
    return found


def record_for(path: str) -> dict[str, Any]:
    """Return a record with every leaf of the table, except those that hide the leaf at `path`."""
    aside = [
        without for below, names in ASIDE.items() if _is_below(path, below.removesuffix("[]")) for without in names
    ]
    document: dict[str, Any] = {}
    for leaf in leaves():
        if not any(_is_below(leaf.path, it) for it in aside):
            replaced(document, leaf.path.split("."), leaf.value)
    document["hasResults"] = "resultsSection" in document
    events = document["annotationSection"]["annotationModule"]["unpostedAnnotation"]["unpostedEvents"]
    events.append({"type": "RELEASE", "date": "2019-01-02"})
    return document


def _is_below(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above}.", f"{above}[]"))


def replaced(document: dict[str, Any], path: list[str], value: Any) -> None:
    """Put `value` at a path. In a list, use the first element."""
    name, below = path[0].removesuffix("[]"), path[1:]
    if path[0].endswith("[]"):
        listed = document.setdefault(name, [])
        if below:
            if not listed:
                listed.append({})
            replaced(listed[0], below, value)
        elif listed:
            listed[0] = value
        else:
            listed.append(value)
    elif below:
        replaced(document.setdefault(name, {}), below, value)
    else:
        document[name] = value


def removed(document: dict[str, Any], path: list[str]) -> None:
    """Remove what is at a path. In a list, use the first element."""
    name, below = path[0].removesuffix("[]"), path[1:]
    if below:
        removed(document[name][0] if path[0].endswith("[]") else document[name], below)
    elif path[0].endswith("[]"):
        del document[name][0]
    else:
        del document[name]


def told(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return the events from one document to the other, ``kind severity`` each, or silent, refused, or unnamed."""
    try:
        old, new = read(before), read(after)
    except Unreadable:
        return REFUSED
    if old.content_hash == new.content_hash:
        return SILENT
    events = detect_changes(old.record, new.record, DAY)
    return ", ".join(f"{event.kind} {event.severity}" for event in events) or UNNAMED


def _copied(document: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return copied


def _three(leaf: Leaf) -> tuple[str, str, str]:
    whole = record_for(leaf.path)
    changed, without = _copied(whole), _copied(whole)
    replaced(changed, leaf.path.split("."), leaf.other)
    removed(without, leaf.path.split("."))
    return told(whole, changed), told(whole, without), told(without, whole)


def lines() -> Iterator[tuple[Leaf, tuple[str, str, str]]]:
    """Yield each leaf, and what is reported about it today."""
    for leaf in leaves():
        yield leaf, _three(leaf)


def _main() -> None:
    written = [
        "\t".join([leaf.path, orjson.dumps(leaf.value).decode(), orjson.dumps(leaf.other).decode(), *said])
        for leaf, said in lines()
    ]
    TABLE.write_text("\n".join([*written, ""]), encoding="utf-8")


if __name__ == "__main__":
    _main()
