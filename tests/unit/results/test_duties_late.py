"""By when results are due, and how late they are: the calendar's corners, the cycle's, and laws over any dates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_arc import ARC, pending, posted, round_
from tests.support.records.results_records import SIGNED, trial
from tests.support.records.strategies import documents
from tests.unit.results.test_duties import duty
from tracker.demo.story import SEED, record_on
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read
from tracker.results.cycle import CycleStep, merged_steps
from tracker.results.duties import RULES, duties_of
from tracker.results.lateness import years_later

DUE = [
    ("the same day a year later", {"primary": "2020-06-15"}, "2021-06-15", "primary_completion"),
    ("29 February", {"primary": "2020-02-29"}, "2021-02-28", "primary_completion"),
    ("a leap day between", {"primary": "2019-03-01"}, "2020-03-01", "primary_completion"),
    ("month only: its last day (peers' regression 5)", {"primary": "2025-08"}, "2026-08-31", "primary_completion"),
    ("month only, in a leap year", {"primary": "2020-02"}, "2021-02-28", "primary_completion"),
    ("month only, before a leap year", {"primary": "2019-02"}, "2020-02-28", "primary_completion"),
    ("year only", {"primary": "2019"}, "2020-12-31", "primary_completion"),
    ("estimated", {"primary": "2027-01-14?"}, "2028-01-14", "primary_completion"),
    ("no primary completion", {"primary": None}, "2021-09-30", "completion"),
    ("a primary completion that is no date", {"primary": "2020-02-30"}, "2021-09-30", "completion"),
    ("no date at all", {"primary": None, "completion": None}, None, None),
    ("beyond the calendar", {"primary": "9999-12-31"}, None, "primary_completion"),
    ("certificate: three years", {"certificate": "2021-05-01"}, "2023-06-15", "primary_completion"),
    ("certificate, leap", {"primary": "2020-02-29", "certificate": "2021-01"}, "2023-02-28", "primary_completion"),
    ("certificate after the due day still counts", {"certificate": "2022-05-01"}, "2023-06-15", "primary_completion"),
]


@pytest.mark.parametrize(("law", "facts", "due", "basis"), DUE, ids=[it[0] for it in DUE])
def test_the_due_day(law: str, facts: dict[str, Any], due: str | None, basis: str | None) -> None:
    found = duty("fdaaa801", trial(**facts))
    assert (found.due and found.due.isoformat(), found.due_basis) == (due, basis), found.why


def test_the_reason_says_how_the_due_day_was_come_by() -> None:
    assert "completion 2025-08, read as 2025-08-31" in duty("who-2017", trial(primary="2025-08")).why
    assert "no primary completion date, so the completion date is used" in duty("who-2017", trial(primary=None)).why
    assert "no primary completion date that can be read" in duty("who-2017", trial(primary="soon")).why
    assert "2027-01-14 (estimated)" in duty("who-2017", trial(primary="2027-01-14?")).why
    assert (
        "Three years because delay was certified on 2021-05-01" in duty("fdaaa801", trial(certificate="2021-05-01")).why
    )


def test_a_us_certificate_delays_nothing_but_the_us_duty() -> None:
    assert duty("who-2017", trial(certificate="2021-05-01")).due == dt.date(2021, 6, 15)


def test_the_eu_counts_from_the_end_of_the_trial() -> None:
    facts: dict[str, Any] = {"countries": "Germany", "numbers": "2023-503218-56-00"}
    found = duty("eu-ctr", trial(**facts))
    assert (found.due, found.due_basis) == (dt.date(2021, 9, 30), "completion")
    unknown = duty("eu-ctr", trial(completion=None, **facts))
    assert unknown.applies and unknown.due is None and unknown.days_late is None


def test_what_may_apply_has_a_due_day_but_no_days_late() -> None:
    found = duty("fdaaa801", trial(drug=None, device=None))
    assert (found.applies, found.due, found.days_late) == (None, dt.date(2021, 6, 15), None)
    assert "If it applies, due one year after" in found.why


GRACE = [("fdaaa801", 30), ("who-2017", 30), ("eu-ctr", 28)]


@pytest.mark.parametrize(("rule", "grace"), GRACE)
def test_nobody_is_late_who_submitted_nothing_before_the_grace_is_over(rule: str, grace: int) -> None:
    record = trial(
        countries="Germany", numbers="2023-503218-56-00", primary="2020-06-15", completion="2020-06-15", **SIGNED
    )
    due = dt.date(2021, 6, 15)
    late = [duty(rule, record, due + dt.timedelta(days)).days_late for days in (-1, 0, 1, grace, grace + 1, 400)]
    assert late == [None, None, None, None, grace + 1, 400]


def cycle(steps: str, year: int = 2021) -> list[CycleStep]:
    """``s06-20`` submitted, ``r`` returned, ``c`` cancelled (alone: on an unknown day), ``p`` posted."""
    names = {"s": "submitted", "r": "returned", "c": "cancelled", "p": "posted"}
    return [CycleStep(names[step[0]], f"{year}-{step[1:]}" if step[1:] else None) for step in steps.split()]


LATE = [
    # due 2021-06-15, today 2021-12-31 (199 days after it)
    ("nothing", "none", "", 199, 199),
    ("submitted in time, before the day", "submitted", "s06-14", None, None),
    ("submitted on the day", "submitted", "s06-15", None, None),
    ("submitted a day late: no grace for who submits", "submitted", "s06-16", 1, 1),
    ("returned: a return does not restart it", "returned", "s06-10 r07-01", None, None),
    ("returned twice", "submitted", "s06-20 r07-01 s08-01", 5, 5),
    ("cancelled: nothing stands", "cancelled", "s06-10 c06-12", 199, 199),
    ("cancelled on an unknown day", "cancelled", "s06-10 c", 199, 199),
    ("cancelled, then submitted again (TT #168)", "submitted", "s06-10 c07-01 s07-15", None, 30),
    ("cancelled late, then again", "submitted", "s06-20 c07-01 s07-15", 5, 30),
    ("all on one day (TT #219)", "submitted", "s06-20 c06-20 s06-20", 5, 5),
    ("on an unknown day, then again", "submitted", "s06-10 c s07-15", None, 30),
    ("cancelled twice", "submitted", "s06-10 c06-12 s06-14 c07-01 s07-15", None, 30),
    ("returned after the last cancellation", "returned", "s06-20 c07-01 s07-15 r08-01", 5, 30),
    ("returned, then submitted: not restarted", "submitted", "s06-20 c07-01 s07-15 r08-01 s09-01", 5, 30),
    ("posted", "posted", "s07-15 p10-01", 30, 30),
    ("posted early (TT #155)", "posted", "s01-15 p02-01", None, None),
    ("posted, the cancellation seen while pending", "posted", "s06-10 c07-01 s07-15 p10-01", None, 30),
    ("posted, resubmission not seen", "posted", "s06-20 c07-01 p10-01", 5, None),
    ("posted, the first submission told last", "posted", "s06-25 c07-01 s06-20 p10-01", 5, None),
    ("posted, told last, two cancellations", "posted", "s06-20 c06-21 s06-25 c07-01 s06-24 p10-01", 5, None),
    ("posted, told last, on an unknown day", "posted", "s06-25 c s06-20 p10-01", 5, None),
    ("posted, on unknown days", "posted", "p", None, None),
    ("pending and vanished (TT #186)", "none", "s06-10", 199, 199),
    ("posted results removed", "none", "s06-10 p10-01", 199, 199),
]


@pytest.mark.parametrize(("law", "state", "steps", "generous", "strict"), LATE, ids=[it[0] for it in LATE])
def test_the_days_late(law: str, state: str, steps: str, generous: int | None, strict: int | None) -> None:
    found = duties_of(trial(state=state), cycle(steps), dt.date(2021, 12, 31))[0]
    assert (found.days_late, found.days_late_strict) == (generous, strict), found.why


def test_a_source_that_does_not_tell_makes_nobody_late() -> None:
    found = duty("fdaaa801", trial(absent=("derivedSection",)))
    assert found.due == dt.date(2021, 6, 15) and found.days_late is None and "does not tell" in found.why


def test_certificate_then_results() -> None:
    """Peers' hard case (TT #187): in time by the certificate, more than a year late without it."""
    record = trial(state="posted", certificate="2021-05-01", **SIGNED)
    steps = cycle("s08-01 p10-01", 2022)
    fdaaa, _, who = duties_of(record, steps, dt.date(2023, 1, 1))
    assert (fdaaa.days_late, who.days_late) == (None, 412)


def test_a_completion_moved_by_eleven_years() -> None:
    """Peers' hard case (TT #156): the duty goes with it, whatever was late before."""
    today = dt.date(2022, 1, 1)
    assert duty("fdaaa801", trial(), today).days_late == 200
    moved = duty("fdaaa801", trial(primary="2031-06-15?"), today)
    assert (moved.due, moved.days_late) == (dt.date(2032, 6, 15), None)


def with_dates(record: TrialRecord) -> TrialRecord:
    return msgspec.structs.replace(trial(), results=record.results)


def test_the_strict_reading_needs_what_was_seen_while_pending() -> None:
    """The registry erases the rounds on posting."""
    first = round_("2021-06-20", unreleaseDate="2021-07-01")
    versions = [
        with_dates(it)
        for it in (pending(first), pending(first, round_("2021-07-15")), posted("2021-06-20", "2021-10-01"))
    ]
    today = dt.date(2022, 1, 1)
    whole = duties_of(versions[-1], merged_steps(versions), today)[0]
    alone = duties_of(versions[-1], merged_steps(versions[-1:]), today)[0]
    assert (whole.days_late, whole.days_late_strict) == (5, 30)
    assert (alone.days_late, alone.days_late_strict) == (5, 5)


def test_the_seed_trial() -> None:
    """The demo's record of it has what its page says: no primary completion date, one site in China, an operation."""
    document = record_on(SEED, dt.date(2026, 2, 1))
    assert document is not None
    record = read(document).record
    fdaaa, eu, who = duties_of(record, merged_steps([record]), dt.date(2026, 11, 22))
    assert (fdaaa.applies, eu.applies, who.applies) == (False, False, None)
    assert fdaaa.due is None and eu.due is None
    assert "no site in the United States and it studies no product regulated by the FDA" in fdaaa.why
    assert (who.due, who.due_basis, who.days_late) == (dt.date(2027, 1, 14), "completion", None)
    assert "no primary completion date, so the completion date is used" in who.why


# laws

days = st.dates(dt.date(1999, 1, 1), dt.date(2060, 12, 31))
events = st.sampled_from(["submitted", "returned", "cancelled"])
steps_of = st.lists(st.builds(CycleStep, events, st.none() | days.map(str)), max_size=6)
states = st.sampled_from(["none", "submitted", "returned", "cancelled", "posted"])


def due(text: str) -> dt.date:
    found = duty("who-2017", trial(primary=text)).due
    assert found is not None
    return found


@given(days)
def test_more_precision_never_moves_a_due_day_later(day: dt.date) -> None:
    assert due(day.isoformat()) <= due(day.isoformat()[:7]) <= due(day.isoformat()[:4])


@given(days, days)
def test_due_days_are_monotone_in_completion_days(one: dt.date, two: dt.date) -> None:
    early, late = sorted([one, two])
    assert due(early.isoformat()) <= due(late.isoformat())
    assert due(early.isoformat()[:7]) <= due(late.isoformat()[:7])


@given(days, st.sampled_from([1, 3]))
def test_a_due_day_is_the_same_calendar_day(day: dt.date, years: int) -> None:
    later = years_later(day, years)
    assert later is not None and (later.year, later.month) == (day.year + years, day.month)
    assert later.day == (28 if (day.month, day.day) == (2, 29) else day.day)


@given(states, steps_of, days, days)
def test_days_late_are_true_of_any_cycle(state: str, steps: list[CycleStep], primary: dt.date, today: dt.date) -> None:
    for found in duties_of(trial(state=state, primary=str(primary), countries="Germany"), steps, today):
        generous, strict = found.days_late, found.days_late_strict
        assert generous is None or generous > 0
        assert strict is None or strict > 0
        assert generous is None or strict is None or generous <= strict
        if state in ("none", "cancelled"):
            assert generous == strict and (generous is None or generous > RULES[found.rule].grace_days)


@given(states, steps_of, days, days, days)
def test_time_never_makes_less_late(
    state: str, steps: list[CycleStep], primary: dt.date, one: dt.date, two: dt.date
) -> None:
    early, late = sorted([one, two])
    record = trial(state=state, primary=str(primary))
    for before, after in zip(duties_of(record, steps, early), duties_of(record, steps, late), strict=True):
        assert (before.days_late or 0) <= (after.days_late or 0)


@given(days, days)
def test_a_certificate_never_makes_later(primary: dt.date, today: dt.date) -> None:
    plain, certified = trial(primary=str(primary)), trial(primary=str(primary), certificate="2020-01-01")
    assert (duty("fdaaa801", certified, today).days_late or 0) <= (duty("fdaaa801", plain, today).days_late or 0)


@given(documents(), days)
def test_whatever_a_record_says_it_has_its_duties(document: dict[str, Any], today: dt.date) -> None:
    record = read(document).record
    for found in duties_of(record, merged_steps([record]), today):
        assert msgspec.to_builtins(found)["rule"] in RULES and found.why.endswith(".")
        assert found.applies or (found.days_late, found.days_late_strict) == (None, None)


@given(st.sets(st.integers(0, len(ARC) - 2)), days)
def test_however_the_polls_fall_the_end_is_the_same(seen: set[int], today: dt.date) -> None:
    """Any polls of the real arc but the last may have been missed: what stands and how late it was stay the same."""
    versions = [ARC[place] for place in sorted(seen)] + ARC[-1:]
    last = with_dates(versions[-1])
    assert duties_of(last, merged_steps(versions), today) == duties_of(last, merged_steps(ARC), today)
    assert merged_steps(versions)[-1] == ("posted", "2026-05-04")
