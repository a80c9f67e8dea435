"""What really happens to the trials of a soak: a plan made from a seed, which the registry and the judge know."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.support.harness import record
from tests.support.registry.embedded_registry import Study

FIRST_SET = date(2026, 8, 14)
"""A Friday."""
Edit = Callable[[Study], None]


def _status(study: Study) -> None:
    study["protocolSection"]["statusModule"]["overallStatus"] = "ACTIVE_NOT_RECRUITING"


def _target(study: Study) -> None:
    study["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 60


def _title(study: Study) -> None:
    study["protocolSection"]["identificationModule"]["briefTitle"] += ", extended"


def _sponsor(study: Study) -> None:
    study["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = "Another University"


def _start(study: Study) -> None:
    study["protocolSection"]["statusModule"]["startDateStruct"]["date"] = "2025-12-01"


def _submitted(study: Study) -> None:
    misc = study["derivedSection"]["miscInfoModule"]
    misc["submissionTracking"] = {"submissionInfos": [{"releaseDate": "2026-08-13"}]}


EDITS: dict[str, Edit] = {
    "status.changed": _status,
    "enrollment.target_changed": _target,
    "title.changed": _title,
    "sponsor.changed": _sponsor,
    "date.start_changed": _start,
    "results.submitted": _submitted,
}
"""By the event each is to be told as. Results are submitted without any date of the record moving."""


def data_sets(days: int, holiday: bool) -> list[date]:
    """The days of the data sets that come out; one working day in the third week may be a holiday."""
    found = [FIRST_SET + timedelta(days=number) for number in range(days + 1)]
    return [day for day in found if day.weekday() < 5 and not (holiday and day == FIRST_SET + timedelta(days=17))]


@dataclass
class Story:
    """`changes` maps a trial to what it becomes, by data set; None once it is gone. `planted`: the events due."""

    trials: int
    sets: list[date]
    seed: int = 1
    first: dict[str, Study] = field(init=False)
    changes: dict[str, list[tuple[int, Study | None]]] = field(init=False, default_factory=dict)
    planted: Counter[tuple[str, str]] = field(init=False, default_factory=Counter)
    storm: int = field(init=False)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self.first = {name: self._record(name, number) for number, name in enumerate(self.names)}
        # Quiet trials are looked at every third data set: nothing happens in the last ones that could not be seen.
        last = len(self.sets) - 4
        self.storm = max(2, last // 2)
        waiting = chance.sample(self.names, len(self.names))
        for number in range(1, last + 1):
            for _ in range(max(2, self.trials // 100)):
                self._plant(waiting.pop(), chance.choice(list(EDITS)), number)
        for _ in range(3):
            self._leave(waiting.pop(), last - 1)
        if last > 8:
            self._leave(waiting.pop(), 3, back=8)

    @property
    def names(self) -> list[str]:
        return [f"NCT{number:08d}" for number in range(1, self.trials + 1)]

    def _record(self, name: str, number: int) -> Study:
        made = record(name)
        made["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 100, "type": "ESTIMATED"}
        status = made["protocolSection"]["statusModule"]
        status["startDateStruct"] = {"date": "2025-06-01", "type": "ESTIMATED"}
        if number % 5 == 0:
            status |= {"overallStatus": "COMPLETED", "lastUpdateSubmitDate": "2024-01-15"}
            status["lastUpdatePostDateStruct"] = {"date": "2024-01-15", "type": "ACTUAL"}
        return made

    def _plant(self, name: str, kind: str, number: int) -> None:
        after = copy.deepcopy(self.first[name])
        EDITS[kind](after)
        if kind != "results.submitted":
            day = self.sets[number].isoformat()
            status = after["protocolSection"]["statusModule"]
            status |= {"lastUpdateSubmitDate": day, "lastUpdatePostDateStruct": {"date": day, "type": "ACTUAL"}}
        self.changes[name] = [(number, after)]
        self.planted[name, kind] += 1

    def _leave(self, name: str, number: int, back: int = 0) -> None:
        self.changes[name] = [(number, None)]
        self.planted[name, "trial.gone"] += 1
        if back:
            self.changes[name].append((back, self.first[name]))
            self.planted[name, "trial.back"] += 1

    def at(self, name: str, number: int) -> Study | None:
        """The record as the data set of that number has it; None for one that is not there."""
        found: Study | None = self.first.get(name)
        for since, study in self.changes.get(name, ()):
            if since <= number:
                found = study
        return None if found is None else self._stamped(found, number)

    def absent(self, day: str) -> int:
        """How many trials the data set of that day lacks."""
        number = next(number for number, known in enumerate(self.sets) if known.isoformat() == day)
        return sum(self.at(name, number) is None for name in self.changes)

    def _stamped(self, study: Study, number: int) -> Study:
        derived = study["derivedSection"]
        misc: dict[str, Any] = {**derived["miscInfoModule"], "versionHolder": self.sets[number].isoformat()}
        # The subject headings of all records are derived anew with every data set.
        tree = {"meshes": [{"id": "D1", "term": f"Derived {number}"}]}
        made = {**study, "derivedSection": {**derived, "miscInfoModule": misc, "conditionBrowseModule": tree}}
        if number == self.storm:
            # On one day a module is lost everywhere.
            protocol = study["protocolSection"]
            made["protocolSection"] = {key: part for key, part in protocol.items() if key != "designModule"}
        return made
