"""What edits share: the lists they enter, and ways to the parts of a document."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from tracker.records.dates import latest

Study = dict[str, Any]
DAY = dt.date(2026, 11, 22)
"""The day every edit takes effect."""


class Meant(NamedTuple):
    """An edit, the kind of event it must raise and how severe that must be at least; `exact`: and at most.

    `says`: a pattern that the event's summary must hold.
    """

    name: str
    kind: str
    severity: Callable[[Study], str]
    edit: Callable[[Study, random.Random], bool]
    says: str = ""
    exact: bool = False


MEANINGFUL: list[Meant] = []
MEANINGLESS: list[tuple[str, Callable[[Study, random.Random], bool]]] = []
Edit = Callable[[Study, random.Random], bool]


def meaningful(
    kind: str, severity: str | Callable[[Study], str], *, says: str = "", exact: bool = False
) -> Callable[[Edit], Edit]:
    def note(edit: Edit) -> Edit:
        least = severity if callable(severity) else lambda _: severity
        MEANINGFUL.append(Meant(edit.__name__.replace("_", " "), kind, least, edit, says, exact))
        return edit

    return note


def meaningless(edit: Edit) -> Edit:
    MEANINGLESS.append((edit.__name__.replace("_", " "), edit))
    return edit


def module(study: Study, name: str) -> Study:
    found: Study = study["protocolSection"].setdefault(f"{name}Module", {})
    return found


def misc(study: Study) -> Study:
    found: Study = study.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})
    return found


def day_of(study: Study, name: str) -> dt.date | None:
    return latest(module(study, "status").get(f"{name}DateStruct", {}).get("date", ""))


def by_timing(study: Study) -> str:
    """Primary outcomes weigh more once the trial, or its primary phase, is over: by its status or by an actual date."""
    status = status_now(study)
    over = status in ("COMPLETED", "TERMINATED") or any(
        map(partial(is_actual, study), ("primaryCompletion", "completion"))
    )
    return "critical" if study.get("hasResults") or (over and status != "WITHDRAWN") else "major"


def status_now(study: Study) -> str:
    """The status; of an unknown one the last that was known."""
    found = module(study, "status")
    now: str = found["overallStatus"]
    return found.get("lastKnownStatus", now) if now == "UNKNOWN" else now


def is_actual(study: Study, name: str) -> bool:
    """Whether a date is one on which something happened."""
    day = day_of(study, name)
    actual = module(study, "status").get(f"{name}DateStruct", {}).get("type") == "ACTUAL"
    return actual and day is not None and day < DAY


def items(study: Study, name: str, listed: str) -> list[Any]:
    found: list[Any] = module(study, name).setdefault(listed, [])
    return found


def pending(study: Study) -> list[Study]:
    rounds: list[Study] = misc(study).get("submissionTracking", {}).get("submissionInfos", [])
    return sorted(rounds, key=lambda it: str(it.get("releaseDate")))


def is_open(study: Study) -> bool:
    rounds = pending(study)
    ends = ("resetDate", "unreleaseDate", "unreleaseDateUnknown")
    return bool(rounds) and not any(rounds[-1].get(end) for end in ends)


def loose(study: Study) -> bool:
    """Whether rounds are told as loose events alone: those cannot be continued."""
    return bool(study.get("annotationSection")) and not pending(study)


LATER_PHASES = {"PHASE2", "PHASE3", "PHASE4"}


def due_in_the_us(study: Study) -> bool:
    """Whether results are surely due by the US rule: a regulated drug in the US, past phase 1, begun after it."""
    oversight = module(study, "oversight")
    return (
        _asked_in_the_us(study)
        and oversight.get("isFdaRegulatedDrug") is True
        and oversight.get("isFdaRegulatedDevice") is not True
        and bool(LATER_PHASES & set(module(study, "design").get("phases", ())))
    )


def owed_in_the_us(study: Study) -> bool:
    """The same, or a regulated device that is tested for more than feasibility."""
    purpose = module(study, "design").get("designInfo", {}).get("primaryPurpose")
    device = module(study, "oversight").get("isFdaRegulatedDevice") is True and purpose != "DEVICE_FEASIBILITY"
    return due_in_the_us(study) or (device and _asked_in_the_us(study))


def _asked_in_the_us(study: Study) -> bool:
    design, oversight = module(study, "design"), module(study, "oversight")
    start, status = day_of(study, "start"), module(study, "status")
    places = {site.get("country") for site in items(study, "contactsLocations", "locations")}
    return (
        design.get("studyType") == "INTERVENTIONAL"
        and status["overallStatus"] != "WITHDRAWN"
        and start is not None
        and start >= dt.date(2017, 2, 1)
        and "United States" in places
        and not oversight.get("isPpsd")
        and not misc(study).get("resultsWaived")
    )


def due_long_ago(study: Study) -> str:
    """How severe it is that a duty by the US rule comes or goes."""
    day = day_of(study, "primaryCompletion") or day_of(study, "completion")
    if day is None or study.get("hasResults") or pending(study) or loose(study):
        return "minor"
    return "major" if day + dt.timedelta(366 + 31) < DAY else "minor"
