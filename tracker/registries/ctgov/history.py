"""ClinicalTrials.gov's own history of a record: every version that was submitted, from an endpoint nobody promises.

What is known of it stands here and nowhere else. It is undocumented, so the shape of each answer is checked, and what
is not as expected is an error of that answer: whoever asks can do without.

    /api/int/studies/{id}/history              {"changes": [{"version": 0, "date": "2022-04-21", ...}]}
    /api/int/studies/{id}?history=true         {"history": {"changes": [...]}, ...}      the same, in more words
    /api/int/studies/{id}/history/{version}    {"studyVersion": 0, "study": {"protocolSection": {...}}}

Versions count from 0; `date` is the day of submission. It throttles at two requests at once.
"""

from __future__ import annotations

from typing import Any

from tracker.errors import DamagedAnswer, NotThere
from tracker.http.polite_client import PoliteClient, Response
from tracker.records.dates import precision
from tracker.registries.ctgov.ids import is_nct
from tracker.registries.registry import PastVersion
from tracker.registries.strict_json import BadJson, loads

__all__ = ["HistoryClient", "ShapeChanged", "trial_of", "versions_of"]

MOST_VERSIONS = 5_000
"""More than any trial has; a list that is longer is no list of versions."""


class HistoryClient:
    """Implements `tracker.registries.registry.Past`. `base_url` is that of the registry, without a path."""

    def __init__(self, http: PoliteClient, base_url: str) -> None:
        self._http = http
        self._studies = f"{base_url.rstrip('/')}/api/int/studies"
        self._verbose = False

    @property
    def requests(self) -> int:
        """Requests sent so far through the same client, further attempts included."""
        return self._http.requests

    def versions(self, trial: str) -> tuple[PastVersion, ...]:
        """All versions of a trial, oldest first. Raises RegistryError; DamagedAnswer for a shape we do not know."""
        if not self._verbose:
            try:
                answer = self._http.get(f"{self._studies}/{trial}/history", expect="json", beside=True)
                return _listed(_of(trial, answer), _object(answer))
            except NotThere:
                pass
        answer = self._http.get(f"{self._studies}/{trial}", params={"history": "true"}, expect="json", beside=True)
        found = _listed(_of(trial, answer), _object(answer).get("history"))
        self._verbose = True  # the short form is not there, the long one is: from now on only that
        return found

    def version(self, trial: str, number: int) -> dict[str, Any]:
        """The document of one version, as it is given. Raises RegistryError; DamagedAnswer for another shape."""
        answer = self._http.get(f"{self._studies}/{trial}/history/{number}", expect="json", beside=True)
        told = _object(answer)
        study = told.get("study")
        if told.get("studyVersion") != number or not isinstance(study, dict):
            raise _changed(answer, f"version {number} is not where it should be")
        if trial_of(study) != trial:
            raise _changed(answer, f"it is not a version of {trial}")
        return study


class ShapeChanged(ValueError):
    """A list of versions that is not as it ever was. The message is a clause."""


def trial_of(study: Any) -> str:
    """The trial that a version names; "" for none."""
    protocol = study.get("protocolSection") if isinstance(study, dict) else None
    identification = protocol.get("identificationModule") if isinstance(protocol, dict) else None
    found = identification.get("nctId") if isinstance(identification, dict) else None
    return str(found) if is_nct(found) else ""


def versions_of(told: Any) -> tuple[PastVersion, ...]:
    """The versions that ``{"changes": [...]}`` lists, in the order of their numbers. Raises ShapeChanged. Pure."""
    changes = told.get("changes") if isinstance(told, dict) else None
    if not isinstance(changes, list) or not 0 < len(changes) <= MOST_VERSIONS:
        raise ShapeChanged("it lists no versions")
    found = sorted(map(_one, changes))
    if len({version.number for version in found}) != len(found):
        raise ShapeChanged("it lists a version twice")
    return tuple(found)


def _of(trial: str, answer: Response) -> Response:
    """The answer, if it was not redirected to another trial's. Raises NotThere for an obsolete id."""
    if trial not in answer.url:
        raise NotThere(f"{trial} is an obsolete id", subject=trial)
    return answer


def _object(answer: Response) -> dict[str, Any]:
    try:
        value = loads(answer.body)
    except BadJson as error:
        raise _changed(answer, str(error)) from error
    if not isinstance(value, dict):
        raise _changed(answer, "it is no object")
    return value


def _listed(answer: Response, told: Any) -> tuple[PastVersion, ...]:
    try:
        return versions_of(told)
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
