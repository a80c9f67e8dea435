"""Made-up lives of one trial: what a registry publishes on each day, as downloads and as its own history."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.support.harness import ONE, record
from tests.support.registry.embedded_registry import Study

FIRST = date(2024, 1, 1)
STATUSES = ("NOT_YET_RECRUITING", "RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED")


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@dataclass(frozen=True)
class State:
    """What the record says from `day` (a number) on. A state that is no submission is the registry's own doing."""

    day: int
    submitted: int
    posted: int
    count: int
    reference: str = ""

    def document(self, seen: int) -> Study:
        """The whole v2 record, from the data of the day `seen`."""
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
        """The same as the history gives it."""
        return {"protocolSection": copy.deepcopy(self.document(self.day)["protocolSection"])}


def submissions(states: Sequence[State]) -> list[Study]:
    """The history of a life: each submission as it was handed in."""
    first: dict[int, State] = {}
    for state in states:
        first.setdefault(state.submitted, state)
    return [state.version() for state in first.values()]


def state_on(states: Sequence[State], number: int) -> State | None:
    past = [state for state in states if state.day <= number]
    return past[-1] if past else None


def life(*counts: int, every: int = 10) -> list[State]:
    """Submissions with these enrollment counts, `every` so many days, each posted two days after."""
    return [State(number * every + 2, number * every, number * every + 2, count) for number, count in enumerate(counts)]


def told(rows: Sequence[Any]) -> list[tuple[str, int | None, str]]:
    """What of a timeline does not depend on the order things came in."""
    return [(row.effective, row.enrollment_count, row.submit_date) for row in rows]
