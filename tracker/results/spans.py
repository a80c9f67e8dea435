"""How long the results of a trial were in each state, from the dates of the steps. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from tracker.records.dates import earliest
from tracker.results.cycle import CycleStep

__all__ = ["Span", "spans"]


class Span(NamedTuple):
    """`start` and `end`: first day of the state, and of the next; None when unknown, `end` also while it lasts.

    `days`: how many days that is, to today while it lasts; None when a day is unknown.
    """

    state: str
    start: dt.date | None
    end: dt.date | None
    days: int | None


def spans(state: str | None, steps: Sequence[CycleStep], began: dt.date | None, today: dt.date) -> list[Span]:
    """The states in order, the last being `state`; what came before the first step is not told.

    `began`: the day from which the registry showed `state`. It counts where no step led there: a submission that was
    pending is no longer listed, or posted results were taken away.
    """
    told = [(step.event, earliest(step.date) if step.date else None) for step in steps]
    if state == "posted":
        # Quality control may go on after posting; the state does not change any more.
        told = told[: max((place + 1 for place, it in enumerate(told) if it[0] == state), default=len(told))]
    if told and state is not None and told[-1][0] != state:
        told.append((state, began))
    found = []
    for place, ((name, start), after) in enumerate(zip_longest(told, told[1:])):
        end = after[1] if after else None
        until = today if place == len(told) - 1 else end
        days = max((until - start).days, 0) if start and until else None
        found.append(Span(name, start, end, days))
    return found
