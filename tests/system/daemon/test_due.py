"""The daily job that tells whose results are due, from dates alone, over a real store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from schedules.clock import ManualClock
from storage.versions import history, results_cache
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tracker.app import open_context
from tracker.context.context import Context
from tracker.daemon import due_events_job
from tracker.daemon.due_events_job import raise_due_events
from tracker.demo.demo_registry import DemoRegistry
from tracker.demo.replay import settings_for
from tracker.demo.story import SEED, STORY, merged
from tracker.polling.poll import poll

WELLCOME = {"collaborators": [{"name": "Wellcome Trust", "class": "OTHER"}]}
"""Signed the joint statement of 2017, which binds what it supports. The trial's own sponsor did not sign."""
SUPPORTED = merged(STORY.facts[SEED], {"protocolSection": {"sponsorCollaboratorsModule": WELLCOME}})
BOUND = replace(STORY, facts={**STORY.facts, SEED: SUPPORTED})
CLOCK_TIME = time(15, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.combine(date(2026, 1, 15), CLOCK_TIME))


@pytest.fixture
def context(tmp_path: Path, clock: ManualClock) -> Iterator[Context]:
    """The seed trial as its page has it, but for a supporter, watched since then; results are due on 2027-01-14."""
    with DemoRegistry(BOUND) as registry, open_context(settings_for(tmp_path, registry.url), clock) as opened:
        registry.move_to(date(2026, 1, 15))
        with opened.database.write() as session:
            watches.watch(session, SEED, "ctgov", clock.now())
        assert poll(opened).outcome == "complete"
        yield opened


def told(context: Context) -> list[tuple[str, str]]:
    with context.database.read() as session:
        found = history.changes(session, ChangeFilter(kinds=("results.*",)))
    return [(row.kind, row.subject) for row, _ in found]


def test_each_threshold_is_told_once_on_the_day_it_is_reached(context: Context, clock: ManualClock) -> None:
    for day, events in (
        ("2026-09-15", 0),
        ("2026-09-16", 1),  # 120 days before
        ("2026-09-16", 0),
        ("2026-12-14", 0),
        ("2026-12-15", 1),  # 30
        ("2027-01-07", 1),  # 7
        ("2027-01-14", 0),
        ("2027-02-13", 0),  # the grace has not passed
        ("2027-02-14", 1),
        ("2027-03-01", 0),
    ):
        clock.move_to(datetime.combine(date.fromisoformat(day), CLOCK_TIME))
        assert raise_due_events(context) == events, day
    assert told(context) == [
        ("results.due_soon", "who-2017 2027-01-14 120"),
        ("results.due_soon", "who-2017 2027-01-14 30"),
        ("results.due_soon", "who-2017 2027-01-14 7"),
        ("results.overdue", "who-2017 2027-01-14 overdue"),
    ]


def test_a_version_that_comes_meanwhile_waits_for_the_next_look(
    context: Context, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have results, so nothing is told that was worked out before it."""
    clock.move_to(datetime.combine(date(2026, 9, 16), CLOCK_TIME))
    was = due_events_job.each_statuses

    def slow(*given: Any) -> Iterator[Any]:
        for known in was(*given):
            with context.database.write() as session:
                results_cache.forget(session, SEED)  # as another version does
            yield known

    monkeypatch.setattr(due_events_job, "each_statuses", slow)
    assert raise_due_events(context) == 0
    monkeypatch.undo()
    assert raise_due_events(context) == 1


def test_nothing_is_told_of_thresholds_passed_before_the_watch(context: Context, clock: ManualClock) -> None:
    with context.database.write() as session:
        watches.unwatch(session, SEED, clock.now())
    clock.move_to(datetime.combine(date(2026, 12, 20), CLOCK_TIME))
    assert raise_due_events(context) == 0
    with context.database.write() as session:
        watches.watch(session, SEED, "ctgov", clock.now())
    assert raise_due_events(context) == 0
    clock.move_to(datetime.combine(date(2027, 1, 7), CLOCK_TIME))
    assert raise_due_events(context) == 1


@pytest.mark.fault("R-B10")
def test_what_is_only_asked_for_is_never_due_soon_or_late(tmp_path: Path, clock: ManualClock) -> None:
    """The seed trial as it is: its sponsor signed nothing."""
    with DemoRegistry(STORY) as registry, open_context(settings_for(tmp_path, registry.url), clock) as context:
        registry.move_to(date(2026, 1, 15))
        with context.database.write() as session:
            watches.watch(session, SEED, "ctgov", clock.now())
        assert poll(context).outcome == "complete"
        for day in (date(2026, 12, 15), date(2027, 1, 7), date(2027, 2, 14), date(2036, 1, 1)):
            clock.move_to(datetime.combine(day, CLOCK_TIME))
            assert raise_due_events(context) == 0
        assert told(context) == []


def test_two_processes_at_once_tell_a_thing_once(context: Context, clock: ManualClock) -> None:
    """Both have looked before either could write: the second finds it told."""
    clock.move_to(datetime.combine(date(2026, 12, 15), CLOCK_TIME))
    found: list[int] = []
    both = [threading.Thread(target=lambda: found.append(raise_due_events(context))) for _ in range(2)]
    with context.database.write():
        for thread in both:
            thread.start()
        threading.Event().wait(1.0)  # both read meanwhile; were one slower, there would only be less to prove
    for thread in both:
        thread.join()
    assert sorted(found) == [0, 1]
    assert told(context) == [("results.due_soon", "who-2017 2027-01-14 30")]
