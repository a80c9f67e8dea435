"""What the wire does to a poll: nothing partial is kept, nothing is told, and the next good poll has everything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fault_server import Act, Reply, Request, gzipped, says
from tests.poll.world import IDS, ONE, TWO, World, is_list, json_text, on_lists

Spoil = Callable[[World, Request], Reply | Act]
_PAGE = b"<html><body>Down for maintenance</body></html>"


def _good(world: World, request: Request) -> bytes:
    return world.registry.answer(request).body


def _cut_off(world: World, request: Request) -> Act:
    body = _good(world, request)
    head = f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return says(head.encode(), body[: len(body) // 2])


def _cut_gzip(world: World, request: Request) -> Reply:
    return gzipped(gzip.compress(_good(world, request))[:-20])


def _html_kind(world: World, request: Request) -> Reply:
    return Reply(200, _good(world, request), "text/html")


def _maintenance(world: World, request: Request) -> Reply:
    return Reply(200, _PAGE, "text/html")


def _maintenance_as_json(world: World, request: Request) -> Reply:
    return json_text(_PAGE)


def _utf16(world: World, request: Request) -> Reply:
    return json_text(_good(world, request).decode().encode("utf-16"))


def _latin1(world: World, request: Request) -> Reply:
    return json_text(_good(world, request).decode().replace("{", '{"Étude": 1, ', 1).encode("latin-1"))


def _half_json(world: World, request: Request) -> Reply:
    return json_text(_good(world, request)[:-30])


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


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE.keys())
def test_a01_a02_a19_a20_b01_a_damaged_answer_is_no_change_and_the_same_day_heals_it(
    world: World, spoil: Spoil
) -> None:
    world.settled(*IDS)
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    before = [world.head(trial).mark for trial in IDS]
    world.registry.faults = lambda request: None if request.path.endswith("version") else spoil(world, request)
    assert world.poll().outcome == "failed"
    assert set(world.kinds()) <= {"ops.quarantine"}
    assert [len(world.versions(trial)) for trial in IDS] == [1] * 6
    assert [world.head(trial).mark for trial in IDS] == before
    world.registry.faults = []
    report = world.poll()
    assert (report.outcome, report.changed, report.unchanged) == ("complete", 1, 5)
    assert world.kinds() == ["status.changed"]
    assert world.quarantine() == []


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE.keys())
def test_a01_a02_a19_b01_a_damaged_version_page_fails_the_poll_and_writes_nothing(world: World, spoil: Spoil) -> None:
    world.settled(ONE)
    world.day()
    world.registry.faults = lambda request: spoil(world, request)
    report = world.poll()
    assert (report.outcome, report.data_timestamp, [it.trial for it in report.failed]) == ("failed", None, [ONE])
    assert world.kinds() == []


@pytest.mark.parametrize("spoil", [_cut_off, _cut_gzip, _html_kind])
def test_a01_a02_a19_damage_that_passes_by_itself_is_not_even_noticed(world: World, spoil: Spoil) -> None:
    world.watch(*IDS)
    first = iter([False, True])
    world.registry.faults = lambda request: spoil(world, request) if next(first, False) else None
    assert (world.poll().outcome, world.kinds()) == ("complete", ["trial.first_seen"] * 6)


def test_a13_every_third_request_fails_and_the_poll_completes_by_asking_again(world: World) -> None:
    world.watch(*IDS)
    # Asked for alone, so that there are some requests to fail.
    empty = json_text('{"totalCount":0,"studies":[]}')
    world.registry.faults = on_lists(lambda _: empty)
    without_faults = world.poll().requests
    world.day()
    world.registry.faults = lambda request: (
        Reply(500) if request.number % 3 == 0 else empty if is_list(request) else None
    )
    report = world.poll()
    assert (report.outcome, report.unchanged) == ("complete", 6)
    assert report.requests <= 2 * without_faults


def test_a20_a_byte_order_mark_is_taken_off(world: World) -> None:
    world.watch(ONE)
    world.registry.faults = lambda request: json_text(b"\xef\xbb\xbf" + world.registry.answer(request).body)
    assert world.poll().outcome == "complete"
    assert json.dumps(world.versions(ONE)[0].title) == f'"A study called {ONE}"'


def test_a20_a_change_of_replacement_characters_alone_is_never_told(world: World) -> None:
    world.module(ONE, "identificationModule")["briefTitle"] = "Étude de Süd"
    world.settled(ONE, TWO)
    world.day()
    world.registry.faults = on_lists(lambda it: json_text(world.registry.answer(it).body.replace(b"\xc3\xa9", b"\xe9")))
    world.registry.studies[ONE]["protocolSection"]["descriptionModule"] = {"briefSummary": "été"}
    world.poll()
    assert all("\ufffd" not in event.summary for event in world.news())


@pytest.mark.parametrize(
    ("status", "outcome", "requests"), [(403, "failed", 2), (451, "failed", 2), (500, "failed", 4)]
)
def test_peer_23_a_refusal_stops_at_once_and_trouble_is_asked_again(
    world: World, status: int, outcome: str, requests: int
) -> None:
    world.settled(ONE)
    world.day()
    world.registry.faults = on_lists(lambda _: Reply(status))
    report = world.poll()
    assert (report.outcome, report.requests) == (outcome, requests)
    assert world.kinds() == []


def test_peer_23_a_pause_the_registry_asks_for_holds_across_polls(world: World) -> None:
    world.settled(ONE)
    world.day()
    world.registry.faults = on_lists(lambda _: Reply(429, headers={"Retry-After": "3600"}))
    assert world.poll().outcome == "failed"
    asked = len(world.registry.requests)
    world.registry.faults = []
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.clock.advance(timedelta(minutes=59))
    assert (world.poll().outcome, len(world.registry.requests)) == ("failed", asked)
    world.clock.advance(timedelta(minutes=2))
    assert (world.poll().outcome, world.kinds()) == ("complete", ["status.changed"])


def test_peer_23_what_was_read_before_the_trouble_counts_and_the_run_says_partial(world: World) -> None:
    world.settled(*IDS)
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    only_first = json.dumps({"studies": [world.registry.studies[ONE]]})
    world.registry.faults = lambda it: (
        json_text(only_first) if is_list(it) else Reply(503) if "/studies/" in it.path else None
    )
    report = world.poll()
    assert (report.outcome, report.changed, sorted(it.trial for it in report.failed)) == ("partial", 1, IDS[1:])
    assert world.kinds() == ["status.changed"]


def test_a_400_to_everything_is_given_up_soon(world: World) -> None:
    many = [f"NCT{number:08d}" for number in range(1, 211)]
    world.watch(*many)
    world.registry.faults = on_lists(lambda _: Reply(400, b"`filter.ids` is unknown parameter"))
    report = world.poll()
    assert (report.outcome, len(report.failed)) == ("failed", 210)
    assert report.requests <= 1 + 2 + 2 * 100
