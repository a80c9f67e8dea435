"""Results: their state, their cycle, and who asks for them by when."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tracker.api.base import Day, Shape, described

__all__ = ["Owed", "Owing", "Results", "Scorecard"]


class CycleStep(Shape, frozen=True):
    """One step of pending results."""

    event: Annotated[str, described("submitted, returned, cancelled or posted.")]
    date: Annotated[Day | None, described("The registry's day; null when it says it is unknown.")]


class StateSpan(Shape, frozen=True):
    """How long the results were in one state."""

    state: str
    from_: Day | None = msgspec.field(name="from")
    to: Annotated[Day | None, described("Null for the present state.")]
    days: int | None


class Duty(Shape, frozen=True):
    """What one rule asks of a trial."""

    rule: Annotated[str, described("fdaaa801, eu-ctr or who-2017.")]
    version: Annotated[str, described("Which text of the rule, and which reading of it.")]
    applies: Annotated[bool | None, described("Null when the record cannot tell.")]
    due: Annotated[Day | None, described("The day results are due; if it applies, where that is unknown.")]
    due_basis: Annotated[str | None, described("The date the term runs from.")]
    days_late: Annotated[int | None, described("By the first submission; null unless late.")]
    days_late_strict: Annotated[int | None, described("By the first submission after the last cancellation.")]
    why: Annotated[str, described("In a sentence.")]
    facts: Annotated[dict[str, Any], described("What of the record decided; depends on the rule.")]
    standing: Annotated[bool | None, described("Whether a submission stands; null when the source cannot tell.")]
    source: Annotated[str, described("The legal text.")]
    asked_by: Annotated[str | None, described("Who asks for it where it does not bind.")]


class TrialResults(Shape, frozen=True):
    """Where the results of one trial stand."""

    trial: str
    title: str | None
    status: str | None
    sponsor: str | None
    state: Annotated[str | None, described("none, submitted, returned, cancelled or posted.")]
    since: Annotated[Day | None, described("When that state began; null when nothing was ever submitted.")]
    days_in_state: int | None
    vanished: Annotated[Day | None, described("Since when the registry no longer lists what was pending.")]
    cycle: list[CycleStep]
    states: list[StateSpan]
    duties: list[Duty]


class SponsorCard(Shape, frozen=True):
    """The trials of one sponsor, counted."""

    sponsor: str | None
    trials: int
    due: Annotated[int, described("A rule that surely applies has its due day behind it.")]
    late: Annotated[int, described("Results came late, or are missing past the grace.")]
    overdue: Annotated[int, described("Missing now, past the grace.")]
    pending: Annotated[int, described("Submitted or returned.")]
    posted: int
    median_slip: Annotated[float | None, described("Days the primary completion date went.")]


class Results(Shape, frozen=True):
    """`results`: trials, and the scorecard of their sponsors."""

    trials: list[TrialResults]
    sponsors: list[SponsorCard]


class Scorecard(Shape, frozen=True):
    """`results --by sponsor`."""

    sponsors: list[SponsorCard]


class Owed(Shape, frozen=True):
    """Results that are due by one rule and not there."""

    trial: str
    title: str | None
    sponsor: str | None
    rule: Annotated[str, described("fdaaa801, eu-ctr or who-2017. Only rules that surely apply.")]
    due: Day
    days_late: Annotated[int | None, described("Null during the days of grace.")]
    state: Annotated[str | None, described("none, cancelled or null; what is submitted or posted is not owed.")]


class Owing(Shape, frozen=True):
    """`results --owing`."""

    owing: list[Owed]
