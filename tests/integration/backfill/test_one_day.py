"""Several versions of one day of submission: which of them we hold, and which the next poll brings as news."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.backfill.test_backfill import given, watched
from tests.support.backfilled_lives import State, life
from tests.support.harness import ONE, TWO, Harness, record
from tracker.backfill import timeline_insertion
from tracker.backfill.backfill import Backfill
from tracker.changes.detect_changes import detect_changes
from tracker.changes.event import Event
from tracker.records.trial import TrialRecord


def _two_on_a_day(harness: Harness) -> list[State]:
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(14, 10, 12, 20)]
    given(harness, states)
    return states


@pytest.mark.parametrize("twice", [False, True])
def test_what_follows_our_last_look_on_its_own_day_is_left_to_the_next_poll(harness: Harness, twice: bool) -> None:
    """We polled the first of two submissions of a day. The second is news, even if the past is fetched before."""
    states = _two_on_a_day(harness)
    given(harness, states[:2])
    watched(harness)
    harness.news()
    given(harness, states)
    harness.registry.histories[ONE] = [state.version() for state in states]
    harness.day()
    for _ in range(1 + twice):
        work = Backfill(harness.context)
        work.before_first_poll([ONE])
        assert work.report.newer == {ONE: [2]} and work.report.stored == 0
    harness.poll()
    told = [(it.kind, it.backfilled) for it in harness.news() if it.kind.startswith("enrollment")]
    assert told == [("enrollment.target_changed", False)]


def test_of_two_submissions_of_a_day_the_one_we_hold_is_found(harness: Harness) -> None:
    states = _two_on_a_day(harness)
    harness.registry.histories[ONE] = [state.version() for state in states]
    harness.watch(ONE)
    harness.poll()
    Backfill(harness.context).before_first_poll([ONE])
    found = [(row.registry_version, row.enrollment_count) for row in harness.versions(ONE)]
    assert found == [(0, 80), (1, 90), (2, 20)]


def test_the_registrys_own_change_does_not_stand_for_a_submission(harness: Harness) -> None:
    """Of two submissions of one day we hold the second, and it again with a paper that the registry found."""
    states = [State(2, 0, 2, 80), State(12, 10, 12, 90), State(12, 10, 12, 100)]
    given(harness, states)
    harness.registry.histories[ONE] = [state.version() for state in states]
    harness.watch(ONE)
    harness.poll()
    harness.day()
    harness.module(ONE, "referencesModule")["references"] = [{"pmid": "1", "citation": "1", "type": "DERIVED"}]
    harness.poll()
    assert len(harness.versions(ONE)) == 2
    Backfill(harness.context).before_first_poll([ONE])
    found = [(row.registry_version, row.enrollment_count) for row in harness.versions(ONE)]
    assert found == [(0, 80), (1, 90), (2, 100), (None, 100)]


@pytest.mark.fault("R-G1")
def test_a_trial_that_cannot_be_compared_ends_no_backfill(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    given(harness, life(80, 100, 120, 60))
    harness.registry.studies[TWO] = record(TWO)
    harness.registry.histories[TWO] = [record(TWO)]
    harness.watch(ONE, TWO)
    harness.poll()

    def stumbling(old: TrialRecord, new: TrialRecord, *rest: Any, **more: Any) -> tuple[Event, ...]:
        if new.trial == ONE and old.enrollment.count == 120:
            raise ValueError("a fault of our own")
        return detect_changes(old, new, *rest, **more)

    monkeypatch.setattr(timeline_insertion, "detect_changes", stumbling)
    work = Backfill(harness.context)
    work.before_first_poll([ONE, TWO])
    assert list(work.report.failed) == [ONE] and "ValueError in comparing" in work.report.failed[ONE]
    assert work.report.left == [] and not work.report.stopped
