"""Read records as the R package ctrdata keeps them into records and versions. Pure.

A ClinicalTrials.gov record is the register's own record plus fields of the package beside its sections: `_id`,
`ctrname`, `record_last_import` (when it was fetched, in that machine's time) and, if requested, `history`. The history
holds versions from the registry, each with
``"history_version": {"version_number": 1, "version_date": "2022-04-21"}``. The package counts versions from 1, the
registry from 0. R writes a list of one text as that text, and an empty list as ``{}``. Both become lists again here.
Records of other registers are refused, because the package does not keep them as the register gave them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracker.backfill.files.file_items import FoundItem, FoundRecord, FoundVersion, UnusableItem
from tracker.backfill.files.history_files import REGISTRY
from tracker.records.dates import precision
from tracker.records.json_objects import RawRecord

__all__ = ["found", "is_kept"]

NAME = "CTGOV2"
_OWN = ("_id", "ctrname", "record_last_import", "history", "annotation")
_OTHERS = {
    "EUCTR": "watch its number to have it read from the register: trialwatch watch ID",
    "CTGOV": "load the trial again with ctrdata 1.14 or later, which writes CTGOV2",
}
_LISTS = frozenset(
    """
    achievements analyses ancestors armGroupLabels armGroups availIpds browseBranches browseLeaves categories
    centralContacts classes collaborators conditions contacts counts denoms dropWithdraws eventGroups groupIds
    groups infoTypes interventionNames interventions keywords largeDocs locations measurements measures meshes
    milestones nctIdAliases otherEvents otherNames otherOutcomes outcomeMeasures overallOfficials periods phases
    primaryOutcomes reasons references removedCountries retractions secondaryIdInfos secondaryOutcomes
    seeAlsoLinks seriousEvents stats stdAges submissionInfos unpostedEvents violationEvents whoMasked
    """.split()
)
"""The names of lists in API v2. None of them means anything else anywhere in a record."""


def is_kept(value: Mapping[str, Any]) -> bool:
    """Return whether an object is a ctrdata record of any register, or what an update with versions alone holds."""
    return "ctrname" in value or ("_id" in value and "history" in value)


def found(value: RawRecord, source: str) -> Iterator[FoundItem]:
    """Yield the record of its day, then the versions that came with it."""
    register = value.get("ctrname", NAME)
    if register != NAME:
        way = _OTHERS.get(str(register), "only ClinicalTrials.gov's records (CTGOV2) can be imported from it")
        yield UnusableItem(source, f"a record of {str(register)[:20]!r} in ctrdata's form, which is not read: {way}")
        return
    if "protocolSection" in value:
        record = as_given({key: item for key, item in value.items() if key not in _OWN})
        yield FoundRecord(source, REGISTRY, record, _day(value))
    elif "history" not in value:
        yield UnusableItem(source, "a record in ctrdata's form without its sections; export whole records")
    kept = value.get("history", [])
    versions = kept if isinstance(kept, list) else [kept]
    for place, version in enumerate(versions, 1):
        yield _version(version, f"{source}, history {place}")


def _day(value: Mapping[str, Any]) -> str:
    """Return the day a record was fetched, "" if unknown."""
    text = value.get("record_last_import")
    day = text[:10] if isinstance(text, str) else ""
    return day if precision(day) == "day" else ""


def _version(version: Any, source: str) -> FoundItem:
    raw_number = version.get("history_version") if isinstance(version, dict) else None
    number = raw_number.get("version_number") if isinstance(raw_number, dict) else None
    day = raw_number.get("version_date") if isinstance(raw_number, dict) else None
    if type(number) is not int or number < 1 or not isinstance(day, str) or precision(day) != "day":
        return UnusableItem(
            source, "a version without its number (from 1) or its day; load the trial again with ctgov2history"
        )
    study = as_given({key: item for key, item in version.items() if key != "history_version"})
    return FoundVersion(source, number - 1, study, day)


def as_given(value: Any, name: str = "") -> Any:
    """Return a part of a record with its lists as the registry gave them."""
    if name in _LISTS and not isinstance(value, list):
        value = [] if value == {} else [value]
    if isinstance(value, list):
        return [as_given(item) for item in value]
    if isinstance(value, dict):
        return {key: as_given(item, key) for key, item in value.items()}
    return value
