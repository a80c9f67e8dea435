"""Judge whether a whole run is plausible, by counts over all its records, before a version is written. Pure.

A single record may lose any field or leave the registry. But if half of the records lose a field on one day, or half of
them cannot be found, the parser or the registry is at fault. A suspicious run is held as a whole. A field that newly
appears everywhere only causes a notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MERGES", "MISSING", "Survey", "Suspicion", "judge"]

MERGES = "nctIdAliases"
"""Path of a held run that says of many trials at once that they were merged."""

MISSING = "*"
"""Path of a held run in which so many records could not be found."""

HELD_SHARE = 0.5
"""Hold the run if this share of the records that had a field lost it,"""
HELD_LEAST = 3
"""and if at least this many did."""
EDITED_LEAST = 20
"""Also hold it if the content of a module changed in that share of all records, and in at least this many."""
_DEPTH = 3
# These fields come and go during a trial: results replace their own tracking, contacts leave when recruitment ends.
_MORTAL = (
    "derivedSection",
    "annotationSection",
    "protocolSection.contactsLocationsModule.centralContacts",
    "protocolSection.statusModule.whyStopped",
    "protocolSection.statusModule.lastKnownStatus",
    "protocolSection.statusModule.expandedAccessInfo",
    "protocolSection.statusModule.delayedPosting",
    "protocolSection.referencesModule",
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A reason to hold a run (`held`), or only to report it."""

    held: bool
    #: The field, or `MISSING` for whole records.
    path: str
    reason: str


@dataclass(slots=True)
class Survey:
    """Counts over the records of a run."""

    #: Records that differ from an earlier version.
    compared: int = 0
    #: Stored trials that were not found when asked for one by one.
    missing: int = 0
    #: Trials that are reported for the first time to belong to another trial.
    merged: int = 0
    #: Numbers whose only answer was that they belong to another trial.
    elsewhere: int = 0
    #: Of the compared records, how many had, lost and gained each path.
    had: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    #: Records in which a protocol module differs at all.
    touched: Counter[str] = field(default_factory=Counter)
    #: Records in which the content of the module differs. Callers count this after a closer check (see `storms`).
    edited: Counter[str] = field(default_factory=Counter)

    def add(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Count the raw documents of one record, before and after."""
        old, new = set(_paths(before)), set(_paths(after))
        self.compared += 1
        self.had.update(old)
        self.lost.update(old - new)
        self.gained.update(new - old)
        self.touched.update(_touched(before, after))

    def storms(self, unchanged: int) -> list[str]:
        """Return modules that differ in so many records that the caller must check whether their content does."""
        total = self.compared + unchanged
        return sorted(path for path, count in self.touched.items() if _many(count, total))

    def dubious(self) -> bool:
        """Return whether unchanged records must be counted too, to tell whether a field vanished."""
        return any(count >= HELD_LEAST and count >= HELD_SHARE * self.had[path] for path, count in self.lost.items())

    def add_unchanged(self, sample: Iterable[Mapping[str, Any]], total: int) -> None:
        """Count the paths of unchanged records, by a sample of the `total` of them."""
        documents = [set(_paths(document)) for document in sample]
        found: Counter[str] = Counter()
        for paths in documents:
            found.update(paths)
        for path, count in found.items():
            self.had[path] += round(count * total / len(documents))
            # Scaled up from the sample: the share of lost fields is counted over all records.


def _many(count: int, total: int) -> bool:
    return count >= EDITED_LEAST and count >= HELD_SHARE * total


def _touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield protocol modules that differ, except the one that changes with every update of a record."""
    old, new = before.get("protocolSection"), after.get("protocolSection")
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() & new.keys():
            if name != "statusModule" and old[name] != new[name]:
                yield f"protocolSection.{name}"


def _paths(document: Mapping[str, Any], prefix: str = "", depth: int = 1) -> Iterator[str]:
    for key, value in document.items():
        path = f"{prefix}{key}"
        if path.startswith(_MORTAL):
            continue
        yield path
        if depth < _DEPTH and isinstance(value, dict):
            yield from _paths(value, f"{path}.", depth + 1)


def judge(survey: Survey, unchanged: int, known: Iterable[str]) -> list[Suspicion]:
    """Return the suspicions about a run, worst first. `unchanged` is its number of records without any difference.

    `known` has the paths that the normalizer knows by name. A new path that is not among them is drift.
    """
    total = survey.compared + unchanged + survey.missing
    names = frozenset(known)
    found = []
    if survey.missing >= HELD_LEAST and survey.missing >= HELD_SHARE * total:
        found.append(Suspicion(True, MISSING, f"{survey.missing:,} of {total:,} records were not to be found at once"))
    if survey.merged >= HELD_LEAST and survey.merged >= HELD_SHARE * (total + survey.elsewhere):
        of = f"{survey.merged:,} trials are said to be other trials, at once"
        found.append(Suspicion(True, MERGES, of))
    for path, count in sorted(survey.lost.items()):
        had = survey.had[path]
        if count >= HELD_LEAST and count >= HELD_SHARE * had and not _parent(path, survey.lost):
            found.append(Suspicion(True, path, f"{path} vanished from {count:,} of {had:,} records at once"))
    for path, count in sorted(survey.edited.items()):
        if _many(count, total):
            found.append(Suspicion(True, path, f"{path} changed in {count:,} of {total:,} records at once"))
    for path, count in sorted(survey.gained.items()):
        if (
            count >= HELD_LEAST
            and count >= HELD_SHARE * total
            and not (_named(path, names) or _parent(path, survey.gained))
        ):
            found.append(Suspicion(False, path, f"{path} is new in {count:,} of {total:,} records"))
    return found


def _named(path: str, names: frozenset[str]) -> bool:
    """Return whether the path is known by name, or lies inside the results, whose parts have no names here."""
    return path in names or path.startswith(("resultsSection.", "documentSection."))


def _parent(path: str, counts: Mapping[str, int]) -> bool:
    """Return whether the parent of the path came or went as often. Then only the parent is reported."""
    parent = path.rpartition(".")[0]
    return bool(parent) and counts.get(parent, 0) >= counts[path]
