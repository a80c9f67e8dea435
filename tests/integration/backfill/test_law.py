"""The law of merging: one timeline, whatever order its parts came in, and right on every day it has an edge at.

Numbers, times of observation and seq may differ. What is right is told by a naive model of a few lines.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schedules.clock import ManualClock
from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from storage.versions import history
from tests.support.backfilled_lives import (
    FIRST,
    Run,
    State,
    day,
    downloads,
    in_parts,
    life,
    lives,
    model,
    state_on,
    submissions,
    told,
)
from tests.support.harness import ONE, QUICK, Harness, settings_for
from tests.support.registry.embedded_registry import RegistryServer, Study
from tracker.app import open_context
from tracker.backfill.backfill import Backfill
from tracker.backfill.import_files import import_files
from tracker.backfill.stored_records import record_of

LAST = 60
COUNT = "enrollment.count"
many = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="session")
def silent_registry() -> Iterator[RegistryServer]:
    with RegistryServer() as server:
        yield server


@contextmanager
def fresh(template: Path, registry: RegistryServer) -> Iterator[Harness]:
    """A world with an empty store."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        shutil.copy(template, path)
        clock = ManualClock(datetime(2026, 8, 14, 15, tzinfo=UTC))
        chosen = settings_for(f"sqlite:///{path}", registry)
        with open_context(chosen, clock, QUICK) as context:
            yield Harness(chosen, registry, clock, context)


def bring_in(harness: Harness, states: Sequence[State], days: Sequence[int]) -> None:
    """Import the downloads of these days, in one import, when the last of them has come."""
    last = datetime.combine(FIRST + timedelta(days=max(days, default=0)), datetime.min.time(), UTC)
    harness.clock.move_to(max(last, harness.clock.now()))
    with TemporaryDirectory() as folder:
        for place, number in enumerate(days):
            state = state_on(states, number)
            assert state is not None
            (Path(folder) / f"{place}.json").write_text(json.dumps(state.document(number)))
        assert import_files(harness.context, [Path(folder)]).rejected == []


def said(runs: Sequence[Run], on: str) -> int | None:
    return next((state.count for start, state in reversed(runs) if start <= on), None)


def edges(runs: Sequence[Run]) -> list[str]:
    """The day before, the day of, the day after each."""
    starts = [datetime.fromisoformat(start).date() for start, _ in runs]
    return [(start + timedelta(days=near)).isoformat() for start in starts for near in (-1, 0, 1)]


def check(harness: Harness, runs: Sequence[Run]) -> None:
    """The timeline, as-of on each edge, and the field's values."""
    rows = harness.versions(ONE)
    assert told(rows) == [(start, state.count, day(state.submitted)) for start, state in runs]
    assert harness.head(ONE).current_version == rows[-1].version
    assert sorted(row.version for row in rows) == list(range(1, len(rows) + 1))
    with harness.context.database.read() as session:
        for on in edges(runs):
            found = as_of(SessionReader(session), ONE, on)
            assert (found.enrollment_count if found else None) == said(runs, on), on
        records = [record_of(SessionReader(session), row) for row in rows]
    assert [sorted(it.pmid or "" for it in record.references.values()) for record in records] == [
        [state.reference] if state.reference else [] for _, state in runs
    ]
    assert harness.faults() == []


@many
@given(st.data())
def test_downloads_in_any_order_and_any_number_of_imports(
    _sqlite_template: Path, silent_registry: RegistryServer, data: st.DataObject
) -> None:
    states = data.draw(lives())
    days = data.draw(downloads(states))
    parts = data.draw(in_parts(days))
    with fresh(_sqlite_template, silent_registry) as harness:
        for part in parts:
            bring_in(harness, states, part)
        check(harness, model(states, days))
        bring_in(harness, states, days)
        check(harness, model(states, days))


@many
@given(st.data())
def test_what_we_knew_then_is_what_was_current_then(
    _sqlite_template: Path, silent_registry: RegistryServer, data: st.DataObject
) -> None:
    """Whatever arrives later, an earlier moment is asked for what `show` said at that moment."""
    states = data.draw(lives())
    parts = data.draw(in_parts(data.draw(downloads(states))))
    with fresh(_sqlite_template, silent_registry) as harness:
        said = []
        for part in parts:
            bring_in(harness, states, part)
            said.append((harness.clock.now(), harness.head(ONE).content_hash))
            harness.clock.advance(timedelta(hours=1))
        with harness.context.database.read() as session:
            for moment, content in said:
                found = as_of(SessionReader(session), ONE, moment.date().isoformat(), "known", moment)
                row = history.snapshot(session, ONE, found.version) if found else None
                assert row is not None and row.content_hash == content, moment


def test_the_later_download_of_one_post_date_may_come_first(
    _sqlite_template: Path, silent_registry: RegistryServer
) -> None:
    states = [State(2, 0, 2, 80), State(9, 0, 2, 80, "1")]
    with fresh(_sqlite_template, silent_registry) as harness:
        bring_in(harness, states, [10])
        bring_in(harness, states, [4])
        check(harness, model(states, [4, 10]))
        assert [row.effective for row in harness.versions(ONE)] == [day(2), day(10)]
        assert harness.head(ONE).current_version == 1, "the older one is not what is current"


def test_there_and_back_with_the_middle_arriving_last(_sqlite_template: Path, silent_registry: RegistryServer) -> None:
    states = [State(2, 0, 2, 80), State(5, 0, 2, 80, "1"), State(8, 0, 2, 80)]
    with fresh(_sqlite_template, silent_registry) as harness:
        bring_in(harness, states, [3, 9])
        harness.news()
        bring_in(harness, states, [6])
        check(harness, model(states, [3, 6, 9]))
        assert harness.news() == [], "what it was in sum was told already"


def enrollments(harness: Harness) -> list[tuple[str, str | None, str | None]]:
    """The changes of the enrollment that are told from now on, in the order of time."""
    place = {row.version: at for at, row in enumerate(harness.versions(ONE))}
    told = [(event, it) for event, its in harness.told() for it in its if it.field == COUNT]
    told.sort(key=lambda step: place[step[0].to_version or 0])
    return [(event.effective, it.before, it.after) for event, it in told]


@many
@given(st.data())
def test_what_is_told_leads_from_the_first_version_to_the_last(
    _sqlite_template: Path, silent_registry: RegistryServer, data: st.DataObject
) -> None:
    """A part that arrives late may be told in sum. No step is left out, and none is told twice."""
    states = data.draw(lives(restless=False))
    days = data.draw(downloads(states))
    with fresh(_sqlite_template, silent_registry) as harness:
        for part in data.draw(in_parts(days)):
            bring_in(harness, states, part)
        counts = [str(row.enrollment_count) for row in harness.versions(ONE)]
        steps = enrollments(harness)
        assert [before for _, before, _ in steps] + counts[-1:] == counts[:1] + [after for *_, after in steps]


def test_a_past_that_arrives_part_by_part_backwards_is_told_whole(
    _sqlite_template: Path, silent_registry: RegistryServer
) -> None:
    """Each part reaches back behind what was the first version before it."""
    states = life(40, 55, 70, 90)
    expected = [(day(12), "40", "55"), (day(22), "55", "70"), (day(32), "70", "90")]
    with fresh(_sqlite_template, silent_registry) as harness:
        for part in ([33], [23], [3, 13]):
            bring_in(harness, states, part)
        assert enrollments(harness) == expected
        bring_in(harness, states, [3, 13, 23, 33])
        assert enrollments(harness) == [], "nothing is told twice"


def test_the_step_from_the_fetched_history_to_an_imported_download_is_told(_sqlite_template: Path) -> None:
    """The record was polled, then a download was imported, then the history came that lies before it."""
    states = life(40, 55, 70)
    with RegistryServer() as registry, fresh(_sqlite_template, registry) as harness:
        harness.watch(ONE)
        publish(harness, states)
        harness.poll()
        bring_in(harness, states, [13])
        Backfill(harness.context).before_first_poll([ONE])
        assert enrollments(harness) == [(day(12), "40", "55"), (day(22), "55", "70")]


@many
@given(st.data())
def test_history_polls_and_downloads_in_any_order(_sqlite_template: Path, data: st.DataObject) -> None:
    """The registry lives on while it is polled; its history is fetched, perhaps in part, whenever."""
    states = data.draw(lives(restless=False))
    days = data.draw(downloads(states))
    steps = data.draw(st.lists(st.sampled_from(["poll", "past", "import", "live"]), min_size=1, max_size=8))
    with RegistryServer() as registry, fresh(_sqlite_template, registry) as harness:
        harness.watch(ONE)
        living = data.draw(st.integers(1, len(states)))
        publish(harness, states[:living])
        waiting = list(days)
        for step in [*steps, *["live"] * len(states), "poll", "import", "past"]:
            if step == "poll":
                harness.poll()
            elif step == "past":
                Backfill(harness.context).before_first_poll([ONE])
            elif step == "import" and waiting:
                bring_in(harness, states, waiting[::2])
                waiting = waiting[1::2]
            elif living < len(states):
                living += 1
                publish(harness, states[:living])
        bring_in(harness, states, waiting or days)
        check(harness, [(day(state.posted), state) for state in states])
        numbers = [row.registry_version for row in harness.versions(ONE)]
        assert numbers == list(range(len(states)))


@pytest.mark.fault("R-A3")
@many
@given(st.data())
def test_histories_from_files_and_from_the_registry_are_one(_sqlite_template: Path, data: st.DataObject) -> None:
    """Polls, fetched histories and histories in files, each perhaps in part, in any order: each version once.

    The newest version is the first poll's own, so no file holds it before that.
    """
    states = data.draw(lives(restless=False))
    steps = data.draw(st.lists(st.sampled_from(["poll", "past", "files", "live"]), min_size=1, max_size=8))
    with RegistryServer() as registry, fresh(_sqlite_template, registry) as harness:
        harness.watch(ONE)
        living = data.draw(st.integers(1, len(states)))
        publish(harness, states[:living])
        polled = False
        for step in [*steps, *["live"] * len(states), "poll", "past", "every file"]:
            if step == "poll":
                harness.poll()
                polled = True
            elif step == "past":
                Backfill(harness.context).before_first_poll([ONE])
            elif step == "live" and living < len(states):
                living += 1
                publish(harness, states[:living])
            elif "file" in step:
                history = harness.registry.histories[ONE]
                lost = data.draw(st.sets(st.integers(0, len(history) - 1))) if step == "files" else set()
                lost |= set() if polled else {len(history) - 1}
                with TemporaryDirectory() as folder:
                    import_files(harness.context, [files_of_history(Path(folder), history, lost)])
        check(harness, [(day(state.posted), state) for state in states])
        assert [row.registry_version for row in harness.versions(ONE)] == list(range(len(states)))


def files_of_history(folder: Path, history: Sequence[Study], lost: set[int]) -> Path:
    """The folder, with the list of versions and a file a version, but for those that are lost."""
    days = [study["protocolSection"]["statusModule"]["lastUpdateSubmitDate"] for study in history]
    listed = {"changes": [{"version": number, "date": on} for number, on in enumerate(days)]}
    (folder / f"{ONE}.json").write_text(json.dumps(listed))
    for number, study in enumerate(history):
        if number not in lost:
            (folder / f"{number}.json").write_text(json.dumps({"studyVersion": number, "study": study}))
    return folder


def test_what_was_seen_before_a_later_download_took_effect_by_the_day_it_was_seen(_sqlite_template: Path) -> None:
    """Also when the registry's history says afterwards which of its versions that was."""
    states = [State(0, 0, 0, 10), State(1, 1, 1, 10), State(2, 2, 2, 10)]
    with RegistryServer() as registry, fresh(_sqlite_template, registry) as harness:
        harness.watch(ONE)
        bring_in(harness, states, [2])
        for living in (1, 2, 3):
            publish(harness, states[:living])
            harness.poll()
        Backfill(harness.context).before_first_poll([ONE])
        check(harness, [(day(state.posted), state) for state in states])


def publish(harness: Harness, states: Sequence[State]) -> None:
    """The next day of the registry: the newest of these states is its record."""
    number = states[-1].day
    harness.clock.move_to(datetime.combine(FIRST + timedelta(days=number), datetime.min.time(), UTC))
    harness.registry.data_timestamp = f"{day(number)}T09:00:05"
    harness.registry.studies = {ONE: states[-1].document(number)}
    harness.registry.histories = {ONE: submissions(states)}
