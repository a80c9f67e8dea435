"""ClinicalTrials.gov's own history of a record: all submitted versions, from an undocumented endpoint.

Only this module knows the endpoint. It comes without any promise, so the shape of each answer is checked, and a
surprise is an error of that answer. Callers can do without the history.

    /api/int/studies/{id}/history              {"changes": [{"version": 0, "date": "2022-04-21", ...}]}
    /api/int/studies/{id}?history=true         {"history": {"changes": [...]}, ...}      the same, in a longer form
    /api/int/studies/{id}/history/{version}    {"studyVersion": 0, "study": {"protocolSection": {...}}}

Versions count from 0. `date` is the day of submission. The endpoint throttles at two concurrent requests.
"""

from __future__ import annotations

from typing import Any

from tracker.errors import DamagedAnswer, NotThere
from tracker.http.polite_client import PoliteClient, Response
from tracker.records.dates import precision
from tracker.records.json_objects import RawRecord
from tracker.registries.ctgov.ids import is_nct
from tracker.registries.registry import PastVersion
from tracker.registries.strict_json import BadJson, loads

__all__ = ["HistoryClient", "ShapeChanged", "trial_of", "versions_of"]

MOST_VERSIONS = 5_000
"""More than any trial has. A longer list is not a list of versions."""


class HistoryClient:
    """Implements `tracker.registries.registry.Past`. `base_url` is that of the registry, without a path."""

    def __init__(self, http: PoliteClient, base_url: str) -> None:
        self._http = http
        self._studies = f"{base_url.rstrip('/')}/api/int/studies"
        self._verbose = False

    @property
    def requests(self) -> int:
        """Return the number of requests sent so far by the same client, including retries."""
        return self._http.requests

    def versions(self, trial: str) -> tuple[PastVersion, ...]:
        """Return all versions of a trial, oldest first. Raise RegistryError, or DamagedAnswer for an unknown shape."""
        if not self._verbose:
            try:
                answer = self._http.get(f"{self._studies}/{trial}/history", expect="json", beside=True)
                return _listed(_of(trial, answer), _object(answer))
            except NotThere:
                pass
        answer = self._http.get(f"{self._studies}/{trial}", params={"history": "true"}, expect="json", beside=True)
        found = _listed(_of(trial, answer), _object(answer).get("history"))
        self._verbose = True  # the short form failed and the long one worked: use only the long one now
        return found

    def version(self, trial: str, number: int) -> RawRecord:
        """Return the document of one version, as it is given. Raise RegistryError, or DamagedAnswer for an unknown
        shape.
        """
        answer = self._http.get(f"{self._studies}/{trial}/history/{number}", expect="json", beside=True)
        document = _object(answer)
        study = document.get("study")
        if document.get("studyVersion") != number or not isinstance(study, dict):
            raise _changed(answer, f"version {number} is not where it should be")
        if trial_of(study) != trial:
            raise _changed(answer, f"it is not a version of {trial}")
        return study


class ShapeChanged(ValueError):
    """A list of versions has an unknown shape. The message is a clause."""


def trial_of(study: Any) -> str:
    """Return the trial that a version names, or ""."""
    protocol = study.get("protocolSection") if isinstance(study, dict) else None
    identification = protocol.get("identificationModule") if isinstance(protocol, dict) else None
    found = identification.get("nctId") if isinstance(identification, dict) else None
    return str(found) if is_nct(found) else ""


def versions_of(document: Any) -> tuple[PastVersion, ...]:
    """Return the versions that ``{"changes": [...]}`` lists, in the order of their numbers. Raise ShapeChanged.
    Pure.
    """
    changes = document.get("changes") if isinstance(document, dict) else None
    if not isinstance(changes, list) or not 0 < len(changes) <= MOST_VERSIONS:
        raise ShapeChanged("it lists no versions")
    found = sorted(map(_one, changes))
    if len({version.number for version in found}) != len(found):
        raise ShapeChanged("it lists a version twice")
    return tuple(found)


def _of(trial: str, answer: Response) -> Response:
    """Return the answer, unless it was redirected to another trial. Raise NotThere for an obsolete id."""
    if trial not in answer.url:
        raise NotThere(f"{trial} is an obsolete id", subject=trial)
    return answer


def _object(answer: Response) -> RawRecord:
    try:
        value = loads(answer.body)
    except BadJson as error:
        raise _changed(answer, str(error)) from error
    if not isinstance(value, dict):
        raise _changed(answer, "it is no object")
    return value


def _listed(answer: Response, document: Any) -> tuple[PastVersion, ...]:
    try:
        return versions_of(document)
    except ShapeChanged as error:
        raise _changed(answer, str(error)) from error


def _one(change: Any) -> PastVersion:
    number, day = (change.get("version"), change.get("date")) if isinstance(change, dict) else (None, None)
    if type(number) is not int or not 0 <= number < 2**31:
        raise ShapeChanged("a version has no number")
    if not isinstance(day, str) or precision(day) != "day":
        raise ShapeChanged(f"version {number} has no date")
    return PastVersion(number, day)


def _changed(answer: Response, why: str) -> DamagedAnswer:
    return DamagedAnswer(f"the registry's history does not have the shape we know: {why}", subject=answer.url)
