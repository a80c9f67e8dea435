"""What a registry's client answers about the trials it was asked for. Frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tracker.errors import RegistryError

__all__ = [
    "Answer",
    "Batch",
    "Gone",
    "KnownAnswer",
    "KnownAnswers",
    "ObsoleteIdClaim",
    "RawTrial",
    "Redirected",
    "SameBytes",
    "Unread",
    "none_known",
]


@dataclass(frozen=True, slots=True)
class RawTrial:
    """One record as a registry gave it."""

    #: The id that the record itself gives. Empty if there is none.
    trial: str
    #: The decoded JSON. None if `problem` says why it cannot be decoded.
    value: Any
    url: str
    problem: str = ""
    #: The exact bytes of the record, for the quarantine. Only set with `problem`: otherwise the canonical form of
    #: `value` is stored.
    body: bytes = b""
    #: The wire hash of its bytes, "" if there is none. Two answers with the same content count as equal.
    wire_hash: str = field(default="", compare=False)


class KnownAnswer(NamedTuple):
    """An answer read before: the trial, and the light hash of its document."""

    trial: str
    light_hash: str


@dataclass(frozen=True, slots=True)
class SameBytes:
    """The registry sent the bytes of an answer that we know, but for the day of its data set. They were not decoded."""

    known: KnownAnswer

    @property
    def trial(self) -> str:
        return self.known.trial


@dataclass(frozen=True, slots=True)
class Redirected:
    """For a request of `asked` alone, the registry sent the record of `trial`, or a redirect to it.

    This is only one half of the proof. `ObsoleteIdClaim` is the other half: `asked` becomes an obsolete id only with
    both.
    """

    asked: str
    trial: str


@dataclass(frozen=True, slots=True)
class ObsoleteIdClaim:
    """The record of `trial` lists `alias` as its obsolete id. `alias` was requested, and may be a live trial."""

    alias: str
    trial: str


@dataclass(frozen=True, slots=True)
class Gone:
    """For a request of this trial alone, the registry answered 404 or 410. One such answer is not yet `trial.gone`."""

    trial: str
    status: int


@dataclass(frozen=True, slots=True)
class Unread:
    """This trial could not be read in this run, with the reason. Its data timestamp stays, so the next run
    tries again.
    """

    trial: str
    error: RegistryError


Answer = RawTrial | SameBytes | Redirected | Gone | Unread
KnownAnswers = Callable[[Sequence[str]], Mapping[str, KnownAnswer]]
"""Returns the last answers of these trials by their wire hashes, of those whose current version came with it."""


def none_known(_: Sequence[str]) -> Mapping[str, KnownAnswer]:
    """Return nothing: all records are decoded."""
    return {}


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers for one group of ids. Each requested id is in exactly one answer.

    Records of trials that were not requested are included if they claim one of the ids (`claims`), or if the address of
    an id leads to them (`Redirected`).
    """

    answers: tuple[Answer, ...]
    notices: tuple[str, ...] = field(default=())
    claims: tuple[ObsoleteIdClaim, ...] = field(default=())
