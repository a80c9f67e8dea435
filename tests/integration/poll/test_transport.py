"""What the wire does to a poll: nothing partial is kept, nothing is told, and the next good poll has everything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.harness import IDS, ONE, TWO, Harness, is_list, json_text, on_lists
from tests.support.registry.embedded_registry import Act, Reply, Request, gzipped, says

Spoil = Callable[[Harness, Request], Reply | Act]
_PAGE = b"<html><body>Down for maintenance</body></html>"


def _good(harness: Harness, request: Request) -> bytes:
    return harness.registry.answer(request).body


def _cut_off(harness: Harness, request: Request) -> Act:
    body = _good(harness, request)
    head = f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return says(head.encode(), body[: len(body) // 2])


def _cut_gzip(harness: Harness, request: Request) -> Reply:
    return gzipped(gzip.compress(_good(harness, request))[:-20])


def _html_kind(harness: Harness, request: Request) -> Reply:
    return Reply(200, _good(harness, request), "text/html")


def _maintenance(harness: Harness, request: Request) -> Reply:
    return Reply(200, _PAGE, "text/html")


def _maintenance_as_json(harness: Harness, request: Request) -> Reply:
    return json_text(_PAGE)


def _utf16(harness: Harness, request: Request) -> Reply:
    return json_text(_good(harness, request).decode().encode("utf-16"))


def _latin1(harness: Harness, request: Request) -> Reply:
    return json_text(_good(harness, request).decode().replace("{", '{"Étude": 1, ', 1).encode("latin-1"))


def _half_json(harness: Harness, request: Request) -> Reply:
    return json_text(_good(harness, request)[:-30])


DAMAGE: dict[str, Spoil] = {
    "A01 cut off in the body": _cut_off,
    "A02 gzip cut short, its length agreeing": _cut_gzip,
    "A19 JSON called HTML": _html_kind,
    "A20 UTF-16": _utf16,
    "A20 latin-1 declared UTF-8": _latin1,
    "B01 maintenance page": _maintenance,
    "B01 maintenance page called JSON": _maintenance_as_json,
    "half a JSON text": _half_json,
}


@pytest.mark.fault("A01")
@pytest.mark.fault("A02")
@pytest.mark.fault("A19")
@pytest.mark.fault("A20")
@pytest.mark.fault("B01")
@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_answer_is_no_change_and_the_same_day_heals_it(harness: Harness, spoil: Spoil) -> None:
    harness.settled(*IDS)
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    before = [harness.head(trial).data_timestamp for trial in IDS]
    harness.registry.faults = lambda request: None if request.path.endswith("version") else spoil(harness, request)
    assert harness.poll().outcome == "failed"
    assert set(harness.kinds()) <= {"ops.quarantine"}
    assert [len(harness.versions(trial)) for trial in IDS] == [1] * 6
    assert [harness.head(trial).data_timestamp for trial in IDS] == before
    harness.registry.faults = []
    report = harness.poll()
    assert (report.outcome, report.changed, report.unchanged) == ("complete", 1, 5)
    assert harness.kinds() == ["status.changed"]
    assert harness.quarantine() == []


@pytest.mark.fault("A01")
@pytest.mark.fault("A02")
@pytest.mark.fault("A19")
@pytest.mark.fault("B01")
@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_version_page_fails_the_poll_and_writes_nothing(harness: Harness, spoil: Spoil) -> None:
    harness.settled(ONE)
    harness.day()
    harness.registry.faults = lambda request: spoil(harness, request)
    report = harness.poll()
    assert (report.outcome, report.data_timestamp, [it.trial for it in report.failed]) == ("failed", None, [ONE])
    assert harness.kinds() == []


@pytest.mark.fault("A01")
@pytest.mark.fault("A02")
@pytest.mark.fault("A19")
@pytest.mark.parametrize("spoil", [_cut_off, _cut_gzip, _html_kind])
def test_damage_that_passes_by_itself_is_not_even_noticed(harness: Harness, spoil: Spoil) -> None:
    harness.watch(*IDS)
    first = iter([False, True])
    harness.registry.faults = lambda request: spoil(harness, request) if next(first, False) else None
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["trial.first_seen"] * 6)


@pytest.mark.fault("A13")
def test_every_third_request_fails_and_the_poll_completes_by_asking_again(harness: Harness) -> None:
    harness.watch(*IDS)
    # Asked for alone, so that there are some requests to fail.
    empty = json_text('{"totalCount":0,"studies":[]}')
    harness.registry.faults = on_lists(lambda _: empty)
    without_faults = harness.poll().requests
    harness.day()
    harness.registry.faults = lambda request: (
        Reply(500) if request.number % 3 == 0 else empty if is_list(request) else None
    )
    report = harness.poll()
    assert (report.outcome, report.unchanged) == ("complete", 6)
    assert report.requests <= 2 * without_faults


@pytest.mark.fault("A20")
def test_a_byte_order_mark_is_taken_off(harness: Harness) -> None:
    harness.watch(ONE)
    harness.registry.faults = lambda request: json_text(b"\xef\xbb\xbf" + harness.registry.answer(request).body)
    assert harness.poll().outcome == "complete"
    assert json.dumps(harness.versions(ONE)[0].title) == f'"A study called {ONE}"'


@pytest.mark.fault("A20")
def test_a_change_of_replacement_characters_alone_is_never_told(harness: Harness) -> None:
    harness.module(ONE, "identificationModule")["briefTitle"] = "Étude de Süd"
    harness.settled(ONE, TWO)
    harness.day()
    harness.registry.faults = on_lists(
        lambda it: json_text(harness.registry.answer(it).body.replace(b"\xc3\xa9", b"\xe9"))
    )
    harness.registry.studies[ONE]["protocolSection"]["descriptionModule"] = {"briefSummary": "été"}
    harness.poll()
    assert all("\ufffd" not in event.summary for event in harness.news())


@pytest.mark.parametrize(
    ("status", "outcome", "requests"), [(403, "failed", 2), (451, "failed", 2), (500, "failed", 4)]
)
def test_peer_23_a_refusal_stops_at_once_and_trouble_is_asked_again(
    harness: Harness, status: int, outcome: str, requests: int
) -> None:
    harness.settled(ONE)
    harness.day()
    harness.registry.faults = on_lists(lambda _: Reply(status))
    report = harness.poll()
    assert (report.outcome, report.requests) == (outcome, requests)
    assert harness.kinds() == []


def test_peer_23_a_pause_the_registry_asks_for_holds_across_polls(harness: Harness) -> None:
    harness.settled(ONE)
    harness.day()
    harness.registry.faults = on_lists(lambda _: Reply(429, headers={"Retry-After": "3600"}))
    assert harness.poll().outcome == "failed"
    asked = len(harness.registry.requests)
    harness.registry.faults = []
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.clock.advance(timedelta(minutes=59))
    assert (harness.poll().outcome, len(harness.registry.requests)) == ("failed", asked)
    harness.clock.advance(timedelta(minutes=2))
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["status.changed"])


def test_peer_23_what_was_read_before_the_trouble_counts_and_the_run_says_partial(harness: Harness) -> None:
    harness.settled(*IDS)
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    only_first = json.dumps({"studies": [harness.registry.studies[ONE]]})
    harness.registry.faults = lambda it: (
        json_text(only_first) if is_list(it) else Reply(503) if "/studies/" in it.path else None
    )
    report = harness.poll()
    assert (report.outcome, report.changed, sorted(it.trial for it in report.failed)) == ("partial", 1, IDS[1:])
    assert harness.kinds() == ["status.changed"]


def test_a_400_to_everything_is_given_up_soon(harness: Harness) -> None:
    many = [f"NCT{number:08d}" for number in range(1, 211)]
    harness.watch(*many)
    harness.registry.faults = on_lists(lambda _: Reply(400, b"`filter.ids` is unknown parameter"))
    report = harness.poll()
    assert (report.outcome, len(report.failed)) == ("failed", 210)
    assert report.requests <= 1 + 2 + 2 * 100
