"""The kinds of items an import can find in a file. Each says where it stood."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.records.json_objects import RawRecord
from tracker.registries.registry import PastVersion

__all__ = [
    "FileRemark",
    "FoundId",
    "FoundItem",
    "FoundList",
    "FoundPage",
    "FoundRecord",
    "FoundVersion",
    "UnusableItem",
    "words_for",
]


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A decoded record of `registry`. `day` is the day of its data if the record does not say it, "" if unknown."""

    source: str
    registry: str
    document: RawRecord
    day: str = ""


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """One version of the registry's own history. `number` counts from 0, and `submitted` is its day, "" if unknown.

    `current` means that it stood for the newest version beside a list. The version's own file is then better.
    """

    source: str
    number: int
    document: RawRecord
    submitted: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class FoundList:
    """The versions in the registry's history of a trial. `trial` is "" if the answer and the file do not name it."""

    source: str
    trial: str
    versions: tuple[PastVersion, ...]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A saved page of a trial, as the document to store."""

    source: str
    document: RawRecord


@dataclass(frozen=True, slots=True)
class FoundId:
    """A trial's id."""

    source: str
    trial: str


@dataclass(frozen=True, slots=True)
class FileRemark:
    """A remark about how a file was read."""

    source: str
    sentence: str


@dataclass(frozen=True, slots=True)
class UnusableItem:
    source: str
    reason: str


FoundItem = FoundRecord | FoundVersion | FoundList | FoundPage | FoundId | FileRemark | UnusableItem

_WORDS: dict[type, tuple[str, str]] = {
    FoundRecord: ("record", "records"),
    FoundVersion: ("version of the registry's history", "versions of the registry's history"),
    FoundList: ("list of versions", "lists of versions"),
    FoundPage: ("page", "pages"),
    FoundId: ("id", "ids"),
    UnusableItem: ("thing that cannot be imported", "things that cannot be imported"),
}


def words_for(kind: type, number: int) -> str:
    """Return a count in words: ``3 ids``. "" for a remark, which is about the file itself."""
    one, many = _WORDS.get(kind, ("", ""))
    return f"{number:,} {one if number == 1 else many}" if one else ""
