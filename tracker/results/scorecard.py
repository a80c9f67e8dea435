"""Status of the results of many trials, and a card per sponsor. Pure; `today` is an argument."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median_low

import msgspec

from storage.values.states import ResultsState
from tracker.api.results import SponsorCard
from tracker.results.duties import RULES, Duty
from tracker.results.lateness import DaysLate, late
from tracker.results.lateness import Submission as HandedIn

__all__ = [
    "KeptDuty",
    "ResultsStatus",
    "SponsorCard",
    "came_late",
    "card_of",
    "cards",
    "days_late",
    "days_late_by",
    "days_overdue",
    "first_due",
    "is_due",
    "is_unposted",
    "kept_duty",
    "late_from",
    "owed",
    "perhaps_owed",
    "rules_of_first_due",
]

PENDING = frozenset({ResultsState.SUBMITTED, ResultsState.RETURNED})
ENDED = frozenset({"COMPLETED", "TERMINATED"})
NO_SPONSOR = "(no sponsor given)"


class KeptDuty(msgspec.Struct, frozen=True):
    """The part of a duty that does not depend on today. For `first` and `again` see `lateness.Submission`."""

    rule: str
    applies: bool | None
    due: dt.date | None
    stands: bool | None
    first: dt.date | None
    again: dt.date | None


class ResultsStatus(msgspec.Struct, frozen=True):
    """The status of the results of one trial."""

    status: str
    state: str | None
    sponsor: str | None
    #: Day of posting, as the registry gives it.
    posted: str | None
    #: The date by which its slip is counted; None if the record gives neither completion date.
    dated_by: str | None
    duties: tuple[KeptDuty, ...]


def kept_duty(duty: Duty) -> KeptDuty:
    first, again = (_day(duty.facts[name]) for name in ("first_submission", "submission_after_cancellation"))
    return KeptDuty(duty.rule, duty.applies, duty.due, duty.standing, first, again)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _late(duty: KeptDuty, today: dt.date) -> DaysLate:
    if not duty.applies:
        return DaysLate()
    return late(duty.due, HandedIn(duty.stands, duty.first, duty.again), today, RULES[duty.rule].grace_days)


def days_overdue(results: ResultsStatus, today: dt.date) -> int | None:
    """Return the largest number of days by which results are missing now; None if nothing is missing beyond grace."""
    missing = (_late(duty, today).generous for duty in results.duties if duty.stands is False)
    return max((days for days in missing if days is not None), default=None)


def days_late(results: ResultsStatus, today: dt.date) -> int | None:
    """Return the largest number of days late by any rule, generously read, or None if not late."""
    days = (_late(duty, today).generous for duty in results.duties)
    return max((found for found in days if found is not None), default=None)


def late_from(duty: KeptDuty) -> dt.date | None:
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


def owed(results: ResultsStatus, today: dt.date) -> list[tuple[KeptDuty, int | None]]:
    """Return the duties whose due day has passed while no submission stands, each with its days late.

    Only rules that surely apply. The days are None during the days of grace.
    """
    return [(it, _late(it, today).generous) for it in results.duties if it.applies and _is_missing(it, today)]


def perhaps_owed(results: ResultsStatus, today: dt.date) -> list[KeptDuty]:
    """Return such duties of rules that may apply: the record cannot tell."""
    return [it for it in results.duties if it.applies is None and _is_missing(it, today)]


def _is_missing(duty: KeptDuty, today: dt.date) -> bool:
    return duty.stands is False and duty.due is not None and duty.due < today


def first_due(results: ResultsStatus) -> dt.date | None:
    """Return the first due day of a rule that surely applies, or None."""
    return min((duty.due for duty in results.duties if duty.applies and duty.due is not None), default=None)


def rules_of_first_due(results: ResultsStatus) -> list[str]:
    """Return the rules by which results are due on `first_due`. Empty without such a day."""
    first = first_due(results)
    return [duty.rule for duty in results.duties if duty.applies and first is not None and duty.due == first]


def days_late_by(duty: KeptDuty, today: dt.date) -> int | None:
    """Return the number of days late by one rule, generously read, or None if not late or unknown."""
    return _late(duty, today).generous


def is_due(results: ResultsStatus, today: dt.date) -> bool:
    due = first_due(results)
    return due is not None and due <= today


def is_unposted(results: ResultsStatus) -> bool:
    """Return whether the trial has ended and its results are not posted, as far as its source tells."""
    return results.status in ENDED and results.state != ResultsState.POSTED


def cards(statuses: Mapping[str, ResultsStatus], slips: Mapping[str, int], today: dt.date) -> list[SponsorCard]:
    """Return one card per sponsor, most late trials first. `slips`: days by trial, for trials that give a date."""
    by_sponsor: dict[str, list[str]] = defaultdict(list)
    for trial, results in statuses.items():
        by_sponsor[results.sponsor or NO_SPONSOR].append(trial)
    found = [
        card_of(sponsor, [statuses[it] for it in trials], [slips[it] for it in trials if it in slips], today)
        for sponsor, trials in by_sponsor.items()
    ]
    return sorted(found, key=lambda card: (-card.late, -card.due, card.sponsor))


def card_of(name: str, own: Sequence[ResultsStatus], slips: Sequence[int], today: dt.date) -> SponsorCard:
    """Return the card of these trials, under any name."""
    return SponsorCard(
        sponsor=name,
        trials=len(own),
        due=sum(is_due(results, today) for results in own),
        late=sum(days_late(results, today) is not None for results in own),
        overdue=sum(days_overdue(results, today) is not None for results in own),
        pending=sum(results.state in PENDING for results in own),
        posted=sum(results.state == ResultsState.POSTED for results in own),
        median_slip=median_low(slips) if slips else None,
    )
