"""Regulation (EU) No 536/2014, Article 37(4): a summary of results within one year of the end of the trial.

The end is the end in all Member States concerned. So the term runs from the completion date, never from primary
completion. The summary belongs in the EU's own database. This module only sees what the record of another registry
shows. Trials with a EudraCT number began under Directive 2001/20/EC. Its guideline 2012/C 302/03 asks for the same
within a year, so they count. Not computed: the half year for paediatric trials, deferrals.
"""

from __future__ import annotations

import re

from tracker.records.trial import TrialRecord
from tracker.results.rules.verdict import DutyRule, DutyVerdict, intervention_types, joined, words

__all__ = ["RULE", "verdict"]

RULE = DutyRule(
    name="eu-ctr",
    version="2022-01-31/1",
    source="Regulation (EU) No 536/2014, Article 37(4), applied since 2022-01-31; guideline 2012/C 302/03",
    clause="Article 37(4) of the EU Clinical Trials Regulation",
    basis=("completion",),
    grace_days=28,
)

_CTIS = re.compile(r"(?:EU ?CT[-: ]*)?(20[0-9]{2}-5[0-9]{5}-[0-9]{2}(?:-[0-9]{2})?)", re.IGNORECASE)
_EUDRACT = re.compile(r"(?:EudraCT[-: ]*)?(20[0-9]{2}-[0-46-9][0-9]{5}-[0-9]{2})", re.IGNORECASE)
_MEDICINES = frozenset({"DRUG", "BIOLOGICAL", "GENETIC", "COMBINATION_PRODUCT"})
_FIRST_PHASES = frozenset({"PHASE1", "EARLY_PHASE1"})
_EEA = frozenset(
    "Austria,Belgium,Bulgaria,Croatia,Cyprus,Czechia,Czech Republic,Denmark,Estonia,Finland,France,Germany,Greece,"
    "Hungary,Iceland,Ireland,Italy,Latvia,Liechtenstein,Lithuania,Luxembourg,Malta,Netherlands,Norway,Poland,Portugal,"
    "Romania,Slovakia,Slovenia,Spain,Sweden".split(",")
)


def verdict(record: TrialRecord) -> DutyVerdict:
    ctis, eudract = _numbers(record, _CTIS, "CTIS"), _numbers(record, _EUDRACT, "EUDRACT_NUMBER")
    places = sorted(_EEA.intersection(record.countries))
    medicines = sorted(_MEDICINES & intervention_types(record))
    facts = {
        "study_type": record.study_type, "status": record.status, "phases": list(record.phases), "ctis": ctis,
        "eudract": eudract, "eu_countries": places, "countries_known": bool(record.countries), "medicines": medicines,
    }  # fmt: skip
    # The first function with an answer decides: exclusions, then an EU number, then the places.
    applies, reason = _excluded(record) or _numbered(record, ctis, eudract, places) or _by_place(record, places)
    return DutyVerdict(applies, reason, facts)


def _numbers(record: TrialRecord, shape: re.Pattern[str], kind: str) -> list[str]:
    """Return the trial's numbers of one EU database, found by the registry's kind or by their shape."""
    named = [(item.type, item.id.strip(), shape.fullmatch(item.id.strip())) for item in record.identifiers.values()]
    return sorted({found[1] if found else text for given, text, found in named if found or given == kind})


def _excluded(record: TrialRecord) -> tuple[bool | None, str] | None:
    if record.status == "WITHDRAWN":
        return False, "it was withdrawn before anyone was enrolled"
    if record.study_type is not None and record.study_type != "INTERVENTIONAL":
        return False, f"a study of type {words(record.study_type)} is no clinical trial in its sense"
    return None


def _numbered(
    record: TrialRecord, ctis: list[str], eudract: list[str], places: list[str]
) -> tuple[bool | None, str] | None:
    """Return what an EU number tells: somebody applied for the trial in the EU."""
    if not ctis and not eudract:
        return None
    number = f"CTIS number {ctis[0]}" if ctis else f"EudraCT number {eudract[0]}"
    if record.countries and not places:
        return None, f"it has {number} but no site in the EU or EEA"
    if ctis:
        return True, f"it has {number}"
    if record.phases and _FIRST_PHASES.issuperset(record.phases):
        return None, f"it has {number}, and results of first-phase trials from before the Regulation are not public"
    return True, f"it has {number}; guideline 2012/C 302/03 asks the same of trials begun under Directive 2001/20/EC"


def _by_place(record: TrialRecord, places: list[str]) -> tuple[bool | None, str]:
    if record.interventions and not _MEDICINES & intervention_types(record):
        return False, "it tests no medicinal product and has no EU number"
    if record.countries and not places:
        return False, "it has no site in the EU or EEA and no EU number"
    if not record.countries:
        return None, "the record names neither a country nor an EU number"
    return None, f"it has sites in {joined(places[:3])} but names no EU number"
