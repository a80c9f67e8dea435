"""The joint statement of 18 May 2017 on public disclosure of results, by WHO and large funders.

It asks for summary results on the registry within 12 months of primary study completion, for every clinical trial, of
any product, in any phase and country. For WHO, a clinical trial assigns people to interventions. Studies that only
observe are not covered.

It binds its signatories, as policy and not as law. Each promised a policy within 12 months for the trials it funds,
co-funds, sponsors or supports. So a trial is bound if its record names a signatory and it began after that policy had
to hold. The start counts, not the completion: a funder cannot change what it agreed with trials already under way. WHO
asks the same of every other trial, but no one promised it.
"""

from __future__ import annotations

from tracker.records.trial import TrialRecord
from tracker.results.rules.signatories import Signatory, supporters
from tracker.results.rules.verdict import DutyRule, DutyVerdict, Facts, joined, words

__all__ = ["RULE", "verdict"]

RULE = DutyRule(
    name="who-2017",
    version="2017-05-18/2",
    source="Joint statement on public disclosure of results from clinical trials, WHO, 18 May 2017",
    clause="the WHO joint statement of 2017",
    basis=("primary_completion", "completion"),
    grace_days=30,
)
_ASKER = "WHO"


def verdict(record: TrialRecord) -> DutyVerdict:
    signed = supporters(record)
    facts: Facts = {
        "study_type": record.study_type,
        "status": record.status,
        "start": record.dates.start.date if record.dates.start else None,
        "signatories": [it.name for it in signed],
        "policy_from": signed[0].policy_from.isoformat() if signed else None,
    }
    if record.status == "WITHDRAWN":
        return DutyVerdict(False, "it was withdrawn before anyone was enrolled", facts)
    if record.study_type is None:
        return DutyVerdict(None, "the record does not say what type of study it is", facts)
    if record.study_type != "INTERVENTIONAL":
        return DutyVerdict(False, f"a study of type {words(record.study_type)} is no clinical trial", facts)
    unbound = _unbound(record, signed)
    if unbound:
        return DutyVerdict(None, unbound, facts, asker=_ASKER)
    return DutyVerdict(True, f"it is a clinical trial that {_all(signed)} supports, a signatory", facts)


def _unbound(record: TrialRecord, signed: list[Signatory]) -> str:
    """Return why the statement does not bind a clinical trial, or "" if it does."""
    if not signed:
        return "the record names none of those who signed it as sponsor, collaborator or funder"
    policy = f"the policy {signed[0].name} promised covers trials begun on or after {signed[0].policy_from}"
    start = record.dates.start
    if start is None or start.last is None:
        return f"{policy}, and the record gives no start that can be read"
    return f"{policy}, and this one began on {start.date}" if start.last < signed[0].policy_from else ""


def _all(signed: list[Signatory]) -> str:
    return joined([it.name for it in signed[:3]])
