"""The joint statement of 18 May 2017 on public disclosure of results, by WHO and the larger funders.

It asks for summary results on the registry within 12 months of primary study completion, of every clinical trial:
whatever is tested, in whatever phase, wherever. WHO calls a trial what assigns people to interventions, so studies that
only observe are none. It binds its signatories as policy, not as law; who has signed is not looked at.
"""

from __future__ import annotations

from tracker.records.trial import TrialRecord
from tracker.results.rules.verdict import Rule, Verdict, words

__all__ = ["RULE", "verdict"]

RULE = Rule(
    name="who-2017",
    version="2017-05-18/1",
    source="Joint statement on public disclosure of results from clinical trials, WHO, 18 May 2017",
    clause="the WHO joint statement of 2017",
    basis=("primary_completion", "completion"),
    grace_days=30,
)


def verdict(record: TrialRecord) -> Verdict:
    facts = {"study_type": record.study_type, "status": record.status}
    if record.status == "WITHDRAWN":
        return Verdict(False, "it was withdrawn before anyone was enrolled", facts)
    if record.study_type is None:
        return Verdict(None, "the record does not say what type of study it is", facts)
    if record.study_type != "INTERVENTIONAL":
        return Verdict(False, f"a study of type {words(record.study_type)} is no clinical trial", facts)
    return Verdict(True, "it is a clinical trial", facts)
