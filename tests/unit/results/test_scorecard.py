"""A sponsor's card from the standings of its trials; nothing kept depends on the day, and the day decides."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_records import SIGNED, trial
from tracker.results.cycle import CycleStep
from tracker.results.duties import duties_of, duty_on, terms_of
from tracker.results.scorecard import (
    NO_SPONSOR,
    ResultsStatus,
    SponsorCard,
    SponsorCount,
    cards,
    days_late,
    days_overdue,
    first_due,
    is_due,
    is_unposted,
)
from tracker.services.results import made_by

DUE = dt.date(2021, 6, 15)
"""Of the trial made by hand, by the US rule; by WHO's, too, where a signatory supports it."""


def standing(sponsor: str | None = "A", steps: str = "", **facts: Any) -> ResultsStatus:
    """``submitted 2021-06-20`` and so on; the state is the last step's."""
    told = [CycleStep(*step.split()) for step in steps.split(", ") if step]
    record = trial(state=told[-1].event if told else "none", sponsor=sponsor, **facts)
    by = "dates.primary_completion"
    terms = terms_of(record, told)
    return ResultsStatus(record.status, record.results.state, sponsor, None, by, terms, steps=tuple(told))


def card_of(name: str, own: Sequence[ResultsStatus], slips: Sequence[int | None], today: dt.date) -> SponsorCard:
    count = SponsorCount()
    for results, slip in zip_longest(own, slips):
        count.add(results, slip, today)
    return count.card(name)


def cards_of(known: Mapping[str, ResultsStatus], slips: Mapping[str, int], today: dt.date) -> list[SponsorCard]:
    counts: defaultdict[str, SponsorCount] = defaultdict(SponsorCount)
    for name, results in known.items():
        counts[results.sponsor or NO_SPONSOR].add(results, slips.get(name), today)
    return cards(counts)


def after(days: int) -> dt.date:
    return DUE + dt.timedelta(days)


NOTHING, LATE = standing(), standing(steps="submitted 2021-06-20")
POSTED_LATE = standing(steps="submitted 2021-07-20, posted 2021-09-01")
IN_TIME = standing(steps="submitted 2021-06-01, posted 2021-09-01")
NOT_ASKED = standing(type="OBSERVATIONAL")
MAYBE = standing(drug=None, device=None, type=None)


@pytest.mark.parametrize(
    ("law", "one", "days", "due", "late", "overdue"),
    [
        ("before the day", NOTHING, -1, False, None, None),
        ("on the day it is due, and nobody is late", NOTHING, 0, True, None, None),
        ("within the grace", NOTHING, 30, True, None, None),
        ("past it", NOTHING, 31, True, 31, 31),
        ("submitted five days late: late for ever, missing no more", LATE, 400, True, 5, None),
        ("posted late", POSTED_LATE, 400, True, 35, None),
        ("posted in time", IN_TIME, 400, True, None, None),
        ("nobody asks", NOT_ASKED, 400, False, None, None),
        ("it cannot be told whether anybody asks", MAYBE, 400, False, None, None),
    ],
)
def test_due_late_missing(
    law: str, one: ResultsStatus, days: int, due: bool, late: int | None, overdue: int | None
) -> None:
    today = after(days)
    assert (is_due(one, today), days_late(one, today), days_overdue(one, today)) == (due, late, overdue)


def test_the_first_of_several_due_days_counts() -> None:
    """By WHO a year after primary completion, by the EU a year after the end."""
    both = standing(countries="Germany", numbers="2023-503218-56-00", drug=False, **SIGNED)
    assert first_due(both) == DUE
    assert days_overdue(both, after(31)) == 31
    assert first_due(NOT_ASKED) is None


def test_a_card_a_sponsor_those_with_the_most_late_trials_first() -> None:
    known = {
        "1": standing("Good"), "2": msgspec.structs.replace(IN_TIME, sponsor="Good"), "3": standing("Bad"),
        "4": msgspec.structs.replace(LATE, sponsor="Bad"), "5": standing(None),
        "6": standing("Bad", type="OBSERVATIONAL"),
    }  # fmt: skip
    found = cards_of(known, {"1": 400, "2": 0, "3": 30, "4": -10}, after(20))
    assert [msgspec.structs.astuple(card) for card in found] == [
        # sponsor, trials, due, late, overdue, pending, posted, median slip
        ("Bad", 3, 2, 1, 0, 1, 0, -10),
        ("Good", 2, 2, 0, 0, 0, 1, 0),
        ("(no sponsor given)", 1, 1, 0, 0, 0, 0, None),
    ]


@pytest.mark.parametrize(
    ("status", "state", "unposted"),
    [
        ("COMPLETED", "none", True),
        ("TERMINATED", "returned", True),
        ("COMPLETED", "posted", False),
        ("COMPLETED", None, True),  # its source does not tell: better looked at than missed
        ("RECRUITING", "none", False),
        ("WITHDRAWN", "none", False),  # nobody was enrolled
        ("UNKNOWN", "none", False),  # nobody has said that it ended
    ],
)
def test_completed_without_results(status: str, state: str | None, unposted: bool) -> None:
    assert is_unposted(msgspec.structs.replace(NOTHING, status=status, state=state)) is unposted


def test_other_words_are_another_shape() -> None:
    """What is kept has the sentences too. When they change, raise `_SHAPE` in `made_by`, and this digest."""
    told = msgspec.json.encode([NOTHING, LATE, POSTED_LATE, IN_TIME, NOT_ASKED, MAYBE])
    assert (sha256(told).hexdigest()[:16], made_by._SHAPE) == ("30f798544c35c472", 4)


def test_what_is_kept_reads_back() -> None:
    for one in (NOTHING, POSTED_LATE, MAYBE):
        assert msgspec.json.decode(msgspec.json.encode(one), type=ResultsStatus) == one


days = st.integers(-400, 800).map(after)
later = st.integers(80, 800).map(after)  # than all that was submitted


@given(days, st.sampled_from([NOTHING, LATE, POSTED_LATE, IN_TIME, NOT_ASKED]))
def test_what_is_kept_says_on_any_day_what_the_duties_say(today: dt.date, one: ResultsStatus) -> None:
    """A status is made once and asked for years."""
    facts = {"type": "OBSERVATIONAL"} if one is NOT_ASKED else {}
    duties = duties_of(trial(state=one.state, **facts), list(one.steps), today)
    kept = msgspec.json.decode(msgspec.json.encode(one), type=ResultsStatus)
    assert tuple(duty_on(terms, today) for terms in kept.duties) == duties
    assert days_late(kept, today) == max(filter(None, (duty.days_late for duty in duties)), default=None)


@given(st.lists(st.sampled_from([NOTHING, LATE, POSTED_LATE, IN_TIME, NOT_ASKED, MAYBE]), max_size=8), later)
def test_the_cards_add_up_to_the_whole(own: list[ResultsStatus], today: dt.date) -> None:
    known = {str(number): msgspec.structs.replace(it, sponsor="AB"[number % 2]) for number, it in enumerate(own)}
    whole = card_of("all", list(known.values()), [], today)
    for name in ("trials", "due", "late", "overdue", "pending", "posted"):
        assert sum(getattr(card, name) for card in cards_of(known, {}, today)) == getattr(whole, name)
    assert whole.overdue <= whole.late <= whole.due <= whole.trials
