"""The registry's undocumented history shapes, built from the versions of a trial (protocol sections, oldest first)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tracker.records.json_objects import RawRecord

LABELS: Final = {
    "identificationModule": "Study Identification",
    "statusModule": "Study Status",
    "sponsorCollaboratorsModule": "Sponsor/Collaborators",
    "oversightModule": "Oversight",
    "descriptionModule": "Study Description",
    "conditionsModule": "Conditions",
    "designModule": "Study Design",
    "armsInterventionsModule": "Arms and Interventions",
    "outcomesModule": "Outcome Measures",
    "eligibilityModule": "Eligibility",
    "contactsLocationsModule": "Contacts/Locations",
}


def history(versions: Sequence[RawRecord]) -> RawRecord:
    """Return `changes`, `originalData` and `lastUpdateVersions`. The flags of the last two are left out."""
    labels = [[], *(_changed(before, after) for before, after in pairwise(versions))]
    enrollments = [version["designModule"].get("enrollmentInfo") for version in versions]
    moved = [n for n, (before, after) in enumerate(pairwise(enrollments), 1) if before != after]
    return {
        "changes": [_change(n, version, labels[n]) for n, version in enumerate(versions)],
        "originalData": {"enrollmentInfo": enrollments[0]},
        "lastUpdateVersions": {"enrollmentInfo": moved[-1] if moved else 0},
        "outcomesUpdateCount": sum("Outcome Measures" in each for each in labels),
    }


def study_version(versions: Sequence[RawRecord], number: int) -> RawRecord:
    """Return one version in the shape of the endpoint: only the protocol section."""
    return {"studyVersion": number, "study": {"protocolSection": versions[number]}}


def _change(number: int, version: RawRecord, labels: list[str]) -> RawRecord:
    status = version["statusModule"]
    submitted = status["lastUpdateSubmitDate"]
    return {"version": number, "date": submitted, "status": status["overallStatus"], "moduleLabels": labels}


def _changed(before: RawRecord, after: RawRecord) -> list[str]:
    return [label for module, label in LABELS.items() if before.get(module) != after.get(module)]
