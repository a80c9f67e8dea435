"""A day of a round that the registry corrects: told as that, once, and never as a new step."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.records.results_arc import pending, posted, round_
from tracker.changes.detect_changes import detect_changes
from tracker.changes.version import Version
from tracker.records.trial import TrialRecord
from tracker.results.cycle import merged_steps

DAY = dt.date(2026, 3, 1)


def told(*lives: TrialRecord) -> list[tuple[str, str, str]]:
    """The events of the last step, all earlier versions being known."""
    past = [Version(DAY, it) for it in lives[:-1]]
    return [(it.kind, it.severity, it.summary) for it in detect_changes(lives[-2], lives[-1], DAY, past)]


OPEN, EARLIER = pending(round_("2026-01-05")), pending(round_("2026-01-03"))
RETURNED = round_("2026-01-05", resetDate="2026-01-09")
SAID = "Day the results were submitted corrected from 2026-01-05 to 2026-01-03"
CASES: list[tuple[TrialRecord, TrialRecord, str]] = [
    (OPEN, EARLIER, SAID),
    (
        pending(RETURNED, round_("2026-02-01")),
        pending(RETURNED, round_("2026-02-03")),
        "Day the results were submitted corrected from 2026-02-01 to 2026-02-03",
    ),
    (
        pending(RETURNED),
        pending(round_("2026-01-05", resetDate="2026-01-12")),
        "Day the results were returned corrected from 2026-01-09 to 2026-01-12",
    ),
    (
        pending(round_("2026-01-05", unreleaseDate="2026-01-09")),
        pending(round_("2026-01-05", unreleaseDate="2026-01-08")),
        "Day the submission was cancelled corrected from 2026-01-09 to 2026-01-08",
    ),
]


@pytest.mark.fault("R-B12")
@pytest.mark.parametrize(("before", "after", "said"), CASES)
def test_a_corrected_day_is_no_new_step(before: TrialRecord, after: TrialRecord, said: str) -> None:
    assert told(before, after) == [("results.updated", "minor", said)]
    assert len(merged_steps([before, after])) == len(merged_steps([after]))


@pytest.mark.fault("R-B12")
def test_a_day_corrected_and_corrected_back_alerts_never() -> None:
    assert {severity for _, severity, _ in told(OPEN, EARLIER, OPEN)} == {"minor"}
    assert merged_steps([OPEN, EARLIER, OPEN]) == merged_steps([OPEN])


@pytest.mark.fault("R-B12")
def test_a_return_beside_a_corrected_day_is_told() -> None:
    ended = pending(round_("2026-01-03", resetDate="2026-01-09"))
    assert told(OPEN, ended) == [
        ("results.returned", "major", "Results returned to the sponsor by quality control on 2026-01-09"),
        ("results.updated", "minor", SAID),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (pending(RETURNED), pending(RETURNED, round_("2026-02-01"))),
        (pending(), OPEN),
        (pending(RETURNED), pending(round_("2026-02-01"))),  # the round is gone with its end: another one
        (OPEN, pending(RETURNED, round_("2026-02-01"))),
    ],
)
def test_a_new_round_is_still_told(before: TrialRecord, after: TrialRecord) -> None:
    assert ("results.submitted", "major") in [(kind, severity) for kind, severity, _ in told(before, after)]


def test_a_posting_corrects_nothing() -> None:
    steps = merged_steps([pending(round_("2026-01-05")), posted(submitted="2025-12-11", on="2026-05-04")])
    assert ("submitted", "2026-01-05") in steps


FIRST_DAY = "Day the results were submitted corrected from 2026-01-05 to 2026-01-06"
POSTING_DAY = "Day the results were posted corrected from 2026-05-04 to 2026-05-06"


@pytest.mark.parametrize(
    ("submitted", "on", "said"),
    [
        ("2026-01-06", "2026-05-04", FIRST_DAY),
        ("2026-01-05", "2026-05-06", POSTING_DAY),
        ("2026-01-06", "2026-05-06", f"{FIRST_DAY}; {POSTING_DAY}"),
    ],
)
def test_a_corrected_day_of_posted_results_is_no_second_step(submitted: str, on: str, said: str) -> None:
    before, after = posted("2026-01-05", on="2026-05-04"), posted(submitted, on=on)
    assert told(OPEN, before, after) == [("results.updated", "minor", said)]
    assert merged_steps([OPEN, before, after]) == merged_steps([after])


def test_results_posted_again_after_they_were_removed_are_two_postings() -> None:
    steps = merged_steps([posted(on="2026-05-04"), pending(), posted(on="2026-08-04")])
    assert [step.date for step in steps if step.event == "posted"] == ["2026-05-04", "2026-08-04"]


def test_rounds_that_end_with_quality_control_were_not_corrected() -> None:
    """Results posted with comments list their rounds, later only the first submission is left."""
    rounds = {"submissionInfos": [round_("2025-12-11", resetDate="2025-12-31"), round_("2026-01-23")]}
    commented = posted(derivedSection={"miscInfoModule": {"submissionTracking": rounds}})
    steps = merged_steps([commented, posted("2025-12-12")])
    assert ("submitted", "2025-12-11") in steps
    assert ("submitted", "2026-01-23") in steps
