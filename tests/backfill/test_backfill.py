"""The registry's own history over HTTP: what is fetched, what is recognized, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.versions import snapshots
from tests.backfill.lives import State, day, life, submissions, told
from tests.fault_server import Reply, as_json
from tests.poll.world import ONE, THREE, TWO, World
from tracker.backfill.backfill import Backfill
from tracker.backfill.stored_records import raw_of, record_of

COUNTS = (80, 80, 120, 60)


def given(world: World, states: list[State], trial: str = ONE) -> None:
    """The registry has this life's newest record, and all of its history."""
    seen = (world.clock.now().date()).isoformat()
    document = states[-1].document(0)
    document["derivedSection"]["miscInfoModule"]["versionHolder"] = seen
    world.registry.studies = {trial: document}
    world.registry.histories = {trial: submissions(states)}


def fetched(world: World) -> list[str]:
    """Which versions were asked for, in order."""
    marker = "/history/"
    return [path.partition(marker)[2] for path in world.registry.paths() if marker in path]


def watched(world: World, *names: str) -> Backfill:
    """What `watch` does."""
    world.watch(*(names or (ONE,)))
    work = Backfill(world.context)
    work.before_first_look(names or (ONE,))
    world.poll()
    work.after_look(names or (ONE,))
    return work


def test_the_past_comes_before_the_first_look_in_the_order_of_time(world: World) -> None:
    given(world, life(*COUNTS))
    report = watched(world).report
    rows = world.versions(ONE)
    assert [(row.version, row.registry_version, row.source) for row in rows] == [
        (1, 0, "backfill"),
        (2, 1, "backfill"),
        (3, 2, "backfill"),
        (4, 3, "poll"),
    ]
    assert [row.effective for row in rows] == [day(2), day(12), day(22), day(32)]
    assert [row.effective_basis for row in rows] == ["posted"] * 4
    assert [row.results for row in rows] == [None, None, None, "none"], "the history says nothing of results"
    assert (report.stored, report.failed, report.stopped, report.left) == (3, {}, "", [])
    assert fetched(world) == ["0", "1", "2"], "the newest is the first look's own"
    news = world.news()
    assert all(event.backfilled for event in news)
    assert [(it.kind, it.effective, it.to_version) for it in news if it.severity != "admin"] == [
        ("trial.first_seen", day(2), 1),
        ("enrollment.target_changed", day(22), 3),
        ("enrollment.target_changed", day(32), 4),
    ]
    world.day()
    assert world.poll().outcome == "complete"
    assert world.news() == []


def test_a_change_after_the_first_look_is_news_again(world: World) -> None:
    given(world, life(*COUNTS))
    watched(world)
    world.news()
    world.day()
    world.module(ONE, "designModule")["enrollmentInfo"]["count"] = 10
    world.poll()
    assert [(event.kind, event.backfilled) for event in world.news()] == [("enrollment.target_changed", False)]


def test_a_second_watch_asks_for_the_list_alone(world: World) -> None:
    given(world, life(*COUNTS))
    watched(world)
    before = len(world.registry.requests)
    again = Backfill(world.context)
    again.before_first_look([ONE])
    assert [request.path for request in world.registry.requests[before:]] == [f"/api/int/studies/{ONE}/history"]
    assert again.report.stored == 0 and len(world.versions(ONE)) == 4


def test_what_was_polled_before_is_recognized_and_the_rest_lies_before_it(world: World) -> None:
    """Late arrivals fit in: nothing is renumbered, nothing is told twice."""
    given(world, life(*COUNTS))
    world.watch(ONE)
    world.poll()
    head = world.versions(ONE)[0]
    work = Backfill(world.context)
    work.before_first_look([ONE])
    assert fetched(world) == ["0", "1", "2"]
    rows = world.versions(ONE)
    assert [(row.version, row.registry_version) for row in rows] == [(2, 0), (3, 1), (4, 2), (1, 3)]
    assert world.head(ONE).current_version == 1 and world.head(ONE).light_hash
    assert rows[-1].chain == head.chain
    news = [event for event in world.news() if event.severity != "admin"]
    assert [event.kind for event in news].count("trial.first_seen") == 1
    assert {(event.kind, event.effective) for event in news} >= {
        ("enrollment.target_changed", day(22)),
        ("enrollment.target_changed", day(32)),
    }
    before = world.heard
    Backfill(world.context).before_first_look([ONE])
    world.day()
    world.poll()
    assert world.news() == [] and world.heard == before, "neither a second time nor by the next poll"


def test_the_timeline_is_the_same_whether_the_past_came_before_between_or_after_polls(
    world: World,
) -> None:
    states = life(*COUNTS, 70)
    given(world, states[:4])
    world.watch(ONE)
    world.poll()
    given(world, states)
    world.day(30)
    world.poll()
    Backfill(world.context).before_first_look([ONE])
    assert told(world.versions(ONE)) == [(day(it.posted), it.count, day(it.submitted)) for it in states]
    assert [row.registry_version for row in world.versions(ONE)] == [0, 1, 2, 3, 4]


def test_d09_an_html_escaped_text_of_the_history_is_no_change(world: World) -> None:
    """Row 9 of what others got wrong: HTML there, markdown here."""
    states = life(80, 80)
    given(world, states)
    current = world.registry.studies[ONE]["protocolSection"]
    current["descriptionModule"] = {
        "briefSummary": "A \\>= B & C \\<5 mg:\n\n* first, 90 %\n* second\n\nThen 1\\. more.",
        "detailedDescription": "x < y",
    }
    first = world.registry.histories[ONE][0]["protocolSection"]
    first["descriptionModule"] = {
        "briefSummary": "<p>A &gt;= B &amp; C &lt;5 mg:</p><ul><li>first, 90&nbsp;%</li><li>second</li></ul>"
        "<p>Then 1. more.</p>",
        "detailedDescription": "x &lt; y",
    }
    watched(world)
    fields = {field.field for _, changes in world.told() for field in changes}
    assert fields and not {field for field in fields if "summary" in field or "description" in field}
    with world.context.database.read() as session:
        assert (
            "&gt;=" in raw_of(session, world.versions(ONE)[0])["protocolSection"]["descriptionModule"]["briefSummary"]
        )
        assert "A >= B & C <5 mg" in (record_of(session, world.versions(ONE)[0]).summary or "")


def test_a_429_in_the_middle_is_obeyed_and_it_goes_on_later(world: World) -> None:
    given(world, life(*COUNTS))
    world.registry.faults = lambda request: (
        Reply(429, headers={"Retry-After": "120"}) if request.path.endswith("/history/1") else None
    )
    world.watch(ONE)
    work = Backfill(world.context)
    work.before_first_look([ONE])
    assert "before" in work.report.stopped and work.report.left == [ONE]
    asked = len(world.registry.requests)
    Backfill(world.context).before_first_look([ONE])
    assert len(world.registry.requests) == asked, "the host's wish is in the store"
    world.registry.faults = []
    world.clock.advance(timedelta(minutes=3))
    watched(world)
    assert fetched(world) == ["0", "1", "1", "2"], "what is stored is not asked for again"
    assert [row.registry_version for row in world.versions(ONE)] == [0, 1, 2, 3]


SHAPES = {
    "not there": Reply(404, b"<html><head><title>404</title></head></html>", "text/html"),
    "forbidden": Reply(403, b"no", "text/plain"),
    "the site's shell": Reply(200, b"<html><body>app</body></html>", "text/html"),
    "no list": as_json({"versions": []}),
    "a list": as_json([1]),
    "a date missing": as_json({"changes": [{"version": 0}]}),
    "a number missing": as_json({"changes": [{"date": "2024-01-01"}]}),
    "a number twice": as_json({"changes": [{"version": 0, "date": "2024-01-01"}] * 2}),
    "no JSON": Reply(200, b"{", "application/json"),
    "trouble": Reply(500),
}


@pytest.mark.parametrize("reply", SHAPES.values(), ids=SHAPES.keys())
def test_a_history_that_cannot_be_had_hinders_nothing(world: World, reply: Reply) -> None:
    given(world, life(*COUNTS))
    world.registry.faults = lambda request: reply if request.path.startswith("/api/int/") else None
    report = watched(world).report
    if reply.status == 403:
        assert report.refused and report.left == [ONE] and "not the question" in report.stopped
    else:
        assert list(report.failed) == [ONE] and not report.stopped
    assert [(row.version, row.source) for row in world.versions(ONE)] == [(1, "poll")]
    world.day()
    assert world.poll().outcome == "complete", "the host is not blamed"


@pytest.mark.parametrize(
    "study",
    [{}, {"studyVersion": 5, "study": {}}, {"studyVersion": 1, "study": {"protocolSection": {}}}, {"studyVersion": 1}],
)
def test_a_version_of_another_shape_is_not_taken(world: World, study: dict[str, object]) -> None:
    given(world, life(*COUNTS))
    world.registry.faults = lambda request: as_json(study) if request.path.endswith("/history/1") else None
    report = watched(world).report
    assert "shape" in report.failed[ONE]
    assert [row.registry_version for row in world.versions(ONE)] == [0, None]
    world.registry.faults = []
    watched(world)
    assert [row.registry_version for row in world.versions(ONE)] == [0, 1, 2, 3]


def test_an_endpoint_that_is_gone_is_not_asked_for_every_trial(world: World) -> None:
    world.registry.faults = lambda request: Reply(404) if request.path.startswith("/api/int/") else None
    names = list(world.registry.studies)
    report = watched(world, *names).report
    assert len(report.failed) == 3 and report.left == names[3:] and report.stopped
    assert {len(world.versions(trial)) for trial in names} == {1}


def test_only_the_long_form_of_the_list_is_there(world: World) -> None:
    for trial in (ONE, TWO):
        world.registry.histories[trial] = [world.registry.studies[trial]] * 1
    world.registry.faults = lambda request: Reply(404) if request.path.endswith("/history") else None
    report = watched(world, ONE, TWO).report
    assert report.failed == {} and [world.versions(trial)[0].registry_version for trial in (ONE, TWO)] == [0, 0]


def test_two_versions_of_one_day_are_told_apart_by_their_rank(world: World) -> None:
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(12, 10, 12, 100), State(22, 20, 22, 60)]
    given(world, states)
    world.registry.histories[ONE] = [state.version() for state in states]
    watched(world)
    rows = world.versions(ONE)
    assert [(row.registry_version, row.enrollment_count) for row in rows] == [(0, 80), (1, 90), (2, 100), (3, 60)]


def test_of_two_versions_of_one_day_the_one_we_hold_is_not_doubled(world: World) -> None:
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(12, 10, 12, 100)]
    given(world, states)
    world.registry.histories[ONE] = [state.version() for state in states]
    world.watch(ONE)
    world.poll()
    Backfill(world.context).before_first_look([ONE])
    rows = world.versions(ONE)
    assert [(row.registry_version, row.enrollment_count) for row in rows] == [(0, 80), (1, 90), (2, 100)]
    assert (rows[-1].source, rows[-1].version) == ("poll", 1)


def test_a_registry_without_a_history_is_just_polled(world: World) -> None:
    world.context.registries["ctgov"].past = None
    assert watched(world, THREE).report.stored == 0
    assert len(world.versions(THREE)) == 1


def test_all_of_it_on_postgresql(postgres_url: str, make_world: Callable[[str], World]) -> None:
    world = make_world(postgres_url)
    given(world, life(*COUNTS))
    world.watch(ONE)
    world.poll()
    Backfill(world.context).before_first_look([ONE])
    assert [(row.version, row.registry_version) for row in world.versions(ONE)] == [(2, 0), (3, 1), (4, 2), (1, 3)]
    assert world.head(ONE).current_version == 1


def test_a_number_is_noted_once(world: World) -> None:
    given(world, life(80))
    watched(world)
    with world.context.database.write() as session:
        snapshots.note_registry_version(session, ONE, 1, 9)
    assert [row.registry_version for row in world.versions(ONE)] == [0]
