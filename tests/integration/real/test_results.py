"""Over every real record: a state and three duties without exception, the counts fixed, thirty answers read by hand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from storage.values.states import ResultsState
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read
from tracker.results.cycle import merged_steps
from tracker.results.duties import Duty, duties_of
from tracker.results.rules.signatories import supporters

TODAY = dt.date(2026, 11, 22)

Judged = list[tuple[TrialRecord, tuple[Duty, ...]]]


@pytest.fixture(scope="module")
def judged(real_records: list[dict[str, Any]]) -> Judged:
    records = [read(raw).record for raw in real_records]
    return [(record, duties_of(record, merged_steps([record]), TODAY)) for record in records]


# rule, applies -> trials; of those that apply, how many are late
COUNTS = {
    ("fdaaa801", True): 233, ("fdaaa801", None): 4, ("fdaaa801", False): 1197,
    ("eu-ctr", True): 93, ("eu-ctr", None): 135, ("eu-ctr", False): 1206,
    ("who-2017", True): 6, ("who-2017", None): 1045, ("who-2017", False): 383,
}  # fmt: skip
LATE = {"fdaaa801": 105, "eu-ctr": 32, "who-2017": 4}
IN_STATE = {"none": 1248, "posted": 154, "returned": 26, "submitted": 5, "cancelled": 1}


def test_every_record_has_a_state_and_its_duties(judged: Judged) -> None:
    assert len(judged) == 1434
    states = Counter(record.results.state for record, _ in judged)
    applies = Counter((duty.rule, duty.applies) for _, duties in judged for duty in duties)
    late = Counter(duty.rule for _, duties in judged for duty in duties if duty.days_late is not None)
    print(f"states {dict(states)}\nrules {dict(applies)}\nlate {dict(late)}")  # noqa: T201  (the counts are there to be read: pytest -s)
    assert dict(states) == IN_STATE and set(states) <= set(ResultsState)
    assert {key: applies[key] for key in COUNTS} == COUNTS and applies.total() == 3 * 1434
    assert dict(late) == LATE


def test_every_answer_says_why_and_holds_together(judged: Judged) -> None:
    for record, duties in judged:
        for duty in duties:
            assert duty.why.endswith("."), record.trial
            assert (duty.due is None) == (duty.due_basis is None), record.trial
            if not duty.applies:
                assert duty.days_late is None and duty.days_late_strict is None, record.trial
            if duty.days_late is not None:
                assert duty.days_late_strict is None or duty.days_late <= duty.days_late_strict, record.trial


def test_has_results_agrees_with_the_state(judged: Judged, real_records: list[dict[str, Any]]) -> None:
    for raw, (record, duties) in zip(real_records, judged, strict=True):
        assert (record.results.state == "posted") == raw["hasResults"]
        assert not raw["hasResults"] or all(duty.standing for duty in duties)


# trial: state, FDAAA 801, EU CTR, WHO 2017. "no"; a due day, with ? when it cannot be told whether it applies, and +N
# for N days late on 2026-11-22; "-" for no due day. Each was read in the record and counted by hand.
SAMPLE = {
    # completed 2015, before the US rule; no EU number though sites in France; last round cancelled 2018-08-15, so
    # nothing stands and today counts
    "NCT02293265": ("cancelled", "no", "2016-05-31?", "2016-05-31?"),
    # observational: nobody asks
    "NCT05772143": ("none", "no", "no", "no"),
    "NCT00329836": ("posted", "no", "no", "no"),
    # observational study of a device flagged as regulated: still no trial
    "NCT04857515": ("returned", "no", "no", "no"),
    # recruiting in China, both flags no; estimated to end its primary phase 2027-06-30
    "NCT07050056": ("none", "no", "no", "2028-06-30?"),
    # completed in Ecuador, a food supplement, flagged no
    "NCT04407182": ("none", "no", "no", "2021-08-01?"),
    # in the US with a certificate, but its primary completion was in 2016
    "NCT02582073": ("none", "no", "no", "2017-05-05?"),
    # phase 1 of a regulated drug: not the US rule; sites in Belgium and France without a number: perhaps the EU's
    "NCT05537740": ("none", "no", "2028-05-04?", "2027-07-07?"),
    # Spain, no EU number, completed 2025-04-01
    "NCT05780073": ("none", "no", "2026-04-01?", "2026-04-01?"),
    # France with a CTIS number, month-only dates: 2029-04 and 2030-04
    "NCT07337447": ("none", "no", "2031-04-30", "2030-04-30?"),
    # France with a EudraCT number; 2015-02 and 2015-04; February has 28 days
    "NCT01197053": ("none", "no", "2016-04-30 +3858", "2016-02-28?"),
    # no date at all, no flag, a drug in the US
    "NCT00002297": ("none", "-?", "no", "-?"),
    # a device flagged as regulated, in Taiwan, not exported from the US: an IDE alone would make it applicable
    "NCT05603494": ("none", "2025-07-30?", "no", "2025-07-30?"),
    # phase 2 of a regulated drug in the US, still recruiting
    "NCT05268003": ("none", "2027-10-05", "no", "2027-10-05?"),
    # a regulated device in the US, nobody verified it since; its estimated day is long gone
    "NCT03155594": ("none", "2018-07-15 +3052", "no", "2018-07-15?"),
    # certificate of 2023: three years for the US, one for WHO
    "NCT03607838": ("none", "2025-08-03 +476", "no", "2023-08-03?"),
    # a CTIS number but no site in the EU (Japan alone)
    "NCT05879978": ("none", "2025-10-30 +388", "2025-10-30?", "2025-10-30?"),
    # primary completion 2024-10-16, end a week later: the EU counts from the end
    "NCT05915026": ("none", "2025-10-16 +402", "2025-10-23 +395", "2025-10-16?"),
    # certificate, EudraCT number, the end still ahead
    "NCT05280470": ("none", "2028-03-03", "2027-12-15", "2026-03-03?"),
    # posted in time: submitted 2014-10-24, due 2014-10-31
    "NCT01202903": ("posted", "no", "no", "2014-10-31?"),
    # posted years late: submitted 2013-07-23, 2008-06 being read as its last day
    "NCT00189228": ("posted", "no", "no", "2009-06-30?"),
    # no country and no flag, begun in 2013 and completed in 2017
    "NCT03394508": ("posted", "2018-12-31?", "2018-12-31?", "2018-12-31?"),
    # begun 2016-11-17 and completed after the rule: probably applicable; submitted 2020-06-22
    "NCT02996448": ("posted", "2019-07-22 +336", "no", "2019-07-22?"),
    # certificate, but submitted after its three years, too: 2022-02-21
    "NCT02676765": ("posted", "2021-01-18 +399", "no", "2019-01-18?"),
    # submitted 31 days after the due day: who has submitted has no grace
    "NCT04167618": ("posted", "2023-08-11 +31", "2023-08-11?", "2023-08-11?"),
    # EudraCT number, sites in the UK and the US alone; certificate then results
    "NCT04761198": ("posted", "2026-10-30", "2024-10-30?", "2024-10-30?"),
    # posted before its end: due under the US rule since 2021-11, under the EU's a year after 2025-09
    "NCT02513394": ("posted", "2021-11-30 +63", "2026-09-30", "2021-11-30?"),
    # three rounds, all returned: the first one counts, 24 days late
    "NCT04948307": ("returned", "2024-04-12 +24", "no", "2024-04-12?"),
    # behavioral, both flags no; its first round is open since 2025-04-28
    "NCT04907045": ("submitted", "no", "no", "2024-12-04?"),
    # begun 2017-01 (read as its end, so after the rule), a drug in the US, but no flag; submitted seven years later
    "NCT02753764": ("submitted", "2020-02-25?", "no", "2020-02-25?"),
}


def said(duty: Duty) -> str:
    if duty.applies is False:
        return "no"
    late = "" if duty.days_late is None else f" +{duty.days_late}"
    return f"{duty.due or '-'}{'' if duty.applies else '?'}{late}"


def test_the_sample_is_thirty() -> None:
    assert len(SAMPLE) == 30


@pytest.mark.parametrize("trial", SAMPLE)
def test_a_sample_read_by_hand(judged: Judged, trial: str) -> None:
    versions = [it for it in judged if it[0].trial == trial]
    record, duties = max(versions, key=lambda it: it[0].dates.last_update_submitted or "")
    assert (record.results.state, *map(said, duties)) == SAMPLE[trial]
    assert all(duty.days_late == duty.days_late_strict for duty in duties)


SIGNED = {
    "UK Medical Research Council": {"NCT00894816", "NCT03999970", "NCT05397184"},
    "Wellcome Trust": {"NCT05942599"},
    "Institut Pasteur": {"NCT05420935"},
    "Inserm": {"NCT00820820", "NCT01715623", "NCT06648538"},
    "National Institute for Health Research": {"NCT02149719", "NCT04678869"},
}
ALIKE = {
    "Medical Research Council of Southeast Sweden", "Institut Pasteur de Lille",
    "National Health and Medical Research Council, Australia",
}  # fmt: skip


@pytest.mark.fault("R-B10")
def test_real_sponsors_are_matched_by_whole_names(real_records: list[dict[str, Any]]) -> None:
    found: dict[str, set[str]] = {}
    names = set()
    for record in (read(raw).record for raw in real_records):
        names |= {record.sponsor.lead, *(it.name for it in record.sponsor.collaborators.values())}
        for name in [it.name for it in supporters(record)]:
            found.setdefault(name, set()).add(record.trial)
    assert found == SIGNED
    assert names >= ALIKE, "names that hold a signatory's are among them, and match none"
