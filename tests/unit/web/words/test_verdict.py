"""What a trial's page says first about its results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tracker.api.results import CycleStep, Duty, TrialResults
from tracker.web.words.verdict import verdict

TODAY = date(2027, 3, 8)


def duty(rule: str, applies: bool | None = True, due: str | None = None, **more: Any) -> Duty:
    facts: dict[str, Any] = {
        "version": "1",
        "due_basis": "primary_completion",
        "days_late": None,
        "days_late_strict": None,
        "why": "because",
        "facts": {},
        "standing": False,
        "source": "a law",
        "asked_by": None,
    }
    return Duty(rule=rule, applies=applies, due=due, **(facts | more))


def results(
    state: str | None, *duties: Duty, cycle: Sequence[tuple[str, str | None]] = (), **more: Any
) -> TrialResults:
    facts: dict[str, Any] = {"since": None, "days_in_state": None, "vanished": None}
    return TrialResults(
        trial="NCT05349331",
        title="A trial",
        status="COMPLETED",
        sponsor="A sponsor",
        state=state,
        cycle=[CycleStep(event=event, date=day) for event, day in cycle],
        states=[],
        duties=list(duties),
        **(facts | more),
    )


def said(found: TrialResults) -> str:
    it = verdict(found, TODAY)
    return " ".join([it.say, *it.why])


def test_posted_says_when_and_how_early() -> None:
    cycle = [
        ("submitted", "2026-11-17"),
        ("returned", "2026-12-14"),
        ("submitted", "2027-01-08"),
        ("posted", "2027-03-08"),
    ]
    found = verdict(results("posted", duty("who-2017", due="2027-01-14", standing=True), cycle=cycle), TODAY)
    assert found.say == "Results were posted on 8 March 2027. The sponsor first sent them 58 days before they were due."
    assert found.why[:2] == ["Quality control sent them back once.", "From first submission to posting: 111 days."]
    assert found.late is None


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2026-11-17", "on the day they were due"),
        ("2026-11-16", "1 day after they were due"),
        ("2026-11-18", "1 day before they were due"),
    ],
)
def test_posted_near_the_day(due: str, words: str) -> None:
    cycle = [("submitted", "2026-11-17"), ("posted", "2027-03-08")]
    assert words in said(results("posted", duty("fdaaa801", due=due, standing=True), cycle=cycle))


def test_posted_on_unknown_days_claims_no_days() -> None:
    found = verdict(results("posted", duty("fdaaa801", due="2026-01-01"), cycle=[("posted", None)]), TODAY)
    assert found.say == "Results were posted."


def test_late_by_a_law_counts_days_and_chooses_the_colour() -> None:
    found = verdict(results("none", duty("fdaaa801", due="2026-05-08", days_late=304)), TODAY)
    assert found.say == "Results are 304 days late. FDAAA 801 asked for them by 8 May 2026."
    assert found.late == 304


def test_late_by_what_is_only_asked_for_is_not_red() -> None:
    found = verdict(results("none", duty("who-2017", due="2026-05-08", days_late=304)), TODAY)
    assert found.late is None
    assert "304 days late" in found.say


def test_a_law_comes_before_an_earlier_request() -> None:
    found = results("none", duty("who-2017", due="2026-01-01", days_late=400), duty("fdaaa801", due="2027-05-08"))
    assert said(found).startswith("Results are due in 61 days, on 8 May 2027, by FDAAA 801.")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2027-03-08", "Results are due today, by FDAAA 801."),
        ("2027-03-09", "Results are due in 1 day, on 9 March 2027, by FDAAA 801."),
        ("2027-03-07", "Results were due on 7 March 2027. They count as late only after some days of grace."),
    ],
)
def test_around_the_due_day(due: str, words: str) -> None:
    assert said(results("none", duty("fdaaa801", due=due))).startswith(words)


def test_what_is_not_known_is_said() -> None:
    assert said(results(None)) == "The source does not tell whether results were submitted."
    assert said(results("none")) == "No results are there, and no rule that is known here asks for them by a day."
    unsure = said(results("none", duty("fdaaa801", applies=None, due="2027-05-08")))
    assert "FDAAA 801 may ask for them by 8 May 2027." in unsure
    asked = said(results("none", duty("who-2017", applies=None, due="2027-05-08", asked_by="WHO")))
    assert "The WHO statement of 2017 asks for them by 8 May 2027." in asked


def test_who_has_the_results_now() -> None:
    submitted = results("submitted", cycle=[("submitted", "2027-03-01")], days_in_state=7)
    assert said(submitted) == (
        "Results were submitted on 1 March 2027 and are in quality control. They have been at the registry for 7 days."
    )
    returned = results("returned", cycle=[("submitted", "2027-03-01"), ("returned", "2027-03-08")], days_in_state=0)
    assert said(returned) == (
        "Quality control sent the results back on 8 March 2027. The sponsor has to correct them. "
        "They are at the sponsor since today."
    )


def test_a_cancelled_submission_leaves_the_duty() -> None:
    cycle = [("submitted", "2026-03-01"), ("cancelled", "2026-04-01")]
    found = verdict(results("cancelled", duty("fdaaa801", due="2026-05-08", days_late=304), cycle=cycle), TODAY)
    assert found.say.startswith(
        "The submission of the results was cancelled on 1 April 2026. Results are 304 days late."
    )
    assert found.late == 304


def test_what_vanished_is_said() -> None:
    found = results("none", cycle=[("submitted", "2026-03-01")], vanished="2026-06-01")
    assert said(found) == "Results were submitted, and since 1 June 2026 the registry lists none of it."


def test_rules_that_do_not_apply_are_named() -> None:
    found = results("none", duty("fdaaa801", applies=False), duty("eu-ctr", applies=False))
    assert said(found).endswith("FDAAA 801 and the EU regulation do not apply.")
    assert said(results("none", duty("eu-ctr", applies=False))).endswith("The EU regulation does not apply.")
