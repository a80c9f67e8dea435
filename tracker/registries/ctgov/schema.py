"""The parts of a ClinicalTrials.gov record (API 2.0.5) by name, and those that are silent on purpose.

`NAMED` has all fields that `normalize` reads, or that are silent for a reason in `SILENT`. Any other field is new to
us. It is kept under ``other`` by its path, compared, and reported as an unnamed registry field. So a change is reported
even if no code reads the field yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tracker.records.json_objects import JsonObject
from tracker.registries.ctgov.content import content

__all__ = ["KNOWN_PATHS", "NAMED", "SILENT", "unnamed"]

Tree = Mapping[str, Any]
_TOKEN = re.compile(r"[()]|[^\s()]+")
_ANYTHING = "*"
_DATE = "(date type)"
_OUTCOME = "(measure timeFrame description)"
_CONTACT = "name role phone phoneExt email"
_WRITTEN = f"""
hasResults
protocolSection(
    identificationModule(
        nctId nctIdAliases orgStudyIdInfo(id type link) secondaryIdInfos(id type domain link)
        organization(fullName class) briefTitle officialTitle acronym
    )
    statusModule(
        statusVerifiedDate overallStatus lastKnownStatus delayedPosting whyStopped
        expandedAccessInfo(hasExpandedAccess nctId statusForNctId)
        startDateStruct{_DATE} primaryCompletionDateStruct{_DATE} completionDateStruct{_DATE}
        studyFirstSubmitDate studyFirstSubmitQcDate studyFirstPostDateStruct{_DATE}
        resultsWaived resultsFirstSubmitDate resultsFirstSubmitQcDate resultsFirstPostDateStruct{_DATE}
        dispFirstSubmitDate dispFirstSubmitQcDate dispFirstPostDateStruct{_DATE}
        lastUpdateSubmitDate lastUpdatePostDateStruct{_DATE}
    )
    sponsorCollaboratorsModule(
        responsibleParty(
            type investigatorFullName investigatorTitle investigatorAffiliation oldNameTitle oldOrganization
        )
        leadSponsor(name class) collaborators(name class)
    )
    oversightModule(
        oversightHasDmc isFdaRegulatedDrug isFdaRegulatedDevice isUnapprovedDevice isPpsd isUsExport fdaaa801Violation
    )
    descriptionModule(briefSummary detailedDescription)
    conditionsModule(conditions keywords)
    designModule(
        studyType expandedAccessTypes(individual intermediate treatment) nPtrsToThisExpAccNctId patientRegistry
        targetDuration phases bioSpec(retention description) enrollmentInfo(count type)
        designInfo(
            allocation interventionModel interventionModelDescription primaryPurpose observationalModel
            timePerspective maskingInfo(masking maskingDescription whoMasked)
        )
    )
    armsInterventionsModule(
        armGroups(label type description interventionNames)
        interventions(type name description armGroupLabels otherNames)
    )
    outcomesModule(primaryOutcomes{_OUTCOME} secondaryOutcomes{_OUTCOME} otherOutcomes{_OUTCOME})
    eligibilityModule(
        eligibilityCriteria healthyVolunteers sex genderBased genderDescription minimumAge maximumAge stdAges
        studyPopulation samplingMethod
    )
    contactsLocationsModule(
        centralContacts({_CONTACT} affiliation) overallOfficials({_CONTACT} affiliation)
        locations(facility status city state zip country geoPoint(*) contacts({_CONTACT} affiliation))
    )
    referencesModule(
        references(pmid type citation retractions(pmid source)) seeAlsoLinks(label url)
        availIpds(id type url comment)
    )
    ipdSharingStatementModule(ipdSharing description infoTypes timeFrame accessCriteria url)
)
resultsSection(*)
annotationSection(annotationModule(
    unpostedAnnotation(unpostedResponsibleParty unpostedEvents(type date dateUnknown))
    violationAnnotation(violationEvents(type description creationDate issuedDate releaseDate postedDate))
))
documentSection(largeDocumentModule(
    noSap largeDocs(typeAbbrev hasProtocol hasSap hasIcf label date uploadDate filename size)
))
derivedSection(
    *
    miscInfoModule(
        *
        submissionTracking(
            estimatedResultsFirstSubmitDate firstMcpInfo(postDateStruct{_DATE})
            submissionInfos(releaseDate unreleaseDate unreleaseDateUnknown resetDate mcpReleaseN)
        )
    )
)
"""


def _tree(tokens: Iterator[str]) -> JsonObject:
    """Return the names up to the closing bracket. Names in brackets after a name belong below it."""
    found: JsonObject = {}
    last = ""
    for token in tokens:
        if token == ")":
            break
        if token == "(":
            found[last] = _tree(tokens)
        else:
            found[last := token] = {}
    return found


NAMED: Tree = _tree(iter(_TOKEN.findall(_WRITTEN)))
"""The names by nested keys, with transparent lists. ``*`` matches any other name: a digest covers it, or it is
noise.
"""

SILENT: Mapping[str, str] = {
    "hasResults": "the results themselves are told; only a record that contradicts itself is noted in results.claimed",
    "protocolSection.identificationModule.nctId": "another id is another trial; the poll tells of a merged one",
    "protocolSection.statusModule.expandedAccessInfo.hasExpandedAccess=false": "the registry writes false, or nothing",
    "protocolSection.contactsLocationsModule.locations.geoPoint": "the registry moves between two geocodings",
    "protocolSection.contactsLocationsModule.locations.city+zip": "the registry renames cities; the postcode tells",
    "protocolSection.sponsorCollaboratorsModule.responsibleParty.oldNameTitle+investigatorFullName": (
        "the old form of the name, read only where the new one is missing"
    ),
    "protocolSection.sponsorCollaboratorsModule.responsibleParty.oldOrganization+investigatorAffiliation": (
        "the old form of the affiliation, read only where the new one is missing"
    ),
    "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents+submissionTracking": (
        "the same rounds without the open one, read only where the tracking is missing"
    ),
    "derivedSection.miscInfoModule.submissionTracking.estimatedResultsFirstSubmitDate": (
        "follows from the rounds of submission"
    ),
    "derivedSection.miscInfoModule.versionHolder": "the day of the data set: it moves on every record every day",
    "derivedSection.miscInfoModule.removedCountries": "follows from the sites that were removed",
    "derivedSection.miscInfoModule.modelPredictions": "predictions of the registry, made anew at will",
    "derivedSection.conditionBrowseModule": "subject headings that the registry derives anew at will",
    "derivedSection.interventionBrowseModule": "subject headings that the registry derives anew at will",
}
"""All parts that may change without an event, by path or by a parent path, with the reason.

``path=value`` is silent only with this value. ``path+name`` is silent only beside the field `name`.
"""


def _paths(tree: Tree, depth: int) -> Iterator[tuple[str, ...]]:
    for name, below in tree.items():
        if name != _ANYTHING:
            yield (name,)
            if depth > 1:
                yield from ((name, *rest) for rest in _paths(below, depth - 1))


KNOWN_PATHS: frozenset[str] = frozenset(
    ".".join(path) for path in _paths(NAMED, 3) if len(path) == 1 or path[0] == "protocolSection"
)
"""Paths of a document, at most three keys deep, that this reading has a name for."""


def unnamed(document: Mapping[str, Any]) -> JsonObject:
    """Return the content of each field of `document` outside `NAMED`, by path. Below a list: all its values, sorted."""
    found: dict[str, list[Any]] = {}
    below_lists: set[str] = set()
    for path, value, listed in _unnamed(document, NAMED, "", listed=False):
        found.setdefault(path, []).append(value)
        if listed:
            below_lists.add(path)
    return {
        path: orjson.loads(content(values if path in below_lists else values[0]))
        for path, values in sorted(found.items())
    }


def _unnamed(value: Any, names: Tree, path: str, *, listed: bool) -> Iterator[tuple[str, Any, bool]]:
    if type(value) is list:
        for item in value:
            yield from _unnamed(item, names, path, listed=True)
    elif type(value) is dict:
        for key, item in value.items():
            below = names.get(key)
            here = f"{path}.{key}" if path else key
            if below:
                yield from _unnamed(item, below, here, listed=listed)
            elif below is None and _ANYTHING not in names:
                yield here, item, listed
