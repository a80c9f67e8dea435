"""The demo's story: true to its page, true to the registry's mechanics, and open about what it invents."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from tracker.demo.story import SEED, STORY, Story, days, merged, record_on
from tracker.records.json_objects import RawRecord as Record

PAGE_DAY = date(2026, 1, 15)
LAST_SOURCE = date(2026, 3, 9)
STATUS = "protocolSection.statusModule"
TRACKING = "derivedSection.miscInfoModule.submissionTracking"


def at(record: Record | None, path: str) -> Any:
    value: Any = record
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else (value or {}).get(key)
    return value


def before_and_after(day: date, trial: str) -> tuple[Record, Record]:
    before, after = record_on(trial, day - timedelta(days=1)), record_on(trial, day)
    assert before is not None
    assert after is not None
    return before, after


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("identificationModule.nctId", "NCT05349331"),
        ("identificationModule.orgStudyIdInfo.id", "B2022-119-X01"),
        (
            "identificationModule.briefTitle",
            "Watch and Wait and Surgical Treatment for Clinical Complete Responders After Non-Curative Therapy "
            "for Hepatocellular Carcinoma",
        ),
        ("statusModule.overallStatus", "COMPLETED"),
        ("statusModule.startDateStruct", {"date": "2022-05-05", "type": "ACTUAL"}),
        ("statusModule.completionDateStruct", {"date": "2026-01-14", "type": "ACTUAL"}),
        ("statusModule.primaryCompletionDateStruct", None),
        ("statusModule.lastUpdatePostDateStruct.date", "2026-01-15"),
        ("designModule.phases", ["PHASE2"]),
        ("designModule.studyType", "INTERVENTIONAL"),
        ("designModule.enrollmentInfo.count", 74),
        ("designModule.designInfo.allocation", "RANDOMIZED"),
        ("designModule.designInfo.interventionModel", "PARALLEL"),
        ("designModule.designInfo.primaryPurpose", "TREATMENT"),
        ("designModule.designInfo.maskingInfo.masking", "NONE"),
        ("conditionsModule.conditions", ["Hepatocellular Carcinoma"]),
        ("armsInterventionsModule.armGroups.0.label", "Resection group"),
        ("armsInterventionsModule.armGroups.0.type", "EXPERIMENTAL"),
        ("armsInterventionsModule.armGroups.1.label", "Non-surgical resection group"),
        ("armsInterventionsModule.armGroups.1.type", "NO_INTERVENTION"),
        ("armsInterventionsModule.interventions.0.name", "Liver Resection"),
        ("armsInterventionsModule.interventions.0.type", "PROCEDURE"),
        ("eligibilityModule.minimumAge", "18 Years"),
        ("eligibilityModule.maximumAge", None),
        ("eligibilityModule.sex", "ALL"),
        ("eligibilityModule.healthyVolunteers", False),
        ("sponsorCollaboratorsModule.leadSponsor", {"name": "Sun Yat-sen University", "class": "OTHER"}),
        ("sponsorCollaboratorsModule.responsibleParty.type", "PRINCIPAL_INVESTIGATOR"),
        ("sponsorCollaboratorsModule.responsibleParty.investigatorFullName", "Binkui Li"),
        ("sponsorCollaboratorsModule.responsibleParty.investigatorTitle", "Professor"),
        ("contactsLocationsModule.locations.0.facility", "Sun Yat-Sen University Cancer Center"),
        ("contactsLocationsModule.locations.0.city", "Guangzhou"),
        ("contactsLocationsModule.locations.0.state", "Guangdong"),
        ("contactsLocationsModule.locations.0.country", "China"),
        ("contactsLocationsModule.locations.0.status", None),
    ],
)
def test_the_record_says_what_the_page_said_on_its_day(path: str, fact: object) -> None:
    record = record_on(SEED, PAGE_DAY)
    assert at(record, f"protocolSection.{path}") == fact


def test_on_the_page_day_results_are_pending_and_nothing_is_submitted() -> None:
    record = record_on(SEED, PAGE_DAY)
    assert at(record, "hasResults") is False
    assert at(record, "resultsSection") is None
    assert at(record, TRACKING) is None


def test_only_registry_dates_are_added_to_the_page() -> None:
    facts = STORY.facts[SEED]
    record = record_on(SEED, PAGE_DAY)
    assert record is not None
    added = record["protocolSection"]["statusModule"].keys() - facts["protocolSection"]["statusModule"].keys()
    assert added == {
        "studyFirstSubmitDate",
        "studyFirstSubmitQcDate",
        "studyFirstPostDateStruct",
        "lastUpdateSubmitDate",
        "statusVerifiedDate",
    }
    assert merged(record, facts) == record


@pytest.mark.parametrize(("trial", "day"), [("NCT05904886", date(2025, 12, 31)), ("NCT06860815", date(2026, 1, 28))])
def test_a_rewound_neighbour_comes_back_to_its_facts(trial: str, day: date) -> None:
    assert record_on(trial, day - timedelta(days=1)) != STORY.facts[trial]
    assert record_on(trial, day) == STORY.facts[trial]


@pytest.mark.parametrize("trial", STORY.facts)
def test_every_record_of_every_day_is_whole(trial: str) -> None:
    for day in days():
        record = record_on(trial, day)
        if record is None:
            continue
        assert at(record, "protocolSection.identificationModule.nctId") == trial
        assert at(record, f"{STATUS}.overallStatus")
        assert at(record, f"{STATUS}.lastUpdateSubmitDate") <= at(record, f"{STATUS}.lastUpdatePostDateStruct.date")
        assert at(record, f"{STATUS}.lastUpdatePostDateStruct.date") <= day.isoformat()
        assert record["hasResults"] == ("resultsSection" in record)


def test_the_same_question_has_the_same_answer_and_the_answer_is_a_copy() -> None:
    first = record_on(SEED, PAGE_DAY)
    assert first is not None
    first["protocolSection"]["designModule"]["phases"].append("PHASE9")
    assert record_on(SEED, PAGE_DAY) == record_on(SEED, PAGE_DAY) != first


def test_before_its_first_step_a_trial_is_not_there() -> None:
    assert record_on(SEED, date(2022, 4, 26)) is None
    assert record_on(SEED, date(2022, 4, 27)) is not None
    assert record_on("NCT99999999", PAGE_DAY) is None


def test_whatever_no_source_tells_is_marked_invented() -> None:
    told = {(step.trial, step.day) for step in STORY.steps if not step.invented}
    assert (SEED, PAGE_DAY) in told
    assert [trial for trial, _ in told].count(SEED) == 1
    assert max(day for _, day in told) <= LAST_SOURCE
    for trial, day in told - {(SEED, PAGE_DAY)}:
        assert at(record_on(trial, day), f"{STATUS}.lastUpdatePostDateStruct.date") == day.isoformat()


def test_every_trial_names_the_source_of_its_facts() -> None:
    for trial in STORY.facts:
        told = tomllib.loads((files("tracker.demo") / "data" / f"{trial}.toml").read_text("utf-8"))
        assert len(told["about"]["facts"]) > 40
        assert "about" not in STORY.facts[trial]


def test_the_days_are_working_days_in_order() -> None:
    assert 25 <= len(days()) <= 36
    assert all(a < b for a, b in pairwise(days()))
    assert all(day.weekday() < 5 for day in days())
    assert {STORY.opening, PAGE_DAY, *STORY.quiet} <= set(days())


def test_nothing_happens_on_a_quiet_day() -> None:
    for day in STORY.quiet:
        assert not STORY.steps_on(day)


# --- results: submitted, returned, submitted again, posted

SUBMITTED, RETURNED, AGAIN, POSTED = date(2026, 11, 18), date(2026, 12, 16), date(2027, 1, 11), date(2027, 3, 8)


def test_an_open_submission_is_seen_in_the_tracking_alone() -> None:
    record = record_on(SEED, SUBMITTED)
    assert at(record, f"{TRACKING}.submissionInfos") == [{"releaseDate": "2026-11-17"}]
    assert at(record, f"{TRACKING}.estimatedResultsFirstSubmitDate") == "2026-11-17"
    assert at(record, "annotationSection") is None


def test_a_return_closes_the_cycle_and_is_annotated() -> None:
    record = record_on(SEED, RETURNED)
    assert at(record, f"{TRACKING}.submissionInfos.0.resetDate") == "2026-12-14"
    events = at(record, "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents")
    assert [(event["type"], event["date"]) for event in events] == [("RELEASE", "2026-11-17"), ("RESET", "2026-12-14")]


def test_a_second_submission_stays_open_and_out_of_the_annotation() -> None:
    before, after = before_and_after(AGAIN, SEED)
    assert at(after, f"{TRACKING}.submissionInfos.1") == {"releaseDate": "2027-01-08"}
    assert at(after, f"{TRACKING}.estimatedResultsFirstSubmitDate") == "2026-11-17"
    assert after["annotationSection"] == before["annotationSection"]


@pytest.mark.parametrize("day", [SUBMITTED, RETURNED, AGAIN])
def test_no_stage_before_posting_touches_the_protocol(day: date) -> None:
    before, after = before_and_after(day, SEED)
    assert before != after
    assert before["protocolSection"] == after["protocolSection"]
    assert after["hasResults"] is False


@pytest.mark.parametrize(
    ("trial", "day", "first"), [(SEED, POSTED, "2026-11-17"), ("NCT05293496", date(2026, 9, 8), "2026-06-22")]
)
def test_posting_brings_results_and_takes_the_tracking_away(trial: str, day: date, first: str) -> None:
    before, after = before_and_after(day, trial)
    assert at(before, f"{STATUS}.resultsFirstSubmitDate") is None
    assert at(before, TRACKING)
    assert at(after, TRACKING) is None
    assert at(after, "annotationSection") is None
    assert after["hasResults"] is True
    assert at(after, f"{STATUS}.resultsFirstSubmitDate") == first
    assert at(after, f"{STATUS}.resultsFirstPostDateStruct.date") == day.isoformat()
    assert at(after, f"{STATUS}.lastUpdatePostDateStruct.date") == day.isoformat()


def test_the_posted_results_count_everyone() -> None:
    results = at(record_on(SEED, POSTED), "resultsSection")
    measures = results["outcomeMeasuresModule"]["outcomeMeasures"]
    assert [measure["type"] for measure in measures] == ["PRIMARY", *["SECONDARY"] * 5, "OTHER_PRE_SPECIFIED"]
    milestones = results["participantFlowModule"]["periods"][0]["milestones"]
    started, done, lost = (sum(int(a["numSubjects"]) for a in m["achievements"]) for m in milestones)
    assert started == done + lost == 74
    assert results["baselineCharacteristicsModule"]["denoms"][0]["counts"][-1]["value"] == "74"
    adverse = results["adverseEventsModule"]
    assert sum(group["seriousNumAtRisk"] for group in adverse["eventGroups"]) == 74
    assert sum(group["seriousNumAffected"] for group in adverse["eventGroups"]) == 6


# --- neighbours


def test_the_registry_sets_unknown_without_moving_a_date() -> None:
    before, after = before_and_after(date(2026, 1, 20), "NCT05023109")
    expected = merged(before, {"protocolSection": {"statusModule": {"overallStatus": "UNKNOWN"}}})
    expected["protocolSection"]["statusModule"]["lastKnownStatus"] = "ACTIVE_NOT_RECRUITING"
    assert after == expected


def test_a_found_paper_makes_no_version() -> None:
    day, trial = date(2026, 3, 17), "NCT03434379"
    before, after = before_and_after(day, trial)
    assert at(before, "protocolSection.referencesModule") is None
    assert at(after, "protocolSection.referencesModule.references.0.type") == "DERIVED"
    assert len(STORY.versions_on(trial, day - timedelta(days=1))) == len(STORY.versions_on(trial, day))


def test_a_day_of_noise_moves_sites_about_and_changes_none() -> None:
    before, after = before_and_after(date(2026, 3, 2), "NCT05904886")
    sites = "protocolSection.contactsLocationsModule.locations"
    assert before != after

    def held(record: Record) -> set[tuple[str, str, str]]:
        return {(site["facility"], site["city"], site["country"]) for site in at(record, sites)}

    assert held(before) == held(after)
    assert at(before, f"{sites}.4.geoPoint") != at(after, f"{sites}.0.geoPoint")
    without = {"protocolSection": {"contactsLocationsModule": None}}
    assert merged(before, without) == merged(after, without)


@pytest.mark.parametrize(
    ("trial", "day", "path", "was", "is_now"),
    [
        ("NCT04514484", date(2026, 2, 9), "designModule.enrollmentInfo.count", 18, 8),
        ("NCT04514484", date(2026, 8, 11), "statusModule.overallStatus", "ACTIVE_NOT_RECRUITING", "TERMINATED"),
        ("NCT04514484", date(2026, 8, 11), "statusModule.whyStopped", None, "Slow accrual"),
        ("NCT05883644", date(2026, 4, 14), "designModule.enrollmentInfo.count", 140, 84),
        (
            "NCT06953089",
            date(2026, 5, 19),
            "statusModule.primaryCompletionDateStruct.date",
            "2030-06-30",
            "2031-06-30",
        ),
        (
            "NCT06860815",
            date(2026, 6, 16),
            "contactsLocationsModule.locations.0.status",
            "RECRUITING",
            "ACTIVE_NOT_RECRUITING",
        ),
    ],
)
def test_what_happens_to_the_neighbours(trial: str, day: date, path: str, was: object, is_now: object) -> None:
    before, after = before_and_after(day, trial)
    assert (at(before, f"protocolSection.{path}"), at(after, f"protocolSection.{path}")) == (was, is_now)


def test_two_sites_join() -> None:
    before, after = before_and_after(date(2026, 6, 16), "NCT06860815")
    sites = "protocolSection.contactsLocationsModule.locations"
    assert (len(at(before, sites)), len(at(after, sites))) == (1, 3)


def test_the_demo_trial_has_seven_versions_of_one_submit_date_each() -> None:
    versions = STORY.versions_on(SEED, POSTED)
    submitted = [at(version, "statusModule.lastUpdateSubmitDate") for version in versions]
    assert len(submitted) == 7
    assert submitted == sorted(set(submitted))
    slips = [at(version, "statusModule.completionDateStruct.date") for version in versions]
    assert [a < b for a, b in pairwise(slips)].count(True) >= 2


def test_a_merge_patch_merges_replaces_and_removes() -> None:
    target = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merged(target, {"a": {"b": None, "c": [3]}, "e": {"f": None}}) == {"a": {"c": [3]}, "d": 4, "e": {}}
    assert target == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


def test_a_story_without_steps_knows_no_trial() -> None:
    empty = Story({}, (), opening=PAGE_DAY)
    assert (empty.days(), empty.record_on(SEED, PAGE_DAY), empty.versions_on(SEED, PAGE_DAY)) == ([], None, [])
