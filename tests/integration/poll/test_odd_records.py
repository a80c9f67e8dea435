"""Records nobody would think of: read, kept aside, or carried as they are; the others always go on."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from storage.documents.read_documents import load
from storage.polling.runs import quarantined
from storage.reads.in_session import SessionReader
from tests.support.harness import IDS, ONE, TWO, Harness, is_list, json_text
from tests.support.registry.embedded_registry import Reply, Request
from tracker.backfill.stored_records import record_of


def _spliced(harness: Harness, old: str, new: str) -> None:
    """From now on, ONE's record comes with the JSON text `old` replaced by `new`."""

    def spoil(request: Request) -> Reply | None:
        if not (is_list(request) or request.path.endswith(ONE)):
            return None
        text = harness.registry.answer(request).body.decode()
        place = text.find(old, max(text.find(f'"nctId":"{ONE}"'), 0))
        assert place >= 0 or ONE not in text
        return json_text(text[:place] + new + text[place + len(old) :] if ONE in text else text)

    harness.registry.faults = spoil


@pytest.mark.fault("B09")
def test_an_unknown_status_is_told_as_it_is_and_noted_once(harness: Harness) -> None:
    harness.settled(*IDS)
    for trial in IDS[:3]:
        harness.day()
        harness.status(trial)["overallStatus"] = "PAUSED"
        harness.poll()
    events = harness.news()
    assert [it.kind for it in events] == ["status.changed", "ops.drift", "status.changed", "status.changed"]
    assert "Paused" in events[0].summary and "PAUSED" in events[1].summary
    assert harness.versions(ONE)[-1].status == "PAUSED"


@pytest.mark.fault("B10")
def test_a_missing_field_is_stored_as_missing(harness: Harness) -> None:
    harness.settled()
    harness.day()
    del harness.module(ONE, "identificationModule")["briefTitle"]
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    assert harness.poll().outcome == "complete"
    assert harness.kinds() == ["title.changed", "status.changed"]
    latest = harness.versions(ONE)[-1]
    assert latest.title == ""
    with harness.context.database.read() as session:
        assert "briefTitle is missing" in " ".join(record_of(SessionReader(session), latest).warnings)


@pytest.mark.fault("B10")
@pytest.mark.parametrize("where", [("statusModule", "overallStatus"), ("identificationModule", "nctId")])
def test_without_id_or_status_a_record_is_kept_aside_and_the_others_go_on(
    harness: Harness, where: tuple[str, str]
) -> None:
    harness.settled()
    harness.day()
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    _remove(harness, *where)
    report = harness.poll()
    assert (report.outcome, report.changed, report.unchanged) == ("partial", 1, 4)
    assert harness.kinds() == ["status.changed", "ops.quarantine"]
    assert len(harness.versions(ONE)) == 1


def _remove(harness: Harness, module: str, name: str) -> None:
    spoilt = copy.deepcopy(harness.registry.studies)
    del spoilt[ONE]["protocolSection"][module][name]

    def without(request: Request) -> Reply | None:
        if is_list(request):
            return json_text(json.dumps({"studies": list(spoilt.values())}))
        return json_text(json.dumps(spoilt[ONE])) if request.path.endswith(ONE) else None

    harness.registry.faults = without


TYPES: dict[str, tuple[str, str, Any]] = {
    "text to list": ("statusModule", "overallStatus", ["RECRUITING"]),
    "text to number": ("identificationModule", "briefTitle", 7),
    "object to null": ("statusModule", "startDateStruct", None),
    "object to text": ("designModule", "enrollmentInfo", "40"),
    "list to object": ("designModule", "phases", {"0": "PHASE1"}),
    "list to null": ("conditionsModule", "conditions", None),
}


@pytest.mark.fault("B12")
@pytest.mark.parametrize(("module", "name", "value"), TYPES.values(), ids=TYPES.keys())
def test_a_field_of_another_type_keeps_the_record_aside_whole(
    harness: Harness, module: str, name: str, value: Any
) -> None:
    harness.settled()
    harness.day()
    harness.module(ONE, module)[name] = value
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    report = harness.poll()
    assert (report.outcome, [it.trial for it in report.quarantined]) == ("partial", [ONE])
    assert name in report.quarantined[0].reason
    assert harness.kinds() == ["status.changed", "ops.quarantine"]
    [row] = harness.quarantine()
    assert json.loads(quarantined(row)) == harness.registry.studies[ONE]


@pytest.mark.fault("B12")
def test_the_same_trouble_every_day_is_told_once_and_its_end_lifts_it(harness: Harness) -> None:
    harness.settled()
    well = harness.status(ONE)["overallStatus"]
    harness.status(ONE)["overallStatus"] = ["RECRUITING"]
    outcomes = []
    for _ in range(3):
        harness.day()
        outcomes.append(harness.poll().outcome)
    assert (outcomes, harness.kinds()) == (["partial", "complete", "complete"], ["ops.quarantine"])
    harness.status(ONE)["overallStatus"] = well
    harness.day()
    assert (harness.poll().outcome, harness.kinds(), harness.quarantine()) == ("complete", [], [])


@pytest.mark.fault("B12")
def test_what_is_no_json_is_asked_for_again_the_same_day_and_is_no_failure_of_the_others(harness: Harness) -> None:
    harness.settled()
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    _spliced(harness, '"hasResults":false', '"hasResults":NaN')
    assert [harness.poll().outcome for _ in range(3)] == ["partial", "complete", "complete"]
    assert harness.kinds() == ["ops.quarantine"]
    harness.registry.faults = []
    assert (harness.poll().outcome, harness.kinds(), harness.quarantine()) == ("complete", ["status.changed"], [])


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


BAD_JSON = {
    **{f"C01 {depth:,} deep": _nested(depth) for depth in (150, 250, 900, 1_000, 1_000_000)},
    "C01 900 deep and half a pair": f'[{_nested(900)}, "\\ud800"]',
    "C02 NaN": "NaN",
    "C02 Infinity": "-Infinity",
    "C02 a key given twice": '{"a": 1, "a": 2}',
    "C03 five thousand digits": "9" * 5000,
    "C03 two to the 63rd": str(2**63),
    "C03 1e400": "1e400",
    "C04 half a surrogate pair": '"\\ud800"',
    "C04 half a pair as a key": '{"\\udfff": 1}',
    "broken": '"',
}


@pytest.mark.fault("C01")
@pytest.mark.fault("C02")
@pytest.mark.fault("C03")
@pytest.mark.fault("C04")
@pytest.mark.parametrize("value", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_record_that_is_hardly_json_is_kept_aside_and_the_others_go_on(harness: Harness, value: str) -> None:
    harness.settled()
    harness.day()
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    _spliced(harness, '"hasResults":false', f'"hasResults":false,"extra":{value}')
    report = harness.poll()
    kept = value == BAD_JSON["C01 150 deep"]  # deep, and nothing wrong with it
    assert (report.outcome, report.changed) == (("complete", 2) if kept else ("partial", 1))
    assert [it.trial for it in report.quarantined] == ([] if kept else [ONE])
    assert [it.kind for it in harness.news() if it.trial == TWO] == ["status.changed"]
    assert len(harness.versions(ONE)) == 1 + kept
    harness.registry.faults = []
    harness.day()
    assert (harness.poll().outcome, harness.quarantine()) == ("complete", [])


@pytest.mark.fault("C03")
@pytest.mark.fault("C05")
@pytest.mark.parametrize(
    ("module", "value"),
    [
        ("identificationModule", {"briefTitle": "Title\x00 with a nul", "organization": {"fullName": "A\x00B"}}),
        ("statusModule", {"overallStatus": "REC\x00RUITING", "lastUpdateSubmitDate": "2026\x00"}),
        ("designModule", {"enrollmentInfo": {"count": 9_223_372_036_854_775_807, "type": "ACT\x00UAL"}}),
        ("outcomesModule", {"primaryOutcomes": [{"measure": "Pain\x00", "timeFrame": "\x00"}]}),
    ],
    ids=["title", "status", "enrollment", "outcome"],
)
def test_nul_in_text_is_the_same_on_both_databases(
    empty_url: str, make_world: Callable[[str], Harness], module: str, value: dict[str, Any]
) -> None:
    harness = make_world(empty_url)
    harness.settled()
    harness.day()
    harness.module(ONE, module).update(value)
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    report = harness.poll()
    assert (report.outcome, report.changed) == ("complete", 2)
    version = harness.versions(ONE)[-1]
    with harness.context.database.read() as session:
        kept = json.loads(load(SessionReader(session), version.raw_sha256))
    assert kept == harness.registry.studies[ONE]
    assert "\x00" not in f"{version.title}{version.status}{version.enrollment_type}{version.submit_date}"
    harness.day()
    assert (harness.poll().outcome, [it for it in harness.news() if "\x00" in it.summary]) == ("complete", [])


@pytest.mark.fault("C16")
@pytest.mark.parametrize("text", ["{{7*7}}", "${x}", "%s %(a)d 100%", "{0.__class__}", "{}", "{record.trial}"])
def test_braces_and_percent_signs_come_out_as_they_are(harness: Harness, text: str) -> None:
    harness.module(ONE, "identificationModule")["briefTitle"] = text
    harness.watch(ONE)
    harness.poll()
    [seen] = harness.news()
    assert text in seen.summary
    harness.day()
    harness.status(ONE).update(overallStatus="TERMINATED", whyStopped=text)
    harness.module(ONE, "outcomesModule")["primaryOutcomes"] = [{"measure": text}]
    harness.module(ONE, "sponsorCollaboratorsModule")["leadSponsor"] = {"name": text}
    harness.poll()
    told = {it.kind: it.summary for it in harness.news()}
    kinds = ("status.changed", "outcome.primary_changed", "sponsor.changed")
    assert [text in told[kind] for kind in kinds] == [True] * 3


@pytest.mark.fault("B29")
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "2999-01", "soon", "２０２６-01-01"])
def test_odd_dates_are_carried_as_they_are_and_sort_nowhere_odd(harness: Harness, day: str) -> None:
    harness.settled(ONE)
    for moment in (
        "startDateStruct",
        "primaryCompletionDateStruct",
        "completionDateStruct",
        "lastUpdatePostDateStruct",
    ):
        harness.status(ONE)[moment] = {"date": day, "type": "ACTUAL"}
    harness.status(ONE)["lastUpdateSubmitDate"] = day
    harness.day()
    assert harness.poll().outcome == "complete"
    told = {it.kind: it.summary for it in harness.news()}
    assert all(day in told[f"date.{name}_changed"] for name in ("start", "primary_completion", "completion"))
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.poll()
    assert harness.kinds() == ["status.changed"]
    assert [it.version for it in harness.versions(ONE)] == [1, 2, 3]
    assert [it.effective for it in harness.versions(ONE)] == ["2026-01-15", "2026-08-15", "2026-08-16"]


@pytest.mark.fault("B29")
@pytest.mark.parametrize("day", ["2026-13-45", "zzz", ""])
def test_an_odd_day_of_the_data_set_dates_no_version(harness: Harness, day: str) -> None:
    harness.settled(ONE)
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"]["versionHolder"] = day
    harness.poll()
    assert (harness.kinds(), harness.versions(ONE)[-1].effective) == (["status.changed"], "2026-08-15")


@pytest.mark.fault("B27")
def test_three_thousand_sites_in_twenty_megabytes_are_one_event(harness: Harness) -> None:
    harness.settled(ONE, TWO)
    harness.day()
    text = "An address that goes on and on. " * 200
    harness.module(ONE, "contactsLocationsModule")["locations"] = [
        {"facility": f"Hospital {number}", "city": text, "zip": f"{number:05d}", "country": f"Land {number % 50}"}
        for number in range(3000)
    ]
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    report = harness.poll()
    assert (report.outcome, report.changed) == ("complete", 2)
    [added, other] = harness.told()
    assert (added[0].kind, len(added[1]), other[0].kind) == ("site.added", 3000, "status.changed")
    assert len(added[0].summary) < 200
