"""Meaningful edits of enrollment, status and dates."""

from __future__ import annotations

import datetime as dt
import random

from tests.integration.real.edits.kit import DAY, Study, day_of, loose, meaningful, module, owed_in_the_us, pending
from tracker.records.dates import latest


def _estimated(study: Study) -> Study | None:
    found = module(study, "design").get("enrollmentInfo", {})
    return found if found.get("type") == "ESTIMATED" and found.get("count", 0) >= 10 else None


@meaningful("enrollment.target_changed", "major")
def the_target_cut_by_a_third(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found["count"] = found["count"] * 2 // 3
    return True


@meaningful("enrollment.target_changed", "minor")
def the_target_cut_by_a_little(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found["count"] -= 1
    return True


@meaningful("enrollment.actual_reported", "minor")
def the_count_reported(study: Study, rng: random.Random) -> bool:
    found = _estimated(study)
    if found is None:
        return False
    found |= {"count": found["count"] // 2, "type": "ACTUAL"}
    return True


@meaningful("status.changed", "critical")
def the_trial_stopped(study: Study, rng: random.Random) -> bool:
    status, stops = module(study, "status"), ["TERMINATED", "SUSPENDED", "WITHDRAWN"]
    if status["overallStatus"] in stops:
        return False
    status |= {"overallStatus": rng.choice(stops), "whyStopped": "Funding ended"}
    return True


@meaningful("status.changed", "major")
def the_trial_completed(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if status["overallStatus"] in ("COMPLETED", "UNKNOWN"):
        return False
    status["overallStatus"] = "COMPLETED"
    return True


@meaningful("status.changed", "minor")
def the_status_unknown(study: Study, rng: random.Random) -> bool:
    status = module(study, "status")
    if status["overallStatus"] == "UNKNOWN":
        return False
    status |= {"lastKnownStatus": status["overallStatus"], "overallStatus": "UNKNOWN"}
    return True


def _move(study: Study, name: str, days: int) -> bool:
    day = day_of(study, name)
    if day is None:
        return False
    module(study, "status")[f"{name}DateStruct"]["date"] = (day + dt.timedelta(days)).isoformat()
    return True


@meaningful("date.primary_completion_changed", "major")
def primary_completion_out_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "primaryCompletion", rng.randrange(120, 900))


@meaningful("date.primary_completion_changed", "minor")
def primary_completion_out_by_weeks(study: Study, rng: random.Random) -> bool:
    return _move(study, "primaryCompletion", rng.randrange(32, 80))


@meaningful("date.primary_completion_changed", "major")
def the_deadline_moved_after_it_had_passed(study: Study, rng: random.Random) -> bool:
    """By five weeks: it is what it does to the deadline that makes it major."""
    day = day_of(study, "primaryCompletion")
    stands = study.get("hasResults") or pending(study) or loose(study)
    if day is None or not owed_in_the_us(study) or stands or day + dt.timedelta(367) >= DAY:
        return False
    return _move(study, "primaryCompletion", 35)


@meaningful("date.completion_changed", "major")
def completion_in_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "completion", -rng.randrange(130, 900))


@meaningful("date.start_changed", "major")
def the_start_moved_by_months(study: Study, rng: random.Random) -> bool:
    return _move(study, "start", rng.choice([-1, 1]) * rng.randrange(130, 900))


@meaningful("date.start_changed", "major")
def an_actual_start_moved_behind_the_registration(study: Study, rng: random.Random) -> bool:
    """By days alone: it is what it hides that makes it major."""
    status = module(study, "status")
    start, registered = status.get("startDateStruct", {}), status.get("studyFirstSubmitDate", "")
    day = latest(start.get("date", ""))
    if day is None or len(start["date"]) < len("2026-11-22") or day.isoformat() >= registered or not registered:
        return False
    if start.get("type") != "ACTUAL":
        return False
    start["date"] = registered
    return dt.date.fromisoformat(registered) < DAY


@meaningful("date.completion_changed", "minor")
def completion_a_month_later(study: Study, rng: random.Random) -> bool:
    """Where months are all the record gives."""
    date = module(study, "status").get("completionDateStruct", {})
    day = latest(date.get("date", ""))
    if day is None or len(date["date"]) != len("2026-11"):
        return False
    date["date"] = (day + dt.timedelta(1)).isoformat()[:7]
    return True


@meaningful("date.completion_changed", "minor")
def completion_no_longer_given(study: Study, rng: random.Random) -> bool:
    return module(study, "status").pop("completionDateStruct", {}).get("date") is not None


@meaningful("date.primary_completion_changed", "minor")
def primary_completion_confirmed(study: Study, rng: random.Random) -> bool:
    date = module(study, "status").get("primaryCompletionDateStruct", {})
    if date.get("type") != "ESTIMATED":
        return False
    date["type"] = "ACTUAL"
    return True
