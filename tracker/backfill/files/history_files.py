"""Read saved answers of the registry's history into lists of versions and versions. Pure.

{"changes": [{"version": 0, "date": "2022-04-21", ...}]}         .../history    names no trial: the file name does
{"study": {...}, "history": {"changes": [...]}}                  ...?history=true
{"studyVersion": 0, "study": {"protocolSection": {...}}}         .../history/0
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tracker.backfill.files.file_items import FoundItem, FoundList, FoundVersion, UnusableItem
from tracker.records.json_objects import RawRecord
from tracker.registries.ctgov.history import ShapeChanged, trial_of, versions_of
from tracker.registries.registry import PastVersion

__all__ = ["CTHIST", "NAMELESS", "READ", "REGISTRY", "found", "is_history", "no_json"]

REGISTRY = "ctgov"
"""The registry whose history has this form."""
READ = "what can be imported: docs/how-to/backfill.md"
DOORS = "docs/how-to/backfill.md has two ways to fetch whole versions: curl, and ctrdata"
NAMELESS = "a list of versions that names no trial; put the NCT number into its file's name"
CTHIST = (
    "a history as cthist writes it: a few fields of each version, so no version can be made of it; "
    f"{DOORS} (for its ids alone: --column nctid)"
)
_NCT = re.compile(r"(?<![A-Z])NCT[0-9]{8}(?![0-9])", re.IGNORECASE)


def is_history(value: Mapping[str, Any]) -> bool:
    """Return whether an object is an answer of the history, even a broken one."""
    return "protocolSection" not in value and bool(value.keys() & {"changes", "history", "studyVersion"})


def found(value: RawRecord, source: str, path: Path) -> Iterator[FoundItem]:
    """Yield what one answer holds. The name of the file `path` names the trial if the answer does not."""
    study = value.get("study")
    if "studyVersion" in value:
        yield _version(value["studyVersion"], study, source)
        return
    try:
        listed = versions_of(value.get("history") if "history" in value else value)
    except ShapeChanged as error:
        yield UnusableItem(source, f"a list of versions that cannot be read: {error}; fetch it again")
        return
    trial = trial_of(study) or named_by(path)
    yield FoundList(source, trial, listed)
    if isinstance(study, dict) and _is_newest(study, listed[-1]):
        yield FoundVersion(source, listed[-1].number, study, listed[-1].submitted, current=True)


def _version(number: Any, study: Any, source: str) -> FoundItem:
    if type(number) is not int or not 0 <= number < 2**31 or not isinstance(study, dict):
        return UnusableItem(source, "a version of the history without its number or its record; fetch it again")
    return FoundVersion(source, number, study)


def _is_newest(study: Mapping[str, Any], newest: PastVersion) -> bool:
    """Return whether the record beside a list is its newest version. It may be newer, or cut to nothing."""
    protocol = study.get("protocolSection")
    status = protocol.get("statusModule") if isinstance(protocol, dict) else None
    return isinstance(status, dict) and status.get("lastUpdateSubmitDate") == newest.submitted


def named_by(path: Path) -> str:
    """Return the trial in the name of a file or of the nearest folder. "" for none or for two."""
    for name in (path.name, *(parent.name for parent in path.absolute().parents)):
        numbers = {match[0].upper() for match in _NCT.finditer(name)}
        if len(numbers) == 1:
            return numbers.pop()
    return ""


def no_json(data: bytes, reason: str) -> str:
    """Say why bytes are not JSON. A saved refusal is recognized."""
    if not data.strip():
        return "an empty file: nothing was saved in it; fetch it again"
    if data.lstrip()[:1] == b"<":
        return (
            "a web page in place of an answer: the registry refused, and that was saved; delete it and fetch it again"
        )
    return f"no JSON that can be read: {reason}"
