"""What a search for similar trials gives. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.errors import RegistryError
from tracker.records.trial import TrialRecord
from tracker.similar.ranking.shared_reasons import SharedFact

__all__ = ["SimilarRecord", "SimilarTrials"]


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """One trial similar to the seed. `score`: 0 to 1."""

    record: TrialRecord
    score: float
    reasons: tuple[SharedFact, ...]


@dataclass(slots=True)
class SimilarTrials:
    """The answer.

    `compared`: how many trials were ranked. `unknown`: given trials that do not exist. `notices`: sentences about what
    was not seen. `refused`: most searches were refused. `error`: the error of the registry.
    """

    seed: TrialRecord
    similar: list[SimilarRecord] = field(default_factory=list)
    compared: int = 0
    unknown: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    refused: bool = False
    error: RegistryError | None = None
