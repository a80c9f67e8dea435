"""Laws over whole lives of pending results: however the polls fall, the cycle and its end are the same."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_records import made
from tracker.changes.detect_changes import detect_changes
from tracker.changes.version import Version
from tracker.records.dates import RegistryDate
from tracker.records.trial import Results, Submission, TrialRecord
from tracker.results.cycle import CycleStep, merged_steps, ordered, state_of, steps
from tracker.results.lateness import submission_of

START = dt.date(2026, 1, 1)
POSTED = "2026-12-01"
Rounds = Sequence[Submission]
gaps = st.integers(0, 2)  # days between two steps: 0 for what happens on one day


def pending(rounds: Rounds) -> TrialRecord:
    found = ordered(rounds)
    return made(results=Results(state=state_of(found, posted=False), submissions=found))


def posted(rounds: Rounds) -> TrialRecord:
    """The rounds are gone; of them the registry keeps the first submission's day."""
    first = min(round_.submitted or "" for round_ in rounds)
    return made(results=Results(state="posted", first_submitted=first, first_posted=RegistryDate(POSTED, "ACTUAL")))


def ended(submitted: str | None, end: str, day: str) -> Submission:
    dated = {end: day} if end in ("returned", "cancelled") else {}
    return Submission(submitted, cancelled_unknown=end == "unknown", **dated)


@st.composite
def lives(draw: st.DrawFn) -> list[Rounds]:
    """The rounds as the registry shows them after each step: submitted, then returned or cancelled, and so on."""
    day, rounds, found = START, list[Submission](), list[Rounds]()
    for _ in range(draw(st.integers(1, 4))):
        day += dt.timedelta(draw(gaps))
        rounds = [*rounds, Submission(day.isoformat())]
        found.append(rounds)
        day += dt.timedelta(draw(gaps))
        end = draw(st.sampled_from(["returned", "cancelled", "unknown"]))
        rounds = [*rounds[:-1], ended(rounds[-1].submitted, end, day.isoformat())]
        found.append(rounds)
    return found[: draw(st.integers(1, len(found)))]


@st.composite
def watched(draw: st.DrawFn) -> tuple[list[Rounds], list[Rounds]]:
    """A life, and what was seen of it: any looks, and the last."""
    life = draw(lives())
    seen = draw(st.sets(st.integers(0, len(life) - 1)))
    return life, [life[place] for place in sorted(seen | {len(life) - 1})]


def unreported(rounds: Rounds) -> bool:
    """Whether the dates leave open which round of one day came first: both may have ended on it, each in its way."""
    ways: dict[str | None, set[tuple[bool, bool]]] = defaultdict(set)
    for round_ in rounds:
        if not round_.open and (round_.returned or round_.cancelled or round_.submitted) == round_.submitted:
            ways[round_.submitted].add((round_.returned is None, round_.cancelled_unknown))
    return any(len(found) > 1 for found in ways.values())


@given(watched())
def test_a_cycle_is_the_same_however_the_polls_fall(told: tuple[list[Rounds], list[Rounds]]) -> None:
    """While results are pending every version tells all rounds, so one look at the last is as good as all."""
    life, seen = told
    whole, some, last = (merged_steps(map(pending, versions)) for versions in (life, seen, life[-1:]))
    assert Counter(whole) == Counter(some) == Counter(last)
    if not unreported(life[-1]):
        assert whole == some == last == steps(pending(life[-1]).results)
    dated = [step.date for step in whole if step.date]
    assert dated == sorted(dated)


@given(watched())
def test_after_posting_the_last_look_while_pending_is_kept(told: tuple[list[Rounds], list[Rounds]]) -> None:
    life, seen = told
    end = posted(life[-1])
    assert merged_steps([*map(pending, seen), end]) == [*merged_steps(map(pending, seen)), ("posted", POSTED)]
    assert (
        submission_of("posted", merged_steps([*map(pending, seen), end])).first
        == submission_of("posted", merged_steps([*map(pending, life), end])).first
    )


@given(watched())
def test_a_vanished_submission_stays_in_the_cycle(told: tuple[list[Rounds], list[Rounds]]) -> None:
    """What was pending is gone from the record (peers' hard case), and it may come back: nothing is told twice."""
    life, seen = told
    nothing = pending([])
    gone = merged_steps([*map(pending, seen), nothing])
    assert gone == merged_steps(map(pending, seen))
    assert merged_steps([*map(pending, seen), nothing, pending(life[-1])]) == gone


@given(watched())
def test_each_step_is_told_once_however_the_polls_fall(told: tuple[list[Rounds], list[Rounds]]) -> None:
    """The events of the results family, over all polls, say each step of the cycle once, with its day."""
    _, seen = told
    versions = [Version(START, pending(rounds)) for rounds in ([], *seen)]
    said: Counter[tuple[str, str]] = Counter()
    for place, (before, after) in enumerate(pairwise(versions)):
        for event in detect_changes(before.record, after.record, START, versions[: place + 1]):
            kind = event.kind.removeprefix("results.")
            if kind in ("submitted", "returned", "cancelled"):
                days = event.summary.rpartition(" on ")[2].replace(" and ", ", ").split(", ")
                said.update((kind, day) for day in days)
    expected = Counter((step.event, step.date or "an unknown day") for step in merged_steps(map(pending, seen)))
    assert said == expected


def test_peers_hard_case_all_on_one_day_whichever_poll_saw_it() -> None:
    """Submitted, cancelled and submitted again on one day (TT #219), looked at before, between or only after."""
    day = START.isoformat()
    first, both = [Submission(day)], [Submission(day, cancelled=day), Submission(day)]
    whole = [CycleStep("submitted", day), CycleStep("cancelled", day), CycleStep("submitted", day)]
    for seen in ([both], [first, both], [[Submission(day, cancelled=day)], both], [first, both[:1], both]):
        assert merged_steps(map(pending, seen)) == whole
        assert pending(seen[-1]).results.state == "submitted"


def test_a_round_ends_before_the_next_of_its_day_begins() -> None:
    """One that ended on an unknown day comes after one that ended that day, and before one that ended later."""
    day, later = START.isoformat(), "2026-01-09"
    unknown = Submission(day, cancelled_unknown=True)
    same, after, open_ = Submission(day, returned=day), Submission(day, returned=later), Submission(day)
    assert ordered([open_, after, unknown, same]) == (same, unknown, after, open_)
    assert pending([same, unknown]).results.state == "cancelled"
    assert pending([unknown, after]).results.state == "returned"
