"""What a rule is, and what it says of one record."""

from __future__ import annotations

from typing import Any, NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["DutyRule", "DutyVerdict", "intervention_types", "joined", "words"]


class DutyRule(NamedTuple):
    """`basis`: the record's dates the term runs from, the first that can be read. `grace_days`: how long after the due
    day nobody is called late who has submitted nothing. `clause` names the law in a sentence."""

    name: str
    version: str
    source: str
    clause: str
    basis: tuple[str, ...]
    grace_days: int


class DutyVerdict(NamedTuple):
    """`applies`: yes, no, or None for what the record cannot tell. `reason` goes on from "because" or "that".

    `facts`: what was looked at, as JSON values. `years`: the term in years. `asker`: who asks for results all the
    same where the rule does not surely bind; "" for nobody.
    """

    applies: bool | None
    reason: str
    facts: dict[str, Any]
    years: int = 1
    asker: str = ""


def intervention_types(record: TrialRecord) -> frozenset[str]:
    """The registry's codes of the kinds of intervention; one without a kind is ``OTHER``."""
    return frozenset(item.type or "OTHER" for item in record.interventions.values())


def words(code: str) -> str:
    """``PHASE2`` -> ``phase 2``, ``EARLY_PHASE1`` -> ``early phase 1``."""
    return code.replace("PHASE", "PHASE_").replace("_", " ").lower()


def joined(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; nothing of nothing."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
