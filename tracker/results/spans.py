"""How long the results of a trial were in each state. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from storage.values.states import ResultsState
from tracker.records.dates import earliest
from tracker.results.cycle import CycleStep

__all__ = ["Span", "spans"]


class Span(NamedTuple):
    """One state and its days."""

    state: str
    #: First day of the state; None if unknown.
    start: dt.date | None
    #: First day of the next state; None if unknown or if the state lasts.
    end: dt.date | None
    #: Length in days, up to today if the state lasts; None if a day is unknown.
    days: int | None


def spans(state: str | None, steps: Sequence[CycleStep], began: dt.date | None, today: dt.date) -> list[Span]:
    """Return the states in order, ending with `state`. The time before the first step is left out.

    `began` is the day from which the registry showed `state`. It is used if no step led to that state: a pending
    submission is no longer listed, or posted results were removed.
    """
    dated: list[tuple[str, dt.date | None]] = [
        (step.event, earliest(step.date) if step.date else None) for step in steps
    ]
    if state == ResultsState.POSTED:
        # Quality control may go on after posting; the state does not change any more.
        dated = dated[: max((place + 1 for place, it in enumerate(dated) if it[0] == state), default=len(dated))]
    if dated and state is not None and dated[-1][0] != state:
        dated.append((state, began))
    found = []
    for place, ((name, start), after) in enumerate(zip_longest(dated, dated[1:])):
        end = after[1] if after else None
        until = today if place == len(dated) - 1 else end
        days = max((until - start).days, 0) if start and until else None
        found.append(Span(name, start, end, days))
    return found
