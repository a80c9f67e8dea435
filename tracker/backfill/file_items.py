"""What an import can find in a file. Each says where it stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tracker.registries.registry import PastVersion

__all__ = [
    "FoundId",
    "FoundItem",
    "FoundList",
    "FoundPage",
    "FoundRecord",
    "FoundVersion",
    "Rejected",
    "Remark",
    "words_for",
]


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A decoded record as `registry` gives it out. `day`: of its data, where it does not say; "" for not known."""

    source: str
    registry: str
    document: dict[str, Any]
    day: str = ""


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """One version of the registry's own history. `number` counts from 0; `submitted`: its day, "" for not told.

    `current`: it stood for the newest version beside a list, so the version's own file is better.
    """

    source: str
    number: int
    document: dict[str, Any]
    submitted: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class FoundList:
    """Which versions the registry's history of a trial has. `trial`: "" where neither answer nor file names it."""

    source: str
    trial: str
    versions: tuple[PastVersion, ...]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A saved page of a trial, as the document it is stored as."""

    source: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundId:
    """A trial's id."""

    source: str
    trial: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know of how a file was read."""

    source: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rejected:
    source: str
    reason: str


FoundItem = FoundRecord | FoundVersion | FoundList | FoundPage | FoundId | Remark | Rejected

_WORDS: dict[type, tuple[str, str]] = {
    FoundRecord: ("record", "records"),
    FoundVersion: ("version of the registry's history", "versions of the registry's history"),
    FoundList: ("list of versions", "lists of versions"),
    FoundPage: ("page", "pages"),
    FoundId: ("id", "ids"),
    Rejected: ("thing that cannot be imported", "things that cannot be imported"),
}


def words_for(kind: type, number: int) -> str:
    """``3 ids``; "" for a remark, which is about the file and nothing in it."""
    one, many = _WORDS.get(kind, ("", ""))
    return f"{number:,} {one if number == 1 else many}" if one else ""
