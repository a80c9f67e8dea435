"""The registry's own history over HTTP: what is fetched, what is recognized, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.reads.in_session import SessionReader
from storage.versions import snapshots
from tests.support.backfilled_lives import State, day, life, submissions, told
from tests.support.harness import ONE, THREE, TWO, Harness
from tests.support.registry.embedded_registry import Reply, as_json
from tracker.backfill.backfill import Backfill
from tracker.backfill.stored_records import raw_of, record_of

COUNTS = (80, 80, 120, 60)


def given(harness: Harness, states: list[State], trial: str = ONE) -> None:
    """The registry has this life's newest record, and all of its history."""
    seen = (harness.clock.now().date()).isoformat()
    document = states[-1].document(0)
    document["derivedSection"]["miscInfoModule"]["versionHolder"] = seen
    harness.registry.studies = {trial: document}
    harness.registry.histories = {trial: submissions(states)}


def fetched(harness: Harness) -> list[str]:
    """Which versions were asked for, in order."""
    marker = "/history/"
    return [path.partition(marker)[2] for path in harness.registry.paths() if marker in path]


def watched(harness: Harness, *names: str) -> Backfill:
    """What `watch` does."""
    harness.watch(*(names or (ONE,)))
    work = Backfill(harness.context)
    work.before_first_poll(names or (ONE,))
    harness.poll()
    work.after_first_poll(names or (ONE,))
    return work


def test_the_past_comes_before_the_first_look_in_the_order_of_time(harness: Harness) -> None:
    given(harness, life(*COUNTS))
    report = watched(harness).report
    rows = harness.versions(ONE)
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
    assert fetched(harness) == ["0", "1", "2"], "the newest is the first look's own"
    news = harness.news()
    assert all(event.backfilled for event in news)
    assert [(it.kind, it.effective, it.to_version) for it in news if it.severity != "admin"] == [
        ("trial.first_seen", day(2), 1),
        ("enrollment.target_changed", day(22), 3),
        ("enrollment.target_changed", day(32), 4),
    ]
    harness.day()
    assert harness.poll().outcome == "complete"
    assert harness.news() == []


def test_a_change_after_the_first_look_is_news_again(harness: Harness) -> None:
    given(harness, life(*COUNTS))
    watched(harness)
    harness.news()
    harness.day()
    harness.module(ONE, "designModule")["enrollmentInfo"]["count"] = 10
    harness.poll()
    assert [(event.kind, event.backfilled) for event in harness.news()] == [("enrollment.target_changed", False)]


def test_a_second_watch_asks_for_the_list_alone(harness: Harness) -> None:
    given(harness, life(*COUNTS))
    watched(harness)
    before = len(harness.registry.requests)
    again = Backfill(harness.context)
    again.before_first_poll([ONE])
    assert [request.path for request in harness.registry.requests[before:]] == [f"/api/int/studies/{ONE}/history"]
    assert again.report.stored == 0 and len(harness.versions(ONE)) == 4


def test_what_was_polled_before_is_recognized_and_the_rest_lies_before_it(harness: Harness) -> None:
    """Late arrivals fit in: nothing is renumbered, nothing is told twice."""
    given(harness, life(*COUNTS))
    harness.watch(ONE)
    harness.poll()
    head = harness.versions(ONE)[0]
    work = Backfill(harness.context)
    work.before_first_poll([ONE])
    assert fetched(harness) == ["0", "1", "2"]
    rows = harness.versions(ONE)
    assert [(row.version, row.registry_version) for row in rows] == [(2, 0), (3, 1), (4, 2), (1, 3)]
    assert harness.head(ONE).current_version == 1 and harness.head(ONE).light_hash
    assert rows[-1].chain == head.chain
    news = [event for event in harness.news() if event.severity != "admin"]
    assert [event.kind for event in news].count("trial.first_seen") == 1
    assert {(event.kind, event.effective) for event in news} >= {
        ("enrollment.target_changed", day(22)),
        ("enrollment.target_changed", day(32)),
    }
    before = harness.heard
    Backfill(harness.context).before_first_poll([ONE])
    harness.day()
    harness.poll()
    assert harness.news() == [] and harness.heard == before, "neither a second time nor by the next poll"


def test_the_timeline_is_the_same_whether_the_past_came_before_between_or_after_polls(
    harness: Harness,
) -> None:
    states = life(*COUNTS, 70)
    given(harness, states[:4])
    harness.watch(ONE)
    harness.poll()
    given(harness, states)
    harness.day(30)
    harness.poll()
    Backfill(harness.context).before_first_poll([ONE])
    assert told(harness.versions(ONE)) == [(day(it.posted), it.count, day(it.submitted)) for it in states]
    assert [row.registry_version for row in harness.versions(ONE)] == [0, 1, 2, 3, 4]


@pytest.mark.fault("D09")
def test_an_html_escaped_text_of_the_history_is_no_change(harness: Harness) -> None:
    """Row 9 of what others got wrong: HTML there, markdown here."""
    states = life(80, 80)
    given(harness, states)
    current = harness.registry.studies[ONE]["protocolSection"]
    current["descriptionModule"] = {
        "briefSummary": "A \\>= B & C \\<5 mg:\n\n* first, 90 %\n* second\n\nThen 1\\. more.",
        "detailedDescription": "x < y",
    }
    first = harness.registry.histories[ONE][0]["protocolSection"]
    first["descriptionModule"] = {
        "briefSummary": "<p>A &gt;= B &amp; C &lt;5 mg:</p><ul><li>first, 90&nbsp;%</li><li>second</li></ul>"
        "<p>Then 1. more.</p>",
        "detailedDescription": "x &lt; y",
    }
    watched(harness)
    fields = {field.field for _, changes in harness.told() for field in changes}
    assert fields and not {field for field in fields if "summary" in field or "description" in field}
    with harness.context.database.read() as session:
        reader, version = SessionReader(session), harness.versions(ONE)[0]
        assert "&gt;=" in raw_of(reader, version)["protocolSection"]["descriptionModule"]["briefSummary"]
        assert "A >= B & C <5 mg" in (record_of(reader, version).summary or "")


def test_a_429_in_the_middle_is_obeyed_and_it_goes_on_later(harness: Harness) -> None:
    given(harness, life(*COUNTS))
    harness.registry.faults = lambda request: (
        Reply(429, headers={"Retry-After": "120"}) if request.path.endswith("/history/1") else None
    )
    harness.watch(ONE)
    work = Backfill(harness.context)
    work.before_first_poll([ONE])
    assert "before" in work.report.stopped and work.report.left == [ONE]
    asked = len(harness.registry.requests)
    Backfill(harness.context).before_first_poll([ONE])
    assert len(harness.registry.requests) == asked, "the host's wish is in the store"
    harness.registry.faults = []
    harness.clock.advance(timedelta(minutes=3))
    watched(harness)
    assert fetched(harness) == ["0", "1", "1", "2"], "what is stored is not asked for again"
    assert [row.registry_version for row in harness.versions(ONE)] == [0, 1, 2, 3]


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
def test_a_history_that_cannot_be_had_hinders_nothing(harness: Harness, reply: Reply) -> None:
    given(harness, life(*COUNTS))
    harness.registry.faults = lambda request: reply if request.path.startswith("/api/int/") else None
    report = watched(harness).report
    if reply.status == 403:
        assert report.refused and report.left == [ONE] and "not the question" in report.stopped
    else:
        assert list(report.failed) == [ONE] and not report.stopped
    assert [(row.version, row.source) for row in harness.versions(ONE)] == [(1, "poll")]
    harness.day()
    assert harness.poll().outcome == "complete", "the host is not blamed"


@pytest.mark.parametrize(
    "study",
    [{}, {"studyVersion": 5, "study": {}}, {"studyVersion": 1, "study": {"protocolSection": {}}}, {"studyVersion": 1}],
)
def test_a_version_of_another_shape_is_not_taken(harness: Harness, study: dict[str, object]) -> None:
    given(harness, life(*COUNTS))
    harness.registry.faults = lambda request: as_json(study) if request.path.endswith("/history/1") else None
    report = watched(harness).report
    assert "shape" in report.failed[ONE]
    assert [row.registry_version for row in harness.versions(ONE)] == [0, None]
    harness.registry.faults = []
    watched(harness)
    assert [row.registry_version for row in harness.versions(ONE)] == [0, 1, 2, 3]


def test_an_endpoint_that_is_gone_is_not_asked_for_every_trial(harness: Harness) -> None:
    harness.registry.faults = lambda request: Reply(404) if request.path.startswith("/api/int/") else None
    names = list(harness.registry.studies)
    report = watched(harness, *names).report
    assert len(report.failed) == 3 and report.left == names[3:] and report.stopped
    assert {len(harness.versions(trial)) for trial in names} == {1}


def test_only_the_long_form_of_the_list_is_there(harness: Harness) -> None:
    for trial in (ONE, TWO):
        harness.registry.histories[trial] = [harness.registry.studies[trial]] * 1
    harness.registry.faults = lambda request: Reply(404) if request.path.endswith("/history") else None
    report = watched(harness, ONE, TWO).report
    assert report.failed == {} and [harness.versions(trial)[0].registry_version for trial in (ONE, TWO)] == [0, 0]


def test_two_versions_of_one_day_are_told_apart_by_their_rank(harness: Harness) -> None:
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(12, 10, 12, 100), State(22, 20, 22, 60)]
    given(harness, states)
    harness.registry.histories[ONE] = [state.version() for state in states]
    watched(harness)
    rows = harness.versions(ONE)
    assert [(row.registry_version, row.enrollment_count) for row in rows] == [(0, 80), (1, 90), (2, 100), (3, 60)]


def test_of_two_versions_of_one_day_the_one_we_hold_is_not_doubled(harness: Harness) -> None:
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(12, 10, 12, 100)]
    given(harness, states)
    harness.registry.histories[ONE] = [state.version() for state in states]
    harness.watch(ONE)
    harness.poll()
    Backfill(harness.context).before_first_poll([ONE])
    rows = harness.versions(ONE)
    assert [(row.registry_version, row.enrollment_count) for row in rows] == [(0, 80), (1, 90), (2, 100)]
    assert (rows[-1].source, rows[-1].version) == ("poll", 1)


def test_a_registry_without_a_history_is_just_polled(harness: Harness) -> None:
    harness.context.clients["ctgov"].past = None
    assert watched(harness, THREE).report.stored == 0
    assert len(harness.versions(THREE)) == 1


def test_all_of_it_on_postgresql(postgres_url: str, make_world: Callable[[str], Harness]) -> None:
    harness = make_world(postgres_url)
    given(harness, life(*COUNTS))
    harness.watch(ONE)
    harness.poll()
    Backfill(harness.context).before_first_poll([ONE])
    assert [(row.version, row.registry_version) for row in harness.versions(ONE)] == [(2, 0), (3, 1), (4, 2), (1, 3)]
    assert harness.head(ONE).current_version == 1


def test_a_number_is_noted_once(harness: Harness) -> None:
    given(harness, life(80))
    watched(harness)
    with harness.context.database.write() as session:
        snapshots.note_registry_version(session, ONE, 1, 9)
    assert [row.registry_version for row in harness.versions(ONE)] == [0]
