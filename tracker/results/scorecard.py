"""Where the results of many trials stand, and what that says of their sponsors. Pure; `today` is an argument."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low

import msgspec

from tracker.results.duties import RULES, Duty
from tracker.results.lateness import Late, late
from tracker.results.lateness import Standing as HandedIn

__all__ = ["Card", "KeptDuty", "Standing", "cards", "days_overdue", "is_due", "is_late", "kept_duty"]

PENDING = frozenset({"submitted", "returned"})
NO_SPONSOR = "(no sponsor given)"


class KeptDuty(msgspec.Struct, frozen=True):
    """A duty without what today has to do with it. `first`, `again`: as `lateness.Standing` has them."""

    rule: str
    applies: bool | None
    due: dt.date | None
    stands: bool | None
    first: dt.date | None
    again: dt.date | None


class Standing(msgspec.Struct, frozen=True):
    """Where the results of one trial stand. `dated`: its record gives a date its slip is counted from."""

    state: str | None
    sponsor: str | None
    dated: bool
    duties: tuple[KeptDuty, ...]


class Card(msgspec.Struct, frozen=True):
    """One sponsor's trials: how many results are due, late, pending, posted; and how far the middle one has slipped.

    `due`: a rule that surely applies has its due day behind it. `late`: by such a rule, whether submitted late or not
    at all. `median_slip`: days, of the trials that give a date; None when none does.
    """

    sponsor: str
    trials: int
    due: int
    late: int
    pending: int
    posted: int
    median_slip: int | None


def kept_duty(duty: Duty) -> KeptDuty:
    first, again = (_day(duty.facts[name]) for name in ("first_submission", "submission_after_cancellation"))
    return KeptDuty(duty.rule, duty.applies, duty.due, duty.standing, first, again)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _late(duty: KeptDuty, today: dt.date) -> Late:
    if not duty.applies:
        return Late()
    return late(duty.due, HandedIn(duty.stands, duty.first, duty.again), today, RULES[duty.rule].grace_days)


def days_overdue(standing: Standing, today: dt.date) -> int | None:
    """The most days by which results are missing now, past the grace; None when nothing is missing."""
    missing = (_late(duty, today).generous for duty in standing.duties if duty.stands is False)
    return max((days for days in missing if days is not None), default=None)


def is_due(standing: Standing, today: dt.date) -> bool:
    return any(duty.applies and duty.due is not None and duty.due <= today for duty in standing.duties)


def is_late(standing: Standing, today: dt.date) -> bool:
    return any(_late(duty, today).generous is not None for duty in standing.duties)


def cards(standings: Mapping[str, Standing], slips: Mapping[str, int], today: dt.date) -> list[Card]:
    """One card a sponsor, those with the most late trials first. `slips`: days by trial, where a date moved."""
    by_sponsor: dict[str, list[str]] = defaultdict(list)
    for trial, standing in standings.items():
        by_sponsor[standing.sponsor or NO_SPONSOR].append(trial)
    found = [
        _card(sponsor, [standings[trial] for trial in trials], _slips(trials, standings, slips), today)
        for sponsor, trials in by_sponsor.items()
    ]
    return sorted(found, key=lambda card: (-card.late, -card.due, card.sponsor))


def _slips(trials: Iterable[str], standings: Mapping[str, Standing], slips: Mapping[str, int]) -> list[int]:
    """A date that is given and never moved has slipped by nothing."""
    return [slips.get(trial, 0) for trial in trials if trial in slips or standings[trial].dated]


def _card(sponsor: str, own: Sequence[Standing], slips: Sequence[int], today: dt.date) -> Card:
    return Card(
        sponsor=sponsor,
        trials=len(own),
        due=sum(is_due(standing, today) for standing in own),
        late=sum(is_late(standing, today) for standing in own),
        pending=sum(standing.state in PENDING for standing in own),
        posted=sum(standing.state == "posted" for standing in own),
        median_slip=median_low(slips) if slips else None,
    )
