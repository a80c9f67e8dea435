"""Status of the results of many trials, and a card per sponsor. Pure; `today` is an argument."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from statistics import median_low

import msgspec

from storage.values.states import ResultsState
from tracker.api.results import SponsorCard
from tracker.results.cycle import CycleStep
from tracker.results.duties import RULES, DutyTerms
from tracker.results.lateness import DaysLate, late

__all__ = [
    "ResultsStatus",
    "SponsorCard",
    "SponsorCount",
    "came_late",
    "cards",
    "days_late",
    "days_late_by",
    "days_overdue",
    "first_due",
    "is_due",
    "is_unposted",
    "late_from",
    "owed",
    "perhaps_owed",
    "rules_of_first_due",
]

PENDING = frozenset({ResultsState.SUBMITTED, ResultsState.RETURNED})
ENDED = frozenset({"COMPLETED", "TERMINATED"})
NO_SPONSOR = "(no sponsor given)"


class ResultsStatus(msgspec.Struct, frozen=True):
    """The status of the results of one trial, as far as it does not depend on today."""

    status: str
    state: str | None
    sponsor: str | None
    #: Day of posting, as the registry gives it.
    posted: str | None
    #: The date by which its slip is counted; None if the record gives neither completion date.
    dated_by: str | None
    duties: tuple[DutyTerms, ...]
    title: str | None = None
    #: The whole cycle over all versions.
    steps: tuple[CycleStep, ...] = ()
    #: The day from which the registry showed `state`.
    began: dt.date | None = None


def _late(duty: DutyTerms, today: dt.date) -> DaysLate:
    if not duty.applies:
        return DaysLate()
    return late(duty.due, duty.submission, today, RULES[duty.rule].grace_days)


def days_overdue(results: ResultsStatus, today: dt.date) -> int | None:
    """Return the largest number of days by which results are missing now; None if nothing is missing beyond grace."""
    missing = (_late(duty, today).generous for duty in results.duties if duty.stands is False)
    return max((days for days in missing if days is not None), default=None)


def days_late(results: ResultsStatus, today: dt.date) -> int | None:
    """Return the largest number of days late by any rule, generously read, or None if not late."""
    days = (_late(duty, today).generous for duty in results.duties)
    return max((found for found in days if found is not None), default=None)


def late_from(duty: DutyTerms) -> dt.date | None:
    """Return the first day on which results are missing beyond the grace, by a rule that surely applies. None if never.

    From that day on `days_overdue` counts the duty.
    """
    if not duty.applies or duty.stands is not False or duty.due is None:
        return None
    try:
        return duty.due + dt.timedelta(days=RULES[duty.rule].grace_days + 1)
    except OverflowError:
        return None


def came_late(results: ResultsStatus) -> int | None:
    """Return the most days by which results that stand submitted came late. None if they did not.

    It is what of `days_late` does not depend on today.
    """
    days = (_late(duty, dt.date.min).generous for duty in results.duties if duty.stands)
    return max((found for found in days if found is not None), default=None)


def owed(results: ResultsStatus, today: dt.date) -> list[tuple[DutyTerms, int | None]]:
    """Return the duties whose due day has passed while no submission stands, each with its days late.

    Only rules that surely apply. The days are None during the days of grace.
    """
    return [(it, _late(it, today).generous) for it in results.duties if it.applies and _is_missing(it, today)]


def perhaps_owed(results: ResultsStatus, today: dt.date) -> list[DutyTerms]:
    """Return such duties of rules that may apply: the record cannot tell."""
    return [it for it in results.duties if it.applies is None and _is_missing(it, today)]


def _is_missing(duty: DutyTerms, today: dt.date) -> bool:
    return duty.stands is False and duty.due is not None and duty.due < today


def first_due(results: ResultsStatus) -> dt.date | None:
    """Return the first due day of a rule that surely applies, or None."""
    return min((duty.due for duty in results.duties if duty.applies and duty.due is not None), default=None)


def rules_of_first_due(results: ResultsStatus) -> list[str]:
    """Return the rules by which results are due on `first_due`. Empty without such a day."""
    first = first_due(results)
    return [duty.rule for duty in results.duties if duty.applies and first is not None and duty.due == first]


def days_late_by(duty: DutyTerms, today: dt.date) -> int | None:
    """Return the number of days late by one rule, generously read, or None if not late or unknown."""
    return _late(duty, today).generous


def is_due(results: ResultsStatus, today: dt.date) -> bool:
    due = first_due(results)
    return due is not None and due <= today


def is_unposted(results: ResultsStatus) -> bool:
    """Return whether the trial has ended and its results are not posted, as far as its source tells."""
    return results.status in ENDED and results.state != ResultsState.POSTED


class SponsorCount:
    """The trials of one sponsor, counted one at a time."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._slips: list[int] = []

    def add(self, results: ResultsStatus, slip: int | None, today: dt.date) -> None:
        """Count a trial. `slip`: days by which its date moved, None if it gives no date."""
        is_true = {
            "trials": True,
            "due": is_due(results, today),
            "late": days_late(results, today) is not None,
            "overdue": days_overdue(results, today) is not None,
            "pending": results.state in PENDING,
            "posted": results.state == ResultsState.POSTED,
        }
        self._counts.update(name for name, counts in is_true.items() if counts)
        if slip is not None:
            self._slips.append(slip)

    def card(self, name: str) -> SponsorCard:
        """Return the card of the trials so far, under any name."""
        slip = median_low(self._slips) if self._slips else None
        return SponsorCard(sponsor=name, **{it: self._counts[it] for it in _COUNTED}, median_slip=slip)


_COUNTED = ("trials", "due", "late", "overdue", "pending", "posted")


def cards(counts: Mapping[str, SponsorCount]) -> list[SponsorCard]:
    """Return one card per sponsor, most late trials first."""
    found = [count.card(sponsor) for sponsor, count in counts.items()]
    return sorted(found, key=lambda card: (-card.late, -card.due, card.sponsor))
