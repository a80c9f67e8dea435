"""Whom each rule asks for results: cases from the laws' words, from what peers count, and from odd records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from tests.support.records.results_records import SIGNED, made, trial
from tracker.records.trial import TrialRecord
from tracker.results.cycle import merged_steps
from tracker.results.duties import RULES, Duty, duties_of

TODAY = dt.date(2026, 11, 22)
CTIS, EUDRACT = "2023-503218-56-00", "2015-000149-22"
US, CN, DE, GB = "United States", "China", "Germany", "United Kingdom"


def duty(rule: str, record: TrialRecord, today: dt.date = TODAY) -> Duty:
    return next(it for it in duties_of(record, merged_steps([record]), today) if it.rule == rule)


def case(law: str, rule: str, applies: bool | None, said: str, **facts: Any) -> Any:
    return pytest.param(rule, trial(**facts), applies, said, id=f"{rule}: {law}")


OF_DEVICE: dict[str, Any] = {"drug": False, "device": True}
NO_FLAGS: dict[str, Any] = {"drug": None, "device": None}
BEFORE: dict[str, Any] = {"start": "2014-05", "primary": "2018-02-01"}  # begun before the rule, completed after it
CASES = [
    # 42 CFR 11.22(b)(2): applicable drug clinical trials
    case("11.22(b)(2), drug in phase 2 in the US", "fdaaa801", True, "drug regulated by the FDA in phase 2"),
    case("phase 1/2 is other than phase 1", "fdaaa801", True, "phase 1 and phase 2", phases="PHASE1 PHASE2"),
    case("phase 4 counts", "fdaaa801", True, "phase 4", phases="PHASE4"),
    case("a drug trial whose phase is not applicable counts", "fdaaa801", True, "regulated", phases="NA"),
    case("11.22(b)(2)(i), phase 1", "fdaaa801", False, "phase 1 only", phases="PHASE1"),
    case("early phase 1 is phase 1", "fdaaa801", False, "early phase 1 only", phases="EARLY_PHASE1"),
    case("no phase given", "fdaaa801", None, "gives no phase", phases=""),
    case("product not regulated", "fdaaa801", False, "no product", drug=False),
    case("terminated trials owe what they found", "fdaaa801", True, "applicable", status="TERMINATED"),
    case("of unknown status since nobody verified it", "fdaaa801", True, "applicable", status="UNKNOWN"),
    case("withdrawn: nobody was enrolled", "fdaaa801", False, "withdrawn", status="WITHDRAWN"),
    case("11.54, waiver", "fdaaa801", False, "waived", waived=True),
    case("drug outside the US, as under an IND", "fdaaa801", True, "applicable", countries=CN),
    case("drug exported from the US", "fdaaa801", True, "applicable", countries=CN, export=True),
    case("abroad and not exported: an IND alone would do", "fdaaa801", None, "outside", countries=CN, export=False),
    case("in the US, what is exported does not matter", "fdaaa801", True, "applicable", export=False),
    case("no site named, not exported", "fdaaa801", True, "applicable", countries="", export=False),
    # 11.22(b)(1): applicable device clinical trials
    case("11.22(b)(1), device", "fdaaa801", True, "device regulated", kinds="DEVICE", phases="NA", **OF_DEVICE),
    case(
        "small feasibility trial of a device",
        "fdaaa801",
        False,
        "feasibility",
        kinds="DEVICE",
        **OF_DEVICE,
        phases="NA",
        purpose="DEVICE_FEASIBILITY",
    ),
    case(
        "feasibility of a device, given with a regulated drug",
        "fdaaa801",
        True,
        "drug regulated",
        kinds="DEVICE DRUG",
        device=True,
        purpose="DEVICE_FEASIBILITY",
    ),
    case("phase 1 excludes drugs alone", "fdaaa801", True, "device", kinds="DEVICE", device=True, phases="PHASE1"),
    case("11.22(b)(1)(i), surveillance", "fdaaa801", True, "surveillance", type="OBSERVATIONAL", ppsd=True, phases=""),
    # 11.10: what is no clinical trial
    case("observational", "fdaaa801", False, "observational", type="OBSERVATIONAL"),
    case("11.10, expanded access", "fdaaa801", False, "expanded access", type="EXPANDED_ACCESS"),
    case("type of study not given", "fdaaa801", None, "what type", type=None),
    # 11.42: the rule took effect on 2017-01-18; probably applicable trials began before it
    case("begun on the day the rule took effect", "fdaaa801", True, "it is an appl", start="2017-01-18"),
    case("begun the day before", "fdaaa801", True, "probably", start="2017-01-17"),
    case("begun in the month of the rule is read as its end", "fdaaa801", True, "it is an appl", start="2017-01"),
    case("completed before the rule", "fdaaa801", False, "before the rule", start="2014", primary="2017-01-17"),
    case("completed on the day of the rule", "fdaaa801", True, "probably", start="2014", primary="2017-01-18"),
    case("completed in the month of the rule", "fdaaa801", True, "probably", start="2014", primary="2017-01"),
    case("no start, completed before the rule", "fdaaa801", False, "before the rule", start=None, primary="2015-01"),
    case("no start, completed after it", "fdaaa801", True, "probably", start=None),
    case("begun before the rule, no end", "fdaaa801", None, "whether", start="2014", primary=None, completion=None),
    case("begun after the rule, no end", "fdaaa801", True, "applicable", primary=None, completion=None),
    # the flags came with the rule: older records have none
    case("no flag, drug in the US, older", "fdaaa801", True, "probably", **BEFORE, **NO_FLAGS),
    case("no flag, in Puerto Rico", "fdaaa801", True, "probably", countries="Puerto Rico", **BEFORE, **NO_FLAGS),
    case("no flag, device in the US", "fdaaa801", True, "probably", kinds="DEVICE", phases="", **BEFORE, **NO_FLAGS),
    case("no flag, drug abroad", "fdaaa801", False, "no site in the United States", countries=CN, **BEFORE, **NO_FLAGS),
    case("no flag, behavioral", "fdaaa801", False, "no product", kinds="BEHAVIORAL", **BEFORE, **NO_FLAGS),
    case("no flag, phase 1", "fdaaa801", False, "phase 1 only", phases="PHASE1", **BEFORE, **NO_FLAGS),
    case("no flag, begun after the rule", "fdaaa801", None, "does not say", **NO_FLAGS),
    case("no flag, no site named", "fdaaa801", None, "does not say", countries="", **BEFORE, **NO_FLAGS),
    case("no flag, nothing named", "fdaaa801", None, "does not say", kinds="", **BEFORE, **NO_FLAGS),
    case("no flag, no start", "fdaaa801", None, "does not say", **BEFORE | {"start": None}, **NO_FLAGS),
    # EU CTR: what an EU number and the places tell
    case("Art. 37(4), authorised under the Regulation", "eu-ctr", True, "CTIS", countries=DE, numbers=CTIS),
    case("a CTIS number without its version", "eu-ctr", True, "CTIS", countries=DE, numbers="2023-503651-10"),
    case("begun under the Directive", "eu-ctr", True, "2012/C 302/03", countries=DE, numbers=EUDRACT),
    case("with its name", "eu-ctr", True, "number 2010-021979-85", countries=DE, numbers="EudraCT2010-021979-85"),
    case("phase 1 under the Regulation", "eu-ctr", True, "CTIS", phases="PHASE1", numbers=CTIS, countries=DE),
    case("phase 1 under the Directive", "eu-ctr", None, "not public", phases="PHASE1", numbers=EUDRACT, countries=DE),
    case("a number, but no site there", "eu-ctr", None, "no site in the EU", numbers=EUDRACT, countries=CN),
    case("a number, no site named", "eu-ctr", True, "EudraCT", numbers=EUDRACT, countries=""),
    case("no number, sites in the EU", "eu-ctr", None, "names no EU number", countries=f"{DE},{US}"),
    case("Norway is in the EEA", "eu-ctr", None, "Norway", countries="Norway"),
    case("the United Kingdom is not", "eu-ctr", False, "no site in the EU", countries=GB),
    case("no site in the EU", "eu-ctr", False, "no site in the EU", countries=US),
    case("neither country nor number", "eu-ctr", None, "neither", countries=""),
    case("Art. 2, no medicinal product", "eu-ctr", False, "no medicinal product", kinds="PROCEDURE", countries=DE),
    case("Art. 1, non-interventional", "eu-ctr", False, "observational", type="OBSERVATIONAL", countries=DE),
    case("withdrawn", "eu-ctr", False, "withdrawn", status="WITHDRAWN", numbers=EUDRACT, countries=DE),
    case("another registry's number is none", "eu-ctr", False, "no EU number", numbers="ISRCTN12345678,2015-1234"),
    # WHO 2017: any clinical trial
    # the joint statement binds those who signed it, for what begins under the policies they promised
    case("any trial", "who-2017", True, "clinical", countries=CN, drug=False, kinds="PROCEDURE", **SIGNED),
    case("phase 1 too", "who-2017", True, "Wellcome Trust supports", phases="PHASE1", **SIGNED),
    case("begun when the policy had to hold", "who-2017", True, "signatory", sponsor="PATH", start="2018-05-18"),
    case("begun the day before", "who-2017", None, "begun on or after 2018-05-18", sponsor="PATH", start="2018-05-17"),
    case("begun in that month is read as its end", "who-2017", True, "signatory", sponsor="PATH", start="2018-05"),
    case("long completed", "who-2017", None, "began on 2001", sponsor="CEPI", start="2001", primary="2003-04"),
    case("no start", "who-2017", None, "gives no start", sponsor="CEPI", start=None),
    case("signed later", "who-2017", None, "begun on or after 2019-08-22", sponsor="Inserm", start="2019-08-21"),
    case("signed later, begun later", "who-2017", True, "Inserm supports", sponsor="Inserm", start="2019-08-22"),
    case("nobody signed", "who-2017", None, "names none of those who signed", sponsor="Sun Yat-sen University"),
    case("no sponsor given", "who-2017", None, "names none of those who signed"),
    case("observational", "who-2017", False, "observational", type="OBSERVATIONAL"),
    case("expanded access", "who-2017", False, "expanded access", type="EXPANDED_ACCESS"),
    case("withdrawn", "who-2017", False, "withdrawn", status="WITHDRAWN"),
    case("type of study not given", "who-2017", None, "what type", type=None),
]


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(("rule", "record", "applies", "said"), CASES)
def test_whom_a_rule_asks(rule: str, record: TrialRecord, applies: bool | None, said: str) -> None:
    found = duty(rule, record)
    assert (found.applies, said in found.why) == (applies, True), found.why


@pytest.mark.parametrize(("rule", "record", "applies", "said"), CASES)
def test_a_duty_shows_its_rule_its_version_and_its_facts(
    rule: str, record: TrialRecord, applies: bool | None, said: str
) -> None:
    found = duty(rule, record)
    assert (found.version, found.source) == (RULES[rule].version, RULES[rule].source)
    assert found.facts["status"] == record.status and found.facts["study_type"] == record.study_type
    if not applies:
        assert found.days_late is None and found.days_late_strict is None
    if applies is False:
        assert found.due is None and found.due_basis is None


def test_a_record_that_says_nothing_is_judged_too() -> None:
    assert [it.applies for it in duties_of(made(), [], TODAY)] == [None, None, None]


def test_a_duty_is_plain_json() -> None:
    document = msgspec.to_builtins(duty("fdaaa801", trial()))
    assert document["due"] == "2021-06-15" and document["days_late"] == (TODAY - dt.date(2021, 6, 15)).days
    assert document["facts"]["primary_completion"] == {"date": "2020-06-15", "type": "ACTUAL"}
