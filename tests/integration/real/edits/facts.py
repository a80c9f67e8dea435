"""Edits that are told by the turn they are: facts against estimates, the graver difference, papers, corrected days."""

from __future__ import annotations

import datetime as dt
import random

from tests.integration.real.edits.kit import (
    Study,
    day_of,
    is_actual,
    is_open,
    items,
    meaningful,
    meaningless,
    misc,
    module,
    pending,
    status_now,
)

AUTHORS = ", ".join(f"Author{letter} {letter}B" for letter in "ABCDEFGHIJKLMNOPQRST")
RUNNING = ("RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "SUSPENDED")
NOT_BEGUN = ("NOT_YET_RECRUITING", "WITHDRAWN")


def _passed(study: Study, *names: str) -> bool:
    """Whether one of these dates lies behind, and none is one on which something happened."""
    days = [day_of(study, name) for name in names]
    past = any(day is not None and day < dt.date(2026, 11, 22) for day in days)
    return past and not any(is_actual(study, name) for name in names) and not study.get("hasResults")


def _add(study: Study) -> None:
    items(study, "outcomes", "primaryOutcomes").append({"measure": "Time until a new thing", "timeFrame": "9 weeks"})


@meaningful("outcome.primary_changed", "major", says="after the start|primary outcomes? added", exact=True)
def an_outcome_added_while_estimates_have_passed(study: Study, rng: random.Random) -> bool:
    if status_now(study) not in RUNNING or not _passed(study, "primaryCompletion", "completion"):
        return False
    _add(study)
    return True


@meaningful("outcome.primary_changed", "major", says="before the start|after withdrawal", exact=True)
def an_outcome_added_before_a_late_start(study: Study, rng: random.Random) -> bool:
    if status_now(study) not in NOT_BEGUN or not _passed(study, "start", "primaryCompletion", "completion"):
        return False
    _add(study)
    return True


@meaningful("outcome.primary_changed", "major", says="^Time frame and words")
def an_outcome_reworded_and_timed_anew(study: Study, rng: random.Random) -> bool:
    found = items(study, "outcomes", "primaryOutcomes")
    fit = [it for it in found if it.get("timeFrame") and len(it.get("measure", "").split()) > 4]
    if not fit or len({it.get("measure") for it in found}) < len(found):
        return False
    chosen = rng.choice(fit)
    chosen |= {"measure": f"{chosen['measure']} by independent review", "timeFrame": "at 37 weeks"}
    return True


@meaningful("results.posted", "critical", says=r"in 234 of 607 \(All\) and 100 of 234 \(Part\)$")
def results_posted_for_groups_that_overlap(study: Study, rng: random.Random) -> bool:
    if study.get("hasResults"):
        return False
    groups = [
        {"title": "All", "seriousNumAffected": 234, "seriousNumAtRisk": 607},
        {"title": "Part", "seriousNumAffected": 100, "seriousNumAtRisk": 234},
    ]
    study |= {"hasResults": True, "resultsSection": {"adverseEventsModule": {"eventGroups": groups}}}
    misc(study).pop("submissionTracking", None)
    module(study, "status").update(resultsFirstPostDateStruct={"date": "2026-11-20"})
    return True


def _cite(study: Study, kind: str) -> None:
    citation = f"{AUTHORS}. A trial of a thing in people. J Tests. 2026 Jan;1(2):3-4. doi: 10.1/x."
    items(study, "references", "references").append({"pmid": "99999998", "type": kind, "citation": citation})


@meaningful("reference.added", "major", says="with results: A trial of a thing in people", exact=True)
def a_paper_with_results_added(study: Study, rng: random.Random) -> bool:
    _cite(study, "RESULT")
    return True


@meaningful("reference.added", "minor", says="as background: A trial of a thing in people", exact=True)
def a_paper_of_background_added(study: Study, rng: random.Random) -> bool:
    _cite(study, "BACKGROUND")
    return True


@meaningful("reference.added", "major", says="now cited as its results", exact=True)
def a_paper_that_turns_out_to_be_the_results(study: Study, rng: random.Random) -> bool:
    found = [it for it in items(study, "references", "references") if it.get("type") in ("BACKGROUND", "DERIVED")]
    if not found:
        return False
    rng.choice(found)["type"] = "RESULT"
    return True


@meaningful("date.completion_changed", "major", says="^Completion no longer the actual date")
def an_actual_completion_taken_back(study: Study, rng: random.Random) -> bool:
    if not is_actual(study, "completion"):
        return False
    day = day_of(study, "completion")
    assert day is not None
    later = (day + dt.timedelta(rng.randrange(130, 900))).isoformat()
    module(study, "status")["completionDateStruct"] = {"date": later, "type": "ESTIMATED"}
    return True


@meaningful("status.changed", "major", says="^Record withheld from the public", exact=True)
def the_record_withheld(study: Study, rng: random.Random) -> bool:
    names = module(study, "identification")
    study["protocolSection"] = {
        "identificationModule": {"nctId": names["nctId"], "briefTitle": "[A trial of a device]"},
        "statusModule": {"overallStatus": "WITHHELD"},
    }
    return True


@meaningful("results.updated", "minor", says="submitted corrected from .* to 2026-11-01", exact=True)
def a_day_of_submission_corrected(study: Study, rng: random.Random) -> bool:
    if not is_open(study) or study.get("hasResults"):
        return False
    pending(study)[-1]["releaseDate"] = "2026-11-01"
    return True


@meaningless
def line_breaks_in_titles_and_names(study: Study, rng: random.Random) -> bool:
    names = module(study, "identification")
    for name in ("briefTitle", "officialTitle"):
        if names.get(name):
            names[name] = names[name].replace(" ", "\n", 2)
    for arm in items(study, "armsInterventions", "armGroups"):
        arm["label"] = arm.get("label", "").replace(" ", "\r\n", 1)
    return True
