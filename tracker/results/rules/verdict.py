"""The types of a rule and of its verdict on one record."""

from __future__ import annotations

from typing import Any, NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["DutyRule", "DutyVerdict", "Facts", "intervention_types", "joined", "words"]

Facts = dict[str, Any]
"""What a rule considered: name -> JSON value. Each rule has its own names."""


class DutyRule(NamedTuple):
    """A rule and its constants."""

    name: str
    version: str
    source: str
    #: The law, as it is named in a sentence.
    clause: str
    #: Names of the record's dates from which the term may run. The first that can be read counts.
    basis: tuple[str, ...]
    #: Days after the due day in which a trial without a submission is not yet late.
    grace_days: int


class DutyVerdict(NamedTuple):
    """The answer of a rule for one record."""

    #: Whether the rule applies; None if the record cannot tell.
    applies: bool | None
    #: Continues a sentence after "because" or "that".
    reason: str
    #: The facts that were considered, as JSON values.
    facts: Facts
    #: The term in years.
    years: int = 1
    #: Who asks for results although the rule does not surely bind; "" for none.
    asker: str = ""


def intervention_types(record: TrialRecord) -> frozenset[str]:
    """Return the registry's codes of the kinds of intervention. One without a kind counts as ``OTHER``."""
    return frozenset(item.type or "OTHER" for item in record.interventions.values())


def words(code: str) -> str:
    """Return a code in words: ``PHASE2`` -> ``phase 2``, ``EARLY_PHASE1`` -> ``early phase 1``."""
    return code.replace("PHASE", "PHASE_").replace("_", " ").lower()


def joined(parts: list[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``; "" for none."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
