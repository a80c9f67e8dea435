"""Small invented records and measures for the tests of registered against reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from tracker.records.dates import RegistryDate
from tracker.records.results.reported import Denominator, Measure
from tracker.records.trial import Dates, OutcomeMeasure, Outcomes, Results, TrialRecord

__all__ = ["EARLY", "LATE", "MIDDLE", "measure", "outcome", "posted_record", "record"]

EARLY, MIDDLE, LATE = dt.date(2019, 3, 1), dt.date(2020, 5, 1), dt.date(2021, 7, 1)
_TYPES = {"primary": "PRIMARY", "secondary": "SECONDARY", "other": "OTHER_PRE_SPECIFIED", "post hoc": "POST_HOC"}

Named = Mapping[str, str | OutcomeMeasure]


def outcome(title: str, time_frame: str | None = None, description: str | None = None) -> OutcomeMeasure:
    return OutcomeMeasure(title, time_frame, description)


def _by_key(titles: tuple[str | OutcomeMeasure, ...]) -> dict[str, OutcomeMeasure]:
    made = [outcome(it) if isinstance(it, str) else it for it in titles]
    return {f"{it.measure} {n}": it for n, it in enumerate(made)}


def record(
    *primary: str | OutcomeMeasure,
    secondary: tuple[str | OutcomeMeasure, ...] = (),
    other: tuple[str | OutcomeMeasure, ...] = (),
    results: Results | None = None,
    completed: str | None = None,
) -> TrialRecord:
    """A record with these outcomes; without results, if none are given."""
    return TrialRecord(
        trial="NCT00000001",
        registry="ctgov",
        status="COMPLETED",
        outcomes=Outcomes(_by_key(primary), _by_key(secondary), _by_key(other)),
        results=results or Results(state="none"),
        dates=Dates(primary_completion=RegistryDate(completed) if completed else None),
    )


def posted_record(*primary: str, completed: str | None = None) -> TrialRecord:
    posted = Results(state="posted", first_posted=RegistryDate("2021-09-01"))
    return record(*primary, results=posted, completed=completed)


def measure(
    title: str,
    role: str = "primary",
    time_frame: str | None = None,
    description: str | None = None,
    status: str = "POSTED",
    expected: str | None = None,
    analyzed: tuple[str, ...] = ("40", "38"),
) -> Measure:
    counts = {f"group-{n}": count for n, count in enumerate(analyzed)}
    return Measure(
        title,
        _TYPES[role],
        time_frame,
        description,
        status=status,
        anticipated_posting=expected,
        denominators={"participants": Denominator("Participants", counts)} if analyzed else {},
    )
