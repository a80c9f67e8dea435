"""Every builder of events on cases written out by hand: the kind, the severity, and the sentence a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records.strategies import study
from tracker.changes.explain import Event, explain, first_seen
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

ADMIN, MINOR, MAJOR, CRITICAL = "admin", "minor", "major", "critical"


def record(**parts: Any) -> TrialRecord:
    return read(study(**parts)).record


def happened(before: TrialRecord, after: TrialRecord) -> list[tuple[str, str, str]]:
    return [(event.kind, event.severity, event.summary) for event in explain(before, after)]


def only(before: TrialRecord, after: TrialRecord) -> Event:
    (event,) = explain(before, after)
    return event


STATUS = [
    ("RECRUITING", "TERMINATED", CRITICAL, "Status changed from Recruiting to Terminated"),
    ("RECRUITING", "SUSPENDED", CRITICAL, "Status changed from Recruiting to Suspended"),
    ("NOT_YET_RECRUITING", "WITHDRAWN", CRITICAL, "Status changed from Not yet recruiting to Withdrawn"),
    ("SUSPENDED", "RECRUITING", MAJOR, "Status changed from Suspended to Recruiting"),
    ("RECRUITING", "COMPLETED", MAJOR, "Status changed from Recruiting to Completed"),
    # "Active, not recruiting" is never "recruiting" (peers' regression 19)
    ("RECRUITING", "ACTIVE_NOT_RECRUITING", MAJOR, "Status changed from Recruiting to Active, not recruiting"),
    ("UNKNOWN", "COMPLETED", MINOR, "Status changed from Unknown status to Completed"),
    (
        "RECRUITING",
        "UNKNOWN",
        MINOR,
        "Status changed from Recruiting to Unknown status (set by the registry: the record was not verified in time)",
    ),
    ("UNKNOWN", "TERMINATED", CRITICAL, "Status changed from Unknown status to Terminated"),
    ("RECRUITING", "PAUSED_FOR_LUNCH", MAJOR, "Status changed from Recruiting to Paused for lunch"),
]


@pytest.mark.parametrize(("old", "new", "severity", "summary"), STATUS)
def test_a_status_that_changed(old: str, new: str, severity: str, summary: str) -> None:
    assert happened(record(status=old), record(status=new)) == [("status.changed", severity, summary)]


def test_a_stop_says_why_and_a_reason_alone_is_minor() -> None:
    running = record(status="RECRUITING")
    stopped = record(status="TERMINATED", more_status={"whyStopped": "No money"})
    reworded = record(status="TERMINATED", more_status={"whyStopped": "Lack of {{7*7}} %s funds"})  # fault C16
    silent = record(status="TERMINATED")
    assert only(running, stopped).summary == "Status changed from Recruiting to Terminated: No money"
    assert only(running, stopped).severity == CRITICAL
    assert only(stopped, reworded).summary == "Status still Terminated; reason now: Lack of {{7*7}} %s funds"
    assert only(stopped, reworded).severity == MINOR
    assert only(stopped, silent).summary == "Status still Terminated; reason no longer given"


def test_the_last_known_status_of_an_unknown_trial_is_minor() -> None:
    before = record(status="UNKNOWN", more_status={"lastKnownStatus": "RECRUITING"})
    after = record(status="UNKNOWN", more_status={"lastKnownStatus": "NOT_YET_RECRUITING"})
    event = only(before, after)
    assert event.severity == MINOR
    assert event.summary == "Status still Unknown status; last known status now Not yet recruiting"


def enrolled(count: int | None, code: str | None = "ESTIMATED") -> TrialRecord:
    info = {key: value for key, value in (("count", count), ("type", code)) if value is not None}
    return record(designModule={"enrollmentInfo": info})


TARGET = "enrollment.target_changed"
COUNTED = "enrollment.actual_reported"
ENROLLMENT = [
    (enrolled(100), enrolled(81), TARGET, MINOR, "Enrollment target cut from 100 to 81 (-19%)"),
    (enrolled(100), enrolled(80), TARGET, MAJOR, "Enrollment target cut from 100 to 80 (-20%)"),
    (enrolled(100), enrolled(119), TARGET, MINOR, "Enrollment target raised from 100 to 119 (+19%)"),
    (enrolled(1000), enrolled(1200), TARGET, MAJOR, "Enrollment target raised from 1,000 to 1,200 (+20%)"),
    (enrolled(200), enrolled(201), TARGET, MINOR, "Enrollment target raised from 200 to 201"),
    (enrolled(1000), enrolled(996), TARGET, MINOR, "Enrollment target cut from 1,000 to 996"),
    (enrolled(1000), enrolled(1006), TARGET, MINOR, "Enrollment target raised from 1,000 to 1,006 (+1%)"),
    (enrolled(0), enrolled(5), TARGET, MAJOR, "Enrollment target raised from 0 to 5"),
    (enrolled(5), enrolled(0), TARGET, MAJOR, "Enrollment target cut from 5 to 0 (-100%)"),
    (enrolled(None, None), enrolled(40), TARGET, MINOR, "Enrollment target set to 40 (was none)"),
    (enrolled(40), enrolled(None, None), TARGET, MINOR, "Enrollment target removed (was 40)"),
    (enrolled(99_999_999), enrolled(40), TARGET, MINOR, "Enrollment target set to 40 (was 99,999,999)"),
    (enrolled(40), enrolled(99_999_999), TARGET, MINOR, "Enrollment target set to 99,999,999 (was 40)"),
    (enrolled(40, None), enrolled(40), TARGET, MINOR, "Enrollment kept at 40, now estimated (was without type)"),
    # an estimate that becomes a count is no cut (peers' regression 6: nor with the same number)
    (enrolled(40), enrolled(40, "ACTUAL"), COUNTED, MINOR, "Actual enrollment reported: 40 (target was 40)"),
    (enrolled(40), enrolled(8, "ACTUAL"), COUNTED, MINOR, "Actual enrollment reported: 8 (target was 40)"),
    (enrolled(8, "ACTUAL"), enrolled(9, "ACTUAL"), COUNTED, MINOR, "Actual enrollment corrected from 8 to 9"),
    (enrolled(8, "ACTUAL"), enrolled(40), TARGET, MINOR, "Enrollment target set to 40 (was 8 counted)"),
]


@pytest.mark.parametrize(("before", "after", "kind", "severity", "summary"), ENROLLMENT)
def test_enrollment(before: TrialRecord, after: TrialRecord, kind: str, severity: str, summary: str) -> None:
    assert happened(before, after) == [(kind, severity, summary)]


DATES = [
    # 89 and 90 days, either way
    ("2026-01-01", "2026-03-31", MINOR, "Completion slipped 89 days to 2026-03-31"),
    ("2026-01-01", "2026-04-01", MAJOR, "Completion slipped 90 days to 2026-04-01"),
    ("2026-04-01", "2026-01-02", MINOR, "Completion moved 89 days earlier to 2026-01-02"),
    ("2026-04-01", "2026-01-01", MAJOR, "Completion moved 90 days earlier to 2026-01-01"),
    ("2026-01-01", "2026-01-02", MINOR, "Completion slipped 1 day to 2026-01-02"),
    # precision alone is no slip (fault B26, peers' regression 5)
    ("2026-11", "2026-11-01", ADMIN, "Completion given more precisely: 2026-11-01 (was 2026-11)"),
    ("2026-11", "2026-11-30", ADMIN, "Completion given more precisely: 2026-11-30 (was 2026-11)"),
    ("2026", "2026-11", ADMIN, "Completion given more precisely: 2026-11 (was 2026)"),
    ("2026-11-30", "2026-11", ADMIN, "Completion given less precisely: 2026-11 (was 2026-11-30)"),
    ("2026-11", "2026-12-05", MINOR, "Completion slipped 5 days to 2026-12-05"),
    ("2026-11", "2027-02", MAJOR, "Completion slipped 90 days to 2027-02"),
    # odd dates are shown, and nothing is counted with them (fault B29)
    ("2026-02-30", "2026-03-01", MINOR, "Completion changed from 2026-02-30 to 2026-03-01"),
    ("2026-03-01", "soon", MINOR, "Completion changed from 2026-03-01 to soon"),
    ("0001", "9999-12-31", MAJOR, "Completion slipped 3,651,694 days to 9999-12-31"),
    ("9999", "0001-01-01", MAJOR, "Completion moved 3,652,058 days earlier to 0001-01-01"),
    (None, "2026-03-01", MINOR, "Completion set to 2026-03-01"),
    ("2026-03-01", None, MINOR, "Completion removed (was 2026-03-01)"),
]


def completing(date: str | None, code: str | None = None) -> TrialRecord:
    struct = {key: value for key, value in (("date", date), ("type", code)) if value}
    return record(more_status={"completionDateStruct": struct})


@pytest.mark.parametrize(("old", "new", "severity", "summary"), DATES)
def test_a_date_that_changed(old: str | None, new: str | None, severity: str, summary: str) -> None:
    assert happened(completing(old), completing(new)) == [("date.completion_changed", severity, summary)]


TYPES = [
    ("2026-03", "ESTIMATED", "2026-03", "ACTUAL", MINOR, "Completion confirmed: 2026-03 (actual)"),
    (
        *("2026-03", "ACTUAL", "2026-03", "ESTIMATED", MINOR),
        "Completion no longer the actual date: now 2026-03 (estimated)",
    ),
    ("2026-03", "ESTIMATED", "2026-03", None, MINOR, "Completion kept: 2026-03 (no longer typed, was estimated)"),
    (
        "2026-03",
        "ESTIMATED",
        "2026-03-09",
        "ACTUAL",
        MINOR,
        "Completion given more precisely: 2026-03-09 (actual) (was 2026-03)",
    ),
    ("2026-03-01", "ESTIMATED", "2026-03-09", "ACTUAL", MINOR, "Completion slipped 8 days to 2026-03-09 (actual)"),
]


@pytest.mark.parametrize(("old", "old_type", "new", "new_type", "severity", "summary"), TYPES)
def test_an_estimate_that_comes_true(
    old: str, old_type: str | None, new: str, new_type: str | None, severity: str, summary: str
) -> None:
    before, after = completing(old, old_type), completing(new, new_type)
    assert happened(before, after) == [("date.completion_changed", severity, summary)]


def test_each_date_has_its_own_kind() -> None:
    moved = {"startDateStruct": {"date": "2026-01"}, "primaryCompletionDateStruct": {"date": "2027-01"}}
    kinds = [event.kind for event in explain(record(), record(more_status=moved))]
    assert kinds == ["date.primary_completion_changed", "date.start_changed"]


def measured(primary: list[str], secondary: list[str] | None = None, **frames: str) -> TrialRecord:
    def outcomes(measures: list[str]) -> list[dict[str, str]]:
        return [{"measure": name} | ({"timeFrame": frames[name]} if name in frames else {}) for name in measures]

    return record(outcomesModule={"primaryOutcomes": outcomes(primary), "secondaryOutcomes": outcomes(secondary or [])})


OUTCOMES = [
    (measured(["OS"]), measured(["OS", "PFS"]), "Primary outcome added: PFS"),
    (measured(["OS", "PFS"]), measured(["OS"]), "Primary outcome removed: PFS"),
    (measured(["OS"], OS="1 year"), measured(["OS"], OS="2 years"), "Primary outcome with another time frame: OS"),
    (measured(["OS"]), measured(["PFS"]), "Primary outcomes removed: OS; added: PFS"),
    (measured(["A"]), measured(["A", "B", "C", "D", "E"]), "Primary outcomes added: B, C, D and 1 more"),
]


@pytest.mark.parametrize(("before", "after", "summary"), OUTCOMES)
def test_primary_outcomes_are_major(before: TrialRecord, after: TrialRecord, summary: str) -> None:
    assert happened(before, after) == [("outcome.primary_changed", MAJOR, summary)]


def test_outcomes_in_another_order_are_nothing_and_secondary_ones_are_minor() -> None:
    """Peers' regression 7."""
    assert explain(measured(["OS", "PFS"]), measured(["PFS", "OS"])) == ()
    summary = "Secondary outcome added: Safety"
    assert happened(measured(["OS"]), measured(["OS"], ["Safety"])) == [("outcome.secondary_changed", MINOR, summary)]


def test_phases_and_sponsors() -> None:
    one, two = record(designModule={"phases": ["PHASE1"]}), record(designModule={"phases": ["PHASE2", "PHASE1"]})
    assert happened(one, two) == [("phase.changed", MAJOR, "Phase changed from Phase 1 to Phase 1/Phase 2")]

    def by(lead: str, *others: str) -> TrialRecord:
        module = {"leadSponsor": {"name": lead}, "collaborators": [{"name": name} for name in others]}
        return record(sponsorCollaboratorsModule=module)

    said = "Lead sponsor changed from Acme to Bolt"
    assert happened(by("Acme"), by("Bolt")) == [("sponsor.changed", MAJOR, said)]
    assert happened(by("Acme"), by("Acme", "Cog")) == [("sponsor.changed", MINOR, "Collaborator joined: Cog")]
    said = "Collaborators joined: Dot; left: Cog"
    assert happened(by("Acme", "Cog"), by("Acme", "Dot")) == [("sponsor.changed", MINOR, said)]


def sited(*places: dict[str, str]) -> TrialRecord:
    return record(contactsLocationsModule={"locations": list(places)})


def place(name: str, status: str = "", country: str = "Spain") -> dict[str, str]:
    return {"facility": name, "zip": "1", "country": country} | ({"status": status} if status else {})


def test_sites_come_go_and_change_their_status() -> None:
    one, two = place("A", "RECRUITING"), place("B", "RECRUITING", "France")
    assert happened(sited(one), sited(one, two)) == [("site.added", MINOR, "1 site added in France")]
    assert happened(sited(one, two), sited(two)) == [("site.removed", MINOR, "1 site removed in Spain")]
    closed = place("A", "COMPLETED")
    assert happened(sited(one), sited(closed)) == [
        ("site.status_changed", MINOR, "1 site from Recruiting to Completed")
    ]
    opened = "1 site now Recruiting (no status before)"
    assert happened(sited(place("A")), sited(one)) == [("site.status_changed", MINOR, opened)]


def test_many_turns_of_sites_are_only_counted() -> None:
    turns = ["RECRUITING", "COMPLETED", "SUSPENDED", "WITHDRAWN"]
    before = sited(*(place(f"S{number}") for number in range(4)))
    after = sited(*(place(f"S{number}", turn) for number, turn in enumerate(turns)))
    assert only(before, after).summary == "4 sites changed status in 4 ways"


def test_sites_in_another_order_are_nothing() -> None:
    """Peers' regression 7."""
    places = [place(f"Site {number}") for number in range(30)]
    assert explain(sited(*places), sited(*places[::-1])) == ()


def test_three_hundred_sites_replaced_at_once_are_two_events() -> None:
    """Peers' regression 8."""
    before = sited(*(place(f"Old {number}") for number in range(300)))
    after = sited(*(place(f"New {number}") for number in range(300)))
    events = explain(before, after)
    assert [(event.kind, len(event.fields)) for event in events] == [("site.added", 300), ("site.removed", 300)]
    assert events[0].summary == "300 sites added in Spain"


def test_a_namesake_that_arrives_is_one_site_added() -> None:
    """The first site's key grows longer; it is still the same site."""
    madrid, paris = place("Clinic"), place("Clinic", country="France")
    assert happened(sited(madrid), sited(madrid, paris)) == [("site.added", MINOR, "1 site added in France")]
    assert happened(sited(madrid, paris), sited(paris)) == [("site.removed", MINOR, "1 site removed in Spain")]


def test_a_renamed_city_beside_a_postcode_is_nothing_even_for_namesakes() -> None:
    places = [place("Clinic", "RECRUITING") | {"city": city} for city in ("Lyon", "Paris")]
    renamed = [place("Clinic", "RECRUITING") | {"city": city} for city in ("Lyons", "Paris")]
    assert explain(sited(*places), sited(*renamed)) == ()


def test_a_retraction_is_told_and_no_detail_of_a_reference() -> None:
    def citing(**more: Any) -> TrialRecord:
        return record(referencesModule={"references": [{"pmid": "1", "citation": "A trial of it", **more}]})

    retracted = citing(retractions=[{"pmid": "2", "source": "A journal, 2026"}])
    assert happened(citing(), retracted) == [("reference.retracted", MAJOR, "Reference retracted: A trial of it")]
    assert happened(retracted, citing()) == [("admin.changed", ADMIN, "Retraction no longer noted beside a reference")]


def test_a_violation_found_by_the_fda_is_named() -> None:
    event = only(record(oversightModule={"isFdaRegulatedDrug": True}), record(oversightModule=VIOLATING))
    assert (event.kind, event.severity) == ("fda.notice", MAJOR)
    assert event.summary == "FDA notice: a violation of FDAAA 801 is noted"


VIOLATING = {"isFdaRegulatedDrug": True, "fdaaa801Violation": True}


def test_documents_and_references_are_news_when_added_only() -> None:
    bare, cited = record(), record(referencesModule={"references": [{"pmid": "1", "citation": "A trial of it"}]})
    assert happened(bare, cited) == [("reference.added", MINOR, "1 reference added: A trial of it")]
    assert happened(cited, bare) == [("admin.changed", ADMIN, "1 reference removed")]
    plan = {"largeDocumentModule": {"largeDocs": [{"filename": "sap.pdf", "label": "Analysis Plan"}]}}
    filed = read(study() | {"documentSection": plan}).record
    assert happened(bare, filed) == [("document.added", MINOR, "1 document added: Analysis Plan")]


def test_a_new_update_date_alone_is_housekeeping() -> None:
    before = record(more_status={"lastUpdateSubmitDate": "2026-01-01"})
    after = record(more_status={"lastUpdateSubmitDate": "2026-02-01"})
    assert happened(before, after) == [("admin.changed", ADMIN, "Changed: Last update submitted")]


def test_housekeeping_of_two_sorts_is_one_event_with_all_its_fields() -> None:
    cited = record(referencesModule={"references": [{"pmid": "1"}]}, more_status={"lastUpdateSubmitDate": "2026-01-01"})
    event = only(cited, record(more_status={"lastUpdateSubmitDate": "2026-02-01"}))
    assert event.summary == "1 reference removed; Changed: Last update submitted"
    assert {item.field for item in event.fields} == {"references.1", "dates.last_update_submitted"}


def test_a_field_we_have_no_name_for_may_turn_from_an_object_into_a_text() -> None:
    before, after = record(moduleOfTheFuture={"x": {"y": 1}}), record(moduleOfTheFuture="gone flat")
    assert happened(before, after) == [("admin.changed", ADMIN, "Changed: Unnamed registry field")]


def test_a_name_that_begins_with_underscores_is_compared_like_any_other() -> None:
    event = only(record(moduleOfTheFuture={"__x": "1"}), record(moduleOfTheFuture={"__x": "2"}))
    assert [(item.before, item.after) for item in event.fields] == [("1", "2")]


@pytest.mark.parametrize("text", ["\x00[1]", "\x00{", "__private", "a.b~c"])
def test_texts_that_look_like_our_own_marks_are_texts(text: str) -> None:
    event = only(record(more_status={"whyStopped": "old"}), record(more_status={"whyStopped": text}))
    assert [item.after for item in event.fields] == [text]


def test_a_summary_is_one_line_however_long_and_broken_the_texts_are() -> None:
    long = record(sponsorCollaboratorsModule={"leadSponsor": {"name": "x\ny " * 200}})
    event = only(record(), long)
    assert "\n" not in event.summary
    assert len(event.summary) <= 160


def test_the_first_look() -> None:
    event = first_seen(record(status="ACTIVE_NOT_RECRUITING"))
    assert (event.kind, event.severity) == ("trial.first_seen", MINOR)
    assert event.summary == "First seen: A trial (Active, not recruiting)"


def test_events_come_in_the_order_a_reader_asks() -> None:
    before = record(conditionsModule={"conditions": ["HCC"]}, outcomesModule={"primaryOutcomes": [{"measure": "OS"}]})
    after = record(
        status="COMPLETED", more_names={"officialTitle": "New"}, more_status={"lastUpdateSubmitDate": "2026"}
    )
    kinds = [event.kind for event in explain(before, after)]
    assert kinds == [
        "status.changed", "outcome.primary_changed", "conditions.changed", "title.changed", "admin.changed",
    ]  # fmt: skip
