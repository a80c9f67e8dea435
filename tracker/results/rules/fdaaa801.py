"""FDAAA 801, as implemented by 42 CFR Part 11 (final rule, effective 2017-01-18), sections 11.22(b), 11.42, 11.44.

Results of applicable clinical trials are due one year after primary completion, or three years with a certificate of
delay. (11.44(b), (c): 30 days after the product's approval, at most two years after the certificate. No record has the
approval, so the longest term is used.)

A trial that began before the rule took effect and was completed after it is *probably* applicable if it studies such a
product in the United States. Trials that began and ended before it are not computed: the statute covered approved
products only, and no record tells which products were approved.

An investigational new drug application or device exemption would also make a trial applicable. No public record has
them.
"""

from __future__ import annotations

import datetime as dt

from tracker.records.trial import TrialRecord
from tracker.results.rules.verdict import DutyRule, DutyVerdict, Facts, intervention_types, joined, words

__all__ = ["EFFECTIVE", "RULE", "verdict"]

EFFECTIVE = dt.date(2017, 1, 18)
RULE = DutyRule(
    name="fdaaa801",
    version="2017-01-18/1",
    source="FDAAA 801 (42 U.S.C. 282(j)); 42 CFR 11.22(b), 11.42, 11.44, effective 2017-01-18",
    clause="FDAAA 801 (42 CFR 11)",
    basis=("primary_completion", "completion"),
    grace_days=30,
)

_DRUGS = frozenset({"DRUG", "BIOLOGICAL", "GENETIC", "COMBINATION_PRODUCT"})
_DEVICES = frozenset({"DEVICE", "RADIATION", "DIAGNOSTIC_TEST", "COMBINATION_PRODUCT"})
_FIRST_PHASES = frozenset({"PHASE1", "EARLY_PHASE1"})
_US = frozenset(
    "United States,American Samoa,Guam,Northern Mariana Islands,Puerto Rico,U.S. Virgin Islands,"
    "Virgin Islands (U.S.)".split(",")
)
_YEARS, _YEARS_WITH_CERTIFICATE = 1, 3

Answer = tuple[bool | None, str]


def verdict(record: TrialRecord) -> DutyVerdict:
    # The first function with an answer decides, so their order is part of the rule.
    applies, reason = _excluded(record) or _surveillance(record) or _no_trial(record) or _trial(record)
    certified = record.results.delay is not None
    return DutyVerdict(applies, reason, _facts(record), _YEARS_WITH_CERTIFICATE if certified else _YEARS)


def _facts(record: TrialRecord) -> Facts:
    oversight, delay = record.oversight, record.results.delay
    return {
        "study_type": record.study_type,
        "status": record.status,
        "phases": list(record.phases),
        "purpose": record.design.purpose,
        "start": record.dates.start.date if record.dates.start else None,
        "interventions": sorted(intervention_types(record)),
        "fda_regulated_drug": oversight.fda_regulated_drug,
        "fda_regulated_device": oversight.fda_regulated_device,
        "pediatric_postmarket": oversight.pediatric_postmarket,
        "us_export": oversight.us_export,
        "us_site": _in_us(record),
        "waived": record.results.waived,
        "certificate": delay.first_submitted if delay else None,
        "certified": delay is not None,
    }


def _excluded(record: TrialRecord) -> Answer | None:
    if record.results.waived:
        return False, "the duty was waived (42 CFR 11.54)"
    if record.status == "WITHDRAWN":
        return False, "it was withdrawn before anyone was enrolled"
    return None


def _surveillance(record: TrialRecord) -> Answer | None:
    if record.oversight.pediatric_postmarket:
        return True, "it is a pediatric postmarket surveillance of a device"
    return None


def _no_trial(record: TrialRecord) -> Answer | None:
    if record.study_type is None:
        return None, "the record does not say what type of study it is"
    if record.study_type != "INTERVENTIONAL":
        return False, f"a study of type {words(record.study_type)} is no applicable clinical trial"
    start, end = _start(record), _end(record)
    if end is not None and end < EFFECTIVE and (start is None or start < EFFECTIVE):
        return False, f"it was completed before the rule took effect on {EFFECTIVE}"
    return None


def _trial(record: TrialRecord) -> Answer:
    """Judge an interventional trial that did not end before the rule took effect."""
    product, words = _product(record)
    if product is False:
        place = "it has no site in the United States and " if _in_us(record) is False else ""
        return False, f"{place}{words}"
    if product is None:
        return _unflagged(record, words)
    if _in_us(record) is False and record.oversight.us_export is False:
        return None, f"{words}, but outside the United States, with nothing exported from there"
    return _begun(record, words)


def _begun(record: TrialRecord, words: str) -> Answer:
    """Judge a trial of an FDA-regulated product by its start: the start decides which rules hold."""
    start = _start(record)
    if start is not None and start >= EFFECTIVE:
        return True, f"it is an applicable clinical trial: {words}"
    if _end(record) is None:
        return None, f"{words}, but the record does not say whether it ended before the rule took effect on {EFFECTIVE}"
    return True, f"it is probably an applicable clinical trial: {words}, and it was completed after {EFFECTIVE}"


def _unflagged(record: TrialRecord, product_words: str) -> Answer:
    """Judge a trial whose record does not say, or not fully, whether the FDA regulates what it studies."""
    if _in_us(record) is False and not record.oversight.us_export:
        return False, f"it has no site in the United States, and {product_words}"
    start, named = _start(record), (_DRUGS | _DEVICES) & intervention_types(record)
    # Older records have no such flags. The kind of intervention and a US site are then the best evidence.
    older = start is not None and start < EFFECTIVE
    if older and named and _in_us(record) and (record.phases or named <= _DEVICES):
        kinds = joined([words(kind) for kind in sorted(named)])
        return _begun(record, f"it studies a {kinds} in the United States")
    return None, product_words


def _product(record: TrialRecord) -> Answer:
    """Return whether the trial studies a drug or device in the sense of 11.22(b)(2)(ii), (iii), (b)(1)(ii)(B), (C)."""
    drug = _flag(record, record.oversight.fda_regulated_drug, _DRUGS)
    device = _flag(record, record.oversight.fda_regulated_device, _DEVICES)
    first_phase = bool(record.phases) and _FIRST_PHASES.issuperset(record.phases)
    feasibility = record.design.purpose == "DEVICE_FEASIBILITY"
    phases = joined([words(code) for code in record.phases])
    if device and not feasibility:
        return True, "it studies a device regulated by the FDA"
    if drug and record.phases and not first_phase:
        trial = "" if record.phases == ("NA",) else f" in {phases}"
        return True, f"it studies a drug regulated by the FDA{trial}"
    if drug is False and device is False:
        return False, "it studies no product regulated by the FDA"
    # First-phase drug trials and feasibility trials of devices are exempt, so either answer rules one side out.
    if (first_phase or drug is False) and (feasibility or device is False):
        return False, "it is a feasibility trial" if drug is False else f"it is a trial of {phases} only"
    if drug and not record.phases:
        return None, "the record gives no phase"
    return None, "the record does not say whether the FDA regulates what it studies"


def _flag(record: TrialRecord, flag: bool | None, kinds: frozenset[str]) -> bool | None:
    """Return the record's own answer. Without one, return False if it names interventions and none is of this kind."""
    if flag is not None or not record.interventions or kinds & intervention_types(record):
        return flag
    return False


def _in_us(record: TrialRecord) -> bool | None:
    return bool(_US.intersection(record.countries)) if record.countries else None


def _start(record: TrialRecord) -> dt.date | None:
    return record.dates.start.last if record.dates.start else None


def _end(record: TrialRecord) -> dt.date | None:
    found = (date.last for date in (record.dates.primary_completion, record.dates.completion) if date)
    return next((day for day in found if day), None)
