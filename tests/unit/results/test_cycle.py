"""The cycle of pending results: every state, every step, and what is kept once the registry has erased it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.values.states import ResultsState
from tests.support.records.results_arc import ARC, FIRST, SECOND, pending, posted, round_, unposted
from tracker.records.trial import Submission, TrialRecord
from tracker.results.cycle import merged_steps, ordered, state_of, steps
from tracker.results.merge_cycles import merged

days = st.none() | st.sampled_from(["2026-01-01", "2026-01-02"])
submissions = st.builds(Submission, days, days, days, st.booleans(), st.none() | st.sampled_from([0, 1]))


def event(kind: str, date: str | None = None) -> dict[str, object]:
    return {"type": kind, "date": date} if date else {"type": kind, "dateUnknown": True}


CASES = [
    (pending(), "none", []),
    (pending(round_("2026-01-05")), "submitted", [("submitted", "2026-01-05")]),
    (pending(FIRST), "returned", [("submitted", "2025-12-11"), ("returned", "2025-12-31")]),
    (
        pending(round_("2026-01-05", unreleaseDate="2026-01-09")),
        "cancelled",
        [("submitted", "2026-01-05"), ("cancelled", "2026-01-09")],
    ),
    # cancelled on an unknown day (peers' regression 4)
    (
        pending(round_("2026-01-05", unreleaseDateUnknown=True)),
        "cancelled",
        [("submitted", "2026-01-05"), ("cancelled", None)],
    ),
    # submitted, cancelled and submitted again on one day (peers' regression 3)
    (
        pending(round_("2026-01-05"), round_("2026-01-05", unreleaseDate="2026-01-05")),
        "submitted",
        [("submitted", "2026-01-05"), ("cancelled", "2026-01-05"), ("submitted", "2026-01-05")],
    ),
    (posted(), "posted", [("submitted", "2025-12-11"), ("posted", "2026-05-04")]),
]


@pytest.mark.parametrize(("version", "state", "told"), CASES)
def test_the_state_and_the_steps_of_one_version(
    version: TrialRecord, state: str, told: list[tuple[str, str | None]]
) -> None:
    assert version.results.state == state
    assert steps(version.results) == told


def test_the_states_of_the_real_arc() -> None:
    assert [version.results.state for version in ARC] == ["submitted", "returned", "submitted", "posted"]


def test_what_is_new_at_each_step_of_the_real_arc() -> None:
    fresh = [merged(steps(before.results), steps(after.results)).fresh for before, after in pairwise(ARC)]
    assert fresh == [[("returned", "2026-02-09")], [("submitted", "2026-03-02")], [("posted", "2026-05-04")]]


def test_the_rounds_seen_while_pending_are_kept_after_posting() -> None:
    """The registry erases them: four of these six steps are known to nobody who did not look in time."""
    assert merged_steps(ARC) == [
        ("submitted", "2025-12-11"),
        ("returned", "2025-12-31"),
        ("submitted", "2026-01-23"),
        ("returned", "2026-02-09"),
        ("submitted", "2026-03-02"),
        ("posted", "2026-05-04"),
    ]


def test_two_rounds_of_one_day_are_two_in_the_whole_cycle() -> None:
    once = pending(round_("2026-01-05", unreleaseDate="2026-01-05"))
    twice = pending(*[round_("2026-01-05", unreleaseDate="2026-01-05")] * 2)
    assert len(merged_steps([once, twice, twice])) == 4


UNPOSTED = [
    ([], "none", []),
    (
        [event("RELEASE", "2025-12-11"), event("RESET", "2025-12-31")],
        "returned",
        [("submitted", "2025-12-11"), ("returned", "2025-12-31")],
    ),
    (
        [event("RELEASE", "2025-12-11"), event("UNRELEASE")],
        "cancelled",
        [("submitted", "2025-12-11"), ("cancelled", None)],
    ),
    # a cancellation without a date belongs where a release has no end before the next one
    (
        [
            event("RELEASE", "2025-01-01"),
            event("RELEASE", "2025-06-01"),
            event("RESET", "2025-07-01"),
            event("UNRELEASE"),
        ],
        "returned",
        [("submitted", "2025-01-01"), ("cancelled", None), ("submitted", "2025-06-01"), ("returned", "2025-07-01")],
    ),
    # an event we do not know ends nothing
    ([event("RELEASE", "2025-12-11"), event("PAUSED", "2025-12-31")], "submitted", [("submitted", "2025-12-11")]),
]


@pytest.mark.parametrize(("events", "state", "told"), UNPOSTED)
def test_rounds_from_loose_events(
    events: list[dict[str, object]], state: str, told: list[tuple[str, str | None]]
) -> None:
    for listed in (events, events[::-1]):
        version = unposted(*listed)
        assert version.results.state == state
        assert steps(version.results) == told


def test_an_unknown_event_is_said() -> None:
    assert any("PAUSED" in sentence for sentence in unposted(event("PAUSED", "2025-12-31")).warnings)


def test_tracking_is_believed_before_loose_events() -> None:
    assert pending(FIRST, SECOND).results.submissions[1].returned == "2026-02-09"


@given(st.lists(submissions, max_size=5), st.builds(random.Random, st.integers(0, 2**32 - 1)))
def test_rounds_have_one_order_whatever_order_they_come_in(rounds: list[Submission], rng: random.Random) -> None:
    mixed = list(rounds)
    rng.shuffle(mixed)
    assert ordered(mixed) == ordered(rounds)
    assert state_of(ordered(mixed), posted=False) in ResultsState


@given(st.lists(st.sampled_from(ARC), max_size=6))
def test_the_whole_cycle_forgets_nothing_and_repeats_nothing(versions: list[TrialRecord]) -> None:
    whole = merged_steps(versions)
    assert set(whole) == {step for version in versions for step in steps(version.results)}
    assert len(whole) == len(set(whole))
