"""Is a whole run plausible?"""

from __future__ import annotations

from typing import Any

from tests.support.records.strategies import study
from tracker.changes.guards import Survey, judge
from tracker.registries.ctgov.normalize import KNOWN_PATHS

FULL = study(conditionsModule={"conditions": ["HCC"]}, referencesModule={"references": []})
BARE = study()
NEW = study(conditionsModule={"conditions": ["HCC"]}, moduleOfTheFuture={"x": 1})
CONDITIONS = "protocolSection.conditionsModule"


def surveyed(*pairs: tuple[dict[str, Any], dict[str, Any]], missing: int = 0) -> Survey:
    survey = Survey(missing=missing)
    for before, after in pairs:
        survey.add(before, after)
    return survey


def told(survey: Survey, unchanged: int = 0) -> list[tuple[bool, str]]:
    return [(it.held, it.path) for it in judge(survey, unchanged, KNOWN_PATHS)]


def test_a_field_that_half_of_those_that_had_it_lose_at_once_holds_the_run() -> None:
    """The parent tells it all: what was in it is not named again."""
    assert told(surveyed(*[(FULL, BARE)] * 3)) == [(True, CONDITIONS)]
    assert told(surveyed(*[(FULL, BARE)] * 3, *[(FULL, FULL)] * 3)) == [(True, CONDITIONS)]
    assert told(surveyed(*[(FULL, BARE)] * 3, *[(FULL, FULL)] * 4)) == []


def test_two_records_may_lose_anything() -> None:
    assert told(surveyed(*[(FULL, BARE)] * 2)) == []


def test_unchanged_records_that_have_the_field_speak_for_the_run() -> None:
    survey = surveyed(*[(FULL, BARE)] * 3)
    assert survey.dubious()
    survey.add_unchanged([FULL, FULL], total=100)
    assert told(survey, unchanged=100) == []


def test_what_comes_and_goes_with_the_life_of_a_trial_is_no_sign() -> None:
    stopped = study(more_status={"whyStopped": "x", "lastKnownStatus": "RECRUITING"})
    cited = study(referencesModule={"references": [{"pmid": "1"}]})
    assert told(surveyed(*[(stopped, BARE)] * 5, *[(cited, BARE)] * 5)) == []


def test_a_field_we_have_no_name_for_in_half_of_all_records_is_only_remarked_upon() -> None:
    (remark,) = judge(surveyed(*[(FULL, NEW)] * 4), 4, KNOWN_PATHS)
    assert not remark.held
    assert remark.reason == "protocolSection.moduleOfTheFuture is new in 4 of 8 records"
    assert told(surveyed(*[(FULL, NEW)] * 4), unchanged=5) == []


def test_a_known_field_that_all_gain_is_welcome() -> None:
    assert told(surveyed(*[(BARE, FULL)] * 10)) == []


def test_records_that_half_vanish_from_the_registry_hold_the_run() -> None:
    assert told(surveyed(missing=3), unchanged=3) == [(True, "*")]
    assert told(surveyed(missing=3), unchanged=4) == []
    assert told(surveyed(missing=2)) == []


def test_an_empty_run_is_plausible() -> None:
    assert told(Survey()) == []
