"""The law of insertion, without a store: one timeline, whatever order its versions arrive in, nothing told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.values.timeline_order import StoredVersion, Timeline, seen_from, split_days
from storage.values.write_models import THIS_VERSION, NewEvent, NewVersion
from tests.support.backfilled_lives import State, day, downloads, lives, model, state_on, submissions
from tests.support.harness import ONE
from tracker.backfill.timeline_insertion import Decided, Insertion, decide_insertion, find_place
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read, read_past

NOW = datetime(2026, 8, 14, 15, tzinfo=UTC)
many = settings(max_examples=60, deadline=None)


@dataclass
class Shelf:
    """A trial's versions in memory: writes what is decided, as the writer does."""

    versions: dict[int, StoredVersion] = field(default_factory=dict)
    records: dict[int, TrialRecord | None] = field(default_factory=dict)
    steps: list[tuple[int | None, int]] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)

    @property
    def timeline(self) -> Timeline:
        compared = frozenset(after for before, after in self.steps if before is not None)
        return Timeline(ONE, tuple(self.versions.values()), compared)

    def insert(self, arrival: Insertion) -> Decided:
        placement = find_place(self.timeline, arrival, NOW)
        wanted = {number: self.records[number] for number in placement.wanted}
        decided = decide_insertion(placement, wanted)
        if decided.wants_past:
            decided = decide_insertion(placement, self.records, with_past=True)
        if decided.version is not None:
            number = self.add(decided.version, arrival)
            self.steps += dict.fromkeys((it.from_version, number) for it in decided.events)
            self.events += decided.events
            assert all(it.backfilled and it.to_version == THIS_VERSION for it in decided.events)
            if decided.again is not None:
                self.split(decided.again.version, decided.again.effective, arrival.day)
        elif decided.seen_again is not None:
            seen = self.versions[decided.seen_again]
            self.versions[seen.version] = replace(seen, days=(*seen.days, (arrival.day, arrival.day)))
        return decided

    def add(self, version: NewVersion, arrival: Insertion) -> int:
        number = len(self.versions) + 1
        names = ("raw_sha256", "content_hash", "effective", "effective_basis", "submit_date", "registry_version")
        row = {name: getattr(version, name) for name in (*names, "observed_at", "source")}
        days = () if version.seen_day is None else ((version.seen_day, version.seen_day),)
        self.versions[number] = StoredVersion(version=number, days=days, **row)
        self.records[number] = arrival.reading.record
        return number

    def split(self, version: int, effective: str, on: str) -> None:
        old, number = self.versions[version], len(self.versions) + 1
        before, after = split_days(old.days, on)
        again = replace(old, version=number, effective=effective, effective_basis="data", registry_version=None)
        self.versions[version] = replace(old, days=tuple(before))
        self.versions[number] = replace(again, days=tuple(after))
        self.records[number] = self.records[version]

    def told(self) -> list[tuple[str, int | None, str]]:
        laid = self.timeline.laid()
        rows = ((it, self.records[it.row.version]) for it in laid)
        return [(it.effective, record and record.enrollment.count, it.row.submit_date) for it, record in rows]


def download(states: list[State], number: int) -> Insertion:
    state = state_on(states, number)
    assert state is not None
    document = state.document(number)
    return Insertion(read(document), f"sha of {number}", "", "import", 1, day=day(number))


def of_history(states: list[State]) -> list[Insertion]:
    readings = [read_past(document) for document in submissions(states)]
    return [
        Insertion(reading, f"history {number}", "", "backfill", 1, number=number, submitted=reading.submitted)
        for number, reading in enumerate(readings)
    ]


def filled(arrivals: Iterable[Insertion]) -> Shelf:
    shelf = Shelf()
    for arrival in arrivals:
        shelf.insert(arrival)
    return shelf


@many
@given(st.data())
def test_in_any_order_of_arrival_the_timeline_is_the_same(data: st.DataObject) -> None:
    states = data.draw(lives())
    days = data.draw(downloads(states))
    shelf = filled(download(states, number) for number in data.draw(st.permutations(days)))
    assert shelf.told() == [(start, state.count, day(state.submitted)) for start, state in model(states, days)]


@many
@given(st.data())
def test_what_arrives_twice_says_nothing_the_second_time(data: st.DataObject) -> None:
    states = data.draw(lives())
    days = data.draw(downloads(states))
    shelf = filled(download(states, number) for number in days)
    timeline = shelf.told()
    for number in data.draw(st.permutations(days)):
        decided = shelf.insert(download(states, number))
        assert (decided.version, decided.events, decided.again) == (None, (), None)
    assert shelf.told() == timeline


@many
@given(st.data())
def test_one_step_is_told_once(data: st.DataObject) -> None:
    states = data.draw(lives())
    days = data.draw(downloads(states))
    shelf = filled(download(states, number) for number in data.draw(st.permutations(days)))
    assert [it.kind for it in shelf.events].count("trial.first_seen") == 1
    assert max(Counter(after for _, after in shelf.steps).values()) == 1


@many
@given(st.data())
def test_downloads_beside_the_history_find_their_versions(data: st.DataObject) -> None:
    """The registry's own history comes first, in any order; then each download is one of its versions."""
    states = data.draw(lives(restless=False))
    history = of_history(states)
    shelf = filled(data.draw(st.permutations(history)))
    assert [it.row.registry_version for it in shelf.timeline.laid()] == list(range(len(history)))
    timeline = shelf.told()
    for number in data.draw(st.permutations(data.draw(downloads(states)))):
        assert shelf.insert(download(states, number)).version is None
    assert shelf.told() == timeline == told_of(states)


def told_of(states: list[State]) -> list[tuple[str, int | None, str]]:
    return [(day(state.posted), state.count, day(state.submitted)) for state in states]


@many
@given(st.data())
def test_the_same_values_give_the_same_decision(data: st.DataObject) -> None:
    states = data.draw(lives())
    *days, last = data.draw(st.permutations(data.draw(downloads(states))))
    shelf = filled(download(states, number) for number in days)
    versions = data.draw(st.permutations(list(shelf.timeline.versions)))
    shuffled = replace(shelf.timeline, versions=tuple(versions))
    one, two = (find_place(it, download(states, last), NOW) for it in (shelf.timeline, shuffled))
    assert one == two, "the rows of a store come in any order"
    assert decide_insertion(one, shelf.records) == decide_insertion(two, shelf.records)


def test_a_version_before_that_cannot_be_read_is_named() -> None:
    states = [State(2, 0, 2, 80), State(9, 7, 9, 90)]
    shelf = filled([download(states, 3)])
    shelf.records[1] = None
    [event] = shelf.insert(download(states, 10)).events
    assert event.summary.startswith("Version 1 cannot be read any more")


def test_only_the_records_that_count_are_wanted() -> None:
    """A document costs reading: a twin by its hash, and a step that was told, need none."""
    states = [State(2, 0, 2, 80), State(5, 4, 5, 90), State(9, 7, 9, 70)]
    shelf = filled([download(states, 3), download(states, 10)])
    assert find_place(shelf.timeline, download(states, 11), NOW).wanted == ()
    assert find_place(shelf.timeline, download(states, 6), NOW).wanted == ()
    assert find_place(filled([download(states, 3)]).timeline, download(states, 6), NOW).wanted == (1,)


def test_a_version_that_is_parted_stands_twice() -> None:
    states = [State(2, 0, 2, 80), State(5, 0, 2, 80, "1"), State(8, 0, 2, 80)]
    shelf = filled(download(states, number) for number in (3, 9))
    assert shelf.told() == told_of(states[:1])
    decided = shelf.insert(download(states, 6))
    assert decided.again == (1, day(9)) and decided.events == ()
    assert [it.effective for it in shelf.timeline.laid()] == [day(2), day(6), day(9)]


def test_of_two_versions_seen_on_one_day_the_later_submission_comes_later() -> None:
    old, new = State(2, 0, 2, 80), State(9, 7, 9, 90)
    arrivals = [replace(download([state], 9), day=day(9)) for state in (old, new)]
    assert filled(arrivals).told() == filled(reversed(arrivals)).told()
    assert [count for _, count, _ in filled(arrivals).told()] == [80, 90]


def test_a_run_of_days_is_split_at_a_day_with_what_is_known_of_it() -> None:
    runs = [("2024-01-01", "2024-01-02"), ("2024-01-05", "2024-01-09"), ("2024-01-20", "2024-01-21")]
    before, after = split_days(runs, "2024-01-07")
    assert before == [runs[0], ("2024-01-05", "2024-01-05")]
    assert after == [("2024-01-09", "2024-01-09"), runs[2]]
    assert seen_from(runs, "2024-01-07") == "2024-01-09" and seen_from(runs, "2024-01-22") == ""
