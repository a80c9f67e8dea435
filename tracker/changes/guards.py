"""Is a whole run plausible? Counts over all its records, judged before anything is written as truth. Pure.

One record may lose any field, or leave the registry; when half of those that had a field lose it on one day, or half
of all records are nowhere to be found, a parser or the registry is at fault. A suspicious run is held, never half
believed; a field that appears everywhere is only worth a notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MERGES", "Survey", "Suspicion", "judge"]

MERGES = "nctIdAliases"
"""The path under which a run is held that says of many trials at once that they were merged."""

HELD_SHARE = 0.5
"""Hold the run when this share of the records that had a field lost it …"""
HELD_LEAST = 3
"""… and at least so many did."""
EDITED_LEAST = 20
"""Or when the content of one module changed in that share of all records, and in at least so many."""
_DEPTH = 3
# Comes and goes with the life of a trial: results replace their own tracking, contacts leave with recruitment.
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
    """Why a run is held (`held`) or only remarked upon; `path` is the field, ``*`` for whole records."""

    held: bool
    path: str
    reason: str


@dataclass(slots=True)
class Survey:
    """What a run has shown so far.

    `compared`: how many records differed from an earlier version; `had`, `lost`, `gained`: how many of these had,
    lost and gained each path. `touched`: in how many a module of the protocol differs at all, `edited` (told by whoever
    looked closer): in how many its content does. `missing`: how many that we hold were not there when asked for alone.
    `merged`: of how many it is said for the first time that they belong to another trial; `elsewhere`: how many numbers
    were answered with nothing but that.
    """

    compared: int = 0
    missing: int = 0
    merged: int = 0
    elsewhere: int = 0
    had: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    edited: Counter[str] = field(default_factory=Counter)

    def add(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Count one record's raw documents, before and after."""
        old, new = set(_paths(before)), set(_paths(after))
        self.compared += 1
        self.had.update(old)
        self.lost.update(old - new)
        self.gained.update(new - old)
        self.touched.update(_touched(before, after))

    def storms(self, unchanged: int) -> list[str]:
        """Modules that differ in so many records that it takes a closer look whether their content does."""
        total = self.compared + unchanged
        return sorted(path for path, count in self.touched.items() if _many(count, total))

    def dubious(self) -> bool:
        """Whether it takes a look at the unchanged records, too, to tell if a field vanished where it was."""
        return any(count >= HELD_LEAST and count >= HELD_SHARE * self.had[path] for path, count in self.lost.items())

    def add_unchanged(self, sample: Iterable[Mapping[str, Any]], total: int) -> None:
        """Count what unchanged records have, from a sample of the `total` of them."""
        documents = [set(_paths(document)) for document in sample]
        found: Counter[str] = Counter()
        for paths in documents:
            found.update(paths)
        for path, count in found.items():
            self.had[path] += round(count * total / len(documents))


def _many(count: int, total: int) -> bool:
    return count >= EDITED_LEAST and count >= HELD_SHARE * total


def _touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Protocol modules that differ, but for the one that moves with every update of a record."""
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
    """The suspicions a run raises, worst first. `unchanged`: records of the run that did not differ at all.

    `known` are the paths the normalizer has a name for: a new path that is not among them is drift.
    """
    total = survey.compared + unchanged + survey.missing
    names = frozenset(known)
    found = []
    if survey.missing >= HELD_LEAST and survey.missing >= HELD_SHARE * total:
        found.append(Suspicion(True, "*", f"{survey.missing:,} of {total:,} records were not to be found at once"))
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
    """Known by name, or inside the results, whose parts are not named one by one."""
    return path in names or path.startswith(("resultsSection.", "documentSection."))


def _parent(path: str, counts: Mapping[str, int]) -> bool:
    """Whether the path's parent came or went as often: then the parent tells it all."""
    parent = path.rpartition(".")[0]
    return bool(parent) and counts.get(parent, 0) >= counts[path]
