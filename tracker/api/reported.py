"""What a trial reported, and what of it had been registered."""

from __future__ import annotations

from typing import Annotated

from tracker.api.base import Day, Shape, described
from tracker.records.results.reported import Reported

__all__ = ["Registered", "RegisteredOutcomes", "ReportedResults"]


class Registered(Shape, frozen=True):
    """One registered outcome and what became of it; or a reported measure that was not registered."""

    outcome: Annotated[str | None, described("Its title as registered; null for a measure that resembles no outcome.")]
    time_frame: str | None
    registered_as: Annotated[str | None, described("primary, secondary or other.")]
    as_of: Annotated[Day | None, described("The day of the version that is held against the results.")]
    verdict: Annotated[
        str,
        described(
            "reported, retimed, moved, perhaps, not_reported, not_yet, no_data, unknown; of a measure that is left "
            "over: part_of, never_registered."
        ),
    ]
    measure: Annotated[str | None, described("The key of the measure in `reported.measures`.")]
    measure_title: str | None
    why: Annotated[str, described("In a sentence.")]


class RegisteredOutcomes(Shape, frozen=True):
    """What became of the outcomes that were registered before the results that one version reports."""

    trial: str
    version: Annotated[int, described("The version that reports.")]
    known: Annotated[bool, described("False: no stored version says what was registered, so nothing can be missed.")]
    as_of: Annotated[Day | None, described("The day of the version that is held against the results.")]
    registered: list[Registered]


class ReportedResults(Shape, frozen=True):
    """`results ID --reported`: everything that one version reports as results."""

    trial: str
    version: Annotated[int, described("The version that reports it.")]
    reported: Annotated[Reported, described("Values are texts as posted, each with its number where it is one.")]
    registered: list[Registered]
