"""A step of pending results that goes and comes back is told once, and what was said wrongly is taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.records.results_arc import pending, posted, round_
from tracker.changes.detect_changes import detect_changes, wants_past
from tracker.changes.version import Version
from tracker.records.trial import TrialRecord

DAY = dt.date(2026, 3, 1)
NOTHING, OPEN = pending(), pending(round_("2026-01-05"))
RETURNED = pending(round_("2026-01-05", resetDate="2026-01-09"))
CANCELLED = pending(round_("2026-01-05", unreleaseDate="2026-01-09"))
LATER = round_("2026-02-01")
VANISHED = "The pending submission is no longer listed by the registry: cancelled or erased, date unknown"

Told = list[tuple[str, str, str]]


def polled(*versions: TrialRecord) -> Told:
    """Return what a poll tells of the last step: it reads the past only if the events ask for it."""
    events = detect_changes(versions[-2], versions[-1], DAY)
    if wants_past(events):
        past = [Version(DAY - dt.timedelta(days=len(versions) - at), it) for at, it in enumerate(versions[:-1])]
        events = detect_changes(versions[-2], versions[-1], DAY, past)
    return [(it.kind, it.severity, it.summary) for it in events]


@pytest.mark.parametrize(("ended", "kind"), [(RETURNED, "returned"), (CANCELLED, "cancelled")])
def test_an_end_that_went_and_came_back_is_told_once(ended: TrialRecord, kind: str) -> None:
    [(told, _, _)] = polled(OPEN, ended)
    assert told == f"results.{kind}"
    assert polled(OPEN, ended, OPEN) == [
        ("results.submitted", "major", "The submission of 2026-01-05 is listed as pending again")
    ]
    assert polled(OPEN, ended, OPEN, ended) == [
        ("results.updated", "major", f"The submission of 2026-01-05 is listed as {kind} again")
    ]


def test_a_returned_round_that_vanished_and_is_listed_again_is_said() -> None:
    assert polled(RETURNED, NOTHING) == [("results.cancelled", "major", VANISHED)]
    assert polled(RETURNED, NOTHING, RETURNED) == [
        ("results.updated", "major", "The submission of 2026-01-05 (returned on 2026-01-09) is listed again")
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OPEN, NOTHING),
        (RETURNED, NOTHING),
        (pending(round_("2026-01-05", resetDate="2026-01-09"), LATER), RETURNED),
        # two rounds of one day, of which the open one went
        (pending(round_("2026-01-05", unreleaseDate="2026-01-05"), round_("2026-01-05")), CANCELLED),
    ],
)
def test_an_open_round_that_is_not_listed_is_still_told_as_vanished(before: TrialRecord, after: TrialRecord) -> None:
    events = polled(before, before, after)
    assert "results.cancelled" in [kind for kind, _, _ in events]


def test_a_round_that_vanished_and_is_posted_is_told_as_posted() -> None:
    assert [kind for kind, _, _ in polled(RETURNED, NOTHING, posted())] == ["results.posted"]
