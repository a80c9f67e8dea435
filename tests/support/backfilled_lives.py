"""Invented lives of one trial: what a registry publishes on each day, as downloads and as its own history."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.harness import ONE, record
from tests.support.registry.embedded_registry import Study

FIRST = date(2024, 1, 1)
STATUSES = ("NOT_YET_RECRUITING", "RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED")


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@dataclass(frozen=True)
class State:
    """What the record says from `day` (a number) on. A state without a submission is the registry's own change."""

    day: int
    submitted: int
    posted: int
    count: int
    reference: str = ""

    def document(self, seen: int) -> Study:
        """Return the whole v2 record, from the data of the day `seen`."""
        found = record(ONE)
        protocol = found["protocolSection"]
        status = protocol["statusModule"]
        status["overallStatus"] = STATUSES[self.count % len(STATUSES)]
        status["lastUpdateSubmitDate"] = day(self.submitted)
        status["lastUpdatePostDateStruct"] = {"date": day(self.posted), "type": "ACTUAL"}
        protocol["designModule"]["enrollmentInfo"] = {"count": self.count, "type": "ESTIMATED"}
        if self.reference:
            protocol["referencesModule"] = {"references": [{"pmid": self.reference, "citation": self.reference}]}
        found["derivedSection"] = {"miscInfoModule": {"versionHolder": day(seen)}}
        return found

    def version(self) -> Study:
        """Return the same as the history gives it."""
        return {"protocolSection": copy.deepcopy(self.document(self.day)["protocolSection"])}


def submissions(states: Sequence[State]) -> list[Study]:
    """Return the history of a life: each submission as it was made."""
    first: dict[int, State] = {}
    for state in states:
        first.setdefault(state.submitted, state)
    return [state.version() for state in first.values()]


def state_on(states: Sequence[State], number: int) -> State | None:
    past = [state for state in states if state.day <= number]
    return past[-1] if past else None


def life(*counts: int, every: int = 10) -> list[State]:
    """Return submissions with these enrollment counts, one every `every` days, each posted two days later."""
    return [State(number * every + 2, number * every, number * every + 2, count) for number, count in enumerate(counts)]


def told(rows: Sequence[Any]) -> list[tuple[str, int | None, str]]:
    """Return the parts of a timeline that do not depend on the order of arrival."""
    return [(row.effective, row.enrollment_count, row.submit_date) for row in rows]


@st.composite
def lives(draw: st.DrawFn, *, restless: bool = True) -> list[State]:
    """Draw submissions and, if `restless`, changes that the registry makes by itself between them, back and forth."""
    states: list[State] = []
    number = draw(st.integers(0, 4))
    for _ in range(draw(st.integers(1, 5))):
        posted = number + draw(st.integers(0, 3))
        now = State(posted, number, posted, draw(st.integers(10, 13)))
        states.append(now)
        number = posted + draw(st.integers(1, 3))
        for _ in range(draw(st.integers(0, 4)) if restless else 0):
            now = replace(now, day=number, reference=draw(st.sampled_from(["", "1", "2"])))
            states.append(now)
            number += draw(st.integers(1, 3))
    return states


@st.composite
def downloads(draw: st.DrawFn, states: Sequence[State]) -> list[int]:
    """Draw days on which the record was saved."""
    last = states[-1].day + 8
    return sorted(draw(st.sets(st.integers(states[0].day, last), min_size=1, max_size=9)))


@st.composite
def in_parts(draw: st.DrawFn, items: Sequence[Any]) -> list[list[Any]]:
    """Draw the items in any order, in any number of parts."""
    order = draw(st.permutations(items))
    ends = sorted(draw(st.sets(st.integers(1, len(items)), max_size=4)) | {len(items)})
    return [list(order[start:end]) for start, end in zip([0, *ends], ends, strict=False) if start < end]


Run = tuple[str, State]


def model(states: Sequence[State], days: Sequence[int]) -> list[Run]:
    """Return what was seen on these days, as runs, each with the first day on which the record is known to say it."""
    runs: list[Run] = []
    for number in sorted(days):
        state = state_on(states, number)
        assert state is not None
        same = runs and (runs[-1][1].submitted, runs[-1][1].reference) == (state.submitted, state.reference)
        if not same:
            first = all(run.submitted != state.submitted for _, run in runs)
            runs.append((day(state.posted if first else number), state))
    return runs
