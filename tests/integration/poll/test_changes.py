"""From day to day: what is a change, told once and rightly; and what only looks like one."""

from __future__ import annotations

import copy
import html
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from storage.documents.read_documents import load
from storage.reads.in_session import SessionReader
from tests.support.harness import IDS, ONE, Harness, with_results, with_rounds
from tests.support.registry.embedded_registry import signed
from tracker.records.trial import Title
from tracker.registries.ctgov import Ctgov
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.registries.registry import Reading

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def one(harness: Harness) -> Harness:
    """A world in which one rich trial is watched and known."""
    modules: dict[str, dict[str, Any]] = {
        "descriptionModule": {"briefSummary": "Pain & fever above >5, in Málaga.\nTwo lines."},
        "eligibilityModule": {"eligibilityCriteria": "* Age > 18 & < 65\n* No opioids"},
        "outcomesModule": {"primaryOutcomes": [{"measure": f"Pain {n}", "timeFrame": "1 week"} for n in range(3)]},
        "contactsLocationsModule": {"locations": [_site(n) for n in range(300)]},
    }
    for name, module in modules.items():
        harness.module(ONE, name).update(copy.deepcopy(module))
    signed(harness.registry.studies[ONE])
    harness.status(ONE)["completionDateStruct"] = {"date": "2026-11", "type": "ESTIMATED"}
    harness.module(ONE, "designModule")["enrollmentInfo"] = {"count": 40, "type": "ESTIMATED"}
    harness.settled(ONE)
    return harness


def _site(number: int) -> dict[str, Any]:
    return {"facility": f"Hospital {number}", "city": "Town", "zip": f"{number:05d}", "country": "Spain"}


def _next(harness: Harness) -> list[tuple[str, str]]:
    harness.day()
    assert harness.poll().outcome == "complete"
    return [(it.kind, it.severity) for it in harness.news()]


def _texts(value: Any, edit: Callable[[str], str]) -> Any:
    """`value` with `edit` applied to its long texts."""
    if isinstance(value, dict):
        return {key: _texts(item, edit) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, edit) for item in value]
    return edit(value) if isinstance(value, str) and " " in value else value


DRESSES: dict[str, Callable[[str], str]] = {
    "white space": lambda text: f" {text.replace(' ', '  ')}\t",
    "line breaks": lambda text: text.replace("\n", "\r\n"),
    "entities": lambda text: html.escape(text),
    "markdown": lambda text: text.replace(">", "\\>").replace("*", "\\*"),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
}


@pytest.mark.fault("B25")
@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
def test_peer_09_another_dress_of_the_same_text_is_no_change(one: Harness, dress: Callable[[str], str]) -> None:
    protocol = one.registry.studies[ONE]["protocolSection"]
    one.registry.studies[ONE]["protocolSection"] = dressed = _texts(protocol, dress)
    assert dressed != protocol
    assert (_next(one), len(one.versions(ONE))) == ([], 1)


@pytest.mark.fault("B25")
def test_peer_07_lists_in_another_order_are_no_change(one: Harness) -> None:
    one.module(ONE, "contactsLocationsModule")["locations"].reverse()
    one.module(ONE, "outcomesModule")["primaryOutcomes"].reverse()
    assert (_next(one), len(one.versions(ONE))) == ([], 1)


def test_peer_10_what_the_registry_derives_anew_everywhere_alarms_nobody(harness: Harness) -> None:
    harness.settled()
    for trial in IDS:
        derived = harness.registry.studies[trial]["derivedSection"]
        derived["miscInfoModule"]["modelPredictions"] = {"bmiLimits": {"minBmi": 18}}
        derived["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "Pain"}]}
    assert _next(harness) == []
    for trial in IDS:
        del harness.registry.studies[trial]["derivedSection"]["miscInfoModule"]["modelPredictions"]
    assert _next(harness) == []


def test_polling_twice_leaves_one_snapshot(one: Harness) -> None:
    assert (one.poll().outcome, one.last_run().requests) == ("unchanged", 1)
    one.status(ONE)["overallStatus"] = "COMPLETED"
    assert _next(one) == [("status.changed", "major")]
    assert _next(one) == []
    assert len(one.versions(ONE)) == 2


@pytest.mark.fault("B21")
def test_peer_11_there_and_back_again_are_two_changes(one: Harness) -> None:
    told = []
    for status in ("SUSPENDED", "RECRUITING", "SUSPENDED"):
        one.status(ONE)["overallStatus"] = status
        told += _next(one)
    assert told == [("status.changed", "critical"), ("status.changed", "major"), ("status.changed", "critical")]
    versions = one.versions(ONE)
    assert [it.status for it in versions] == ["RECRUITING", "SUSPENDED"] * 2
    assert versions[0].content_hash == versions[2].content_hash


@pytest.mark.fault("B24")
def test_peer_01_results_posted_removed_and_posted_again_are_three_events_and_stay_readable(one: Harness) -> None:
    told = []
    for participants in (40, 0, 41):
        one.registry.studies[ONE].pop("resultsSection", None)
        one.registry.studies[ONE]["hasResults"] = False
        if participants:
            with_results(one.registry.studies[ONE], participants=participants)
        told += _next(one)
    assert told == [("results.posted", "critical"), ("results.removed", "critical"), ("results.posted", "critical")]
    versions = one.versions(ONE)
    assert [it.results for it in versions] == ["none", "posted", "none", "posted"]
    with one.context.database.read() as session:
        documents = [orjson.loads(load(SessionReader(session), it.raw_sha256)) for it in versions]
    assert ["resultsSection" in document for document in documents] == [False, True, False, True]


def _date(date: str, kind: str) -> Edit:
    return lambda status: status.update(completionDateStruct={"date": date, "type": kind})


PRECISE, MOVED = [("results.due_moved", "admin")], [("results.due_moved", "minor")]
DATES = {
    "peer_05 the month's last day": (_date("2026-11-30", "ESTIMATED"), "admin", "more precisely: 2026-11-30", []),
    "peer_05 a day in the month": (_date("2026-11-03", "ESTIMATED"), "admin", "more precisely: 2026-11-03", PRECISE),
    "peer_06 the same, now actual": (_date("2026-11", "ACTUAL"), "minor", "confirmed: 2026-11 (actual)", []),
    "a day and actual": (_date("2026-11-02", "ACTUAL"), "minor", "more precisely: 2026-11-02 (actual)", PRECISE),
    "a slip": (_date("2027-03-31", "ESTIMATED"), "major", "slipped 121 days to 2027-03-31", MOVED),
}


@pytest.mark.fault("B26")
@pytest.mark.parametrize(("edit", "severity", "words", "due"), DATES.values(), ids=DATES.keys())
def test_peer_05_peer_06_dates_are_told_as_dates(
    one: Harness, edit: Edit, severity: str, words: str, due: list[tuple[str, str]]
) -> None:
    edit(one.status(ONE))
    one.day()
    one.poll()
    event, *others = one.news()
    assert (event.kind, event.severity) == ("date.completion_changed", severity)
    assert words in event.summary
    # Another day to count from is another due day; a day within the month is the same one, said precisely.
    assert [(it.kind, it.severity) for it in others] == due


def test_peer_06_a_target_that_becomes_a_count_is_no_change_of_the_target(one: Harness) -> None:
    one.module(ONE, "designModule")["enrollmentInfo"]["type"] = "ACTUAL"
    assert _next(one) == [("enrollment.actual_reported", "minor")]


SUBMITTED = {"releaseDate": "2026-08-14"}
CANCELLED = {"releaseDate": "2026-08-14", "unreleaseDate": "2026-08-14"}


def test_peer_02_pending_results_that_vanish_are_told(one: Harness) -> None:
    with_rounds(one.registry.studies[ONE], SUBMITTED)
    assert _next(one) == [("results.submitted", "major")]
    with_rounds(one.registry.studies[ONE])
    assert _next(one) == [("results.cancelled", "major")]


def test_peer_03_submitted_cancelled_and_submitted_again_on_one_day(one: Harness) -> None:
    with_rounds(one.registry.studies[ONE], SUBMITTED, CANCELLED)
    assert sorted(_next(one)) == [("results.cancelled", "major"), ("results.submitted", "major")]
    assert one.versions(ONE)[-1].results == "submitted"


def test_peer_04_a_cancellation_without_a_date(one: Harness) -> None:
    with_rounds(one.registry.studies[ONE], SUBMITTED)
    _next(one)
    with_rounds(one.registry.studies[ONE], SUBMITTED | {"unreleaseDateUnknown": True})
    one.day()
    one.poll()
    [event] = one.news()
    assert (event.kind, "unknown day" in event.summary) == ("results.cancelled", True)


def test_peer_08_three_hundred_sites_replaced_at_once_are_two_events(one: Harness) -> None:
    one.module(ONE, "contactsLocationsModule")["locations"] = [_site(1000 + number) for number in range(300)]
    assert sorted(_next(one)) == [("site.added", "minor"), ("site.removed", "minor")]


def test_peer_19_active_not_recruiting_is_never_called_recruiting(one: Harness) -> None:
    one.status(ONE)["overallStatus"] = "ACTIVE_NOT_RECRUITING"
    one.day()
    one.poll()
    [event] = one.news()
    assert event.summary == "Status changed from Recruiting to Active, not recruiting"
    assert one.versions(ONE)[-1].status == "ACTIVE_NOT_RECRUITING"


class LaterReader(Ctgov):
    """As after an upgrade: the same documents read anew, into other titles and other hashes."""

    normalizer = NORMALIZER + 1

    def read(self, document: dict[str, Any]) -> Reading:
        found = super().read(document)
        title = Title(brief=f"[{found.record.title.brief}]")
        return found._replace(record=replace_title(found, title), content_hash=found.content_hash[::-1])


def replace_title(reading: Reading, title: Title) -> Any:
    return type(reading.record)(**{**_fields(reading.record), "title": title})


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.fault("B34")
def test_a_new_way_of_reading_is_no_change_of_the_trial(one: Harness) -> None:
    one.context = replace(one.context, registries={"ctgov": LaterReader()})
    assert _next(one) == []
    one.registry.studies[ONE]["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "Pain"}]}
    assert (_next(one), len(one.versions(ONE))) == ([], 1)
    one.status(ONE)["overallStatus"] = "COMPLETED"
    assert _next(one) == [("status.changed", "major")]
    assert [it.normalizer for it in one.versions(ONE)] == [NORMALIZER, NORMALIZER + 1]


@pytest.mark.fault("B34")
def test_what_an_older_reader_refused_is_looked_at_again_at_once(one: Harness) -> None:
    one.status(ONE)["overallStatus"] = ["RECRUITING"]
    one.day()
    assert one.poll().outcome == "failed"
    one.news()
    one.status(ONE)["overallStatus"] = "COMPLETED"
    assert one.poll().outcome == "unchanged"
    one.context = replace(one.context, registries={"ctgov": LaterReader()})
    assert (one.poll().outcome, one.kinds(), one.quarantine()) == ("complete", ["status.changed"], [])
