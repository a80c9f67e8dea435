"""One raw ClinicalTrials.gov document -> TrialRecord. Pure: no I/O, no clock.

Read this file from top to bottom beside a record of the registry: each function reads one module of `protocolSection`.
A record is refused (`Unreadable`) only if its id or status is missing, or a known field has an unknown type. Anything
else that is unusual is kept with a warning. Raise NORMALIZER when the same document begins to give another record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from storage.values.states import ResultsState
from tracker.errors import Unreadable
from tracker.records.dates import RegistryDate, precision
from tracker.records.maps import by_identifier, by_organization
from tracker.records.text import compared
from tracker.records.trial import (
    Dates,
    Design,
    Eligibility,
    Enrollment,
    Identifier,
    Ipd,
    Mesh,
    Organization,
    Oversight,
    Party,
    Site,
    Sponsor,
    Title,
    TrialRecord,
)
from tracker.registries.ctgov import codes
from tracker.registries.ctgov.lists import (
    read_arms,
    read_contacts,
    read_documents,
    read_interventions,
    read_links,
    read_outcomes,
    read_references,
    read_sites,
)
from tracker.registries.ctgov.results.fda_notices import read_expanded_access, read_fda_notices
from tracker.registries.ctgov.results.results_section import read_date, read_results
from tracker.registries.ctgov.schema import KNOWN_PATHS, unnamed
from tracker.registries.registry import Milestones
from tracker.registries.typed_reading import Section, Warnings

__all__ = ["DIGESTED", "KNOWN_PATHS", "NORMALIZER", "normalize", "read_milestones"]

NORMALIZER = 3
"""Version of this reading, stored with each snapshot. A change in our reading is never a change of the trial."""

DIGESTED = ("resultsSection",)
"""The sections whose digests are part of the record. What they hold is told part by part."""

_NCT = re.compile(r"NCT[0-9]{8}")


def normalize(
    document: Mapping[str, Any], parts: Mapping[str, str], warnings: Warnings, *, absent: tuple[str, ...] = ()
) -> TrialRecord:
    """Return the record of `document`, a decoded v2 study.

    `parts`: its `content.digests`, of `DIGESTED` at least. `warnings` gets what is odd. `absent`: sections that its
    source never has. Raise Unreadable with the path if the id, the status or the shape cannot be read.
    """
    whole = Section(dict(document), "", warnings)
    protocol = whole.section("protocolSection")
    identification = protocol.section("identificationModule")
    status = protocol.section("statusModule")
    contacts, references = protocol.section("contactsLocationsModule"), protocol.section("referencesModule")
    design, arms = protocol.section("designModule"), protocol.section("armsInterventionsModule")
    papers = whole.section("documentSection").section("largeDocumentModule")
    sites, trial = read_sites(contacts), _trial_id(identification)
    return TrialRecord(
        trial=trial,
        registry="ctgov",
        status=_status(status, trial),
        url=f"https://clinicaltrials.gov/study/{trial}",
        title=_title(identification),
        aliases=identification.texts("nctIdAliases"),
        identifiers=_identifiers(identification),
        why_stopped=status.text("whyStopped"),
        last_known_status=status.code("lastKnownStatus", codes.STATUSES),
        delayed_posting=status.flag("delayedPosting"),
        study_type=_study_type(design),
        phases=design.codes("phases", codes.PHASES),
        enrollment=_enrollment(design),
        dates=_dates(status),
        summary=protocol.section("descriptionModule").text("briefSummary"),
        description=protocol.section("descriptionModule").text("detailedDescription"),
        conditions=protocol.section("conditionsModule").texts("conditions"),
        keywords=protocol.section("conditionsModule").texts("keywords"),
        design=_design(design),
        arms=read_arms(arms),
        interventions=read_interventions(arms),
        outcomes=read_outcomes(protocol.section("outcomesModule")),
        eligibility=_eligibility(protocol.section("eligibilityModule")),
        sponsor=_sponsor(protocol.section("sponsorCollaboratorsModule"), identification),
        contacts=read_contacts(contacts),
        sites=sites,
        countries=_countries(sites.values()),
        references=read_references(references),
        links=read_links(references),
        documents=read_documents(papers),
        no_analysis_plan=papers.flag("noSap"),
        oversight=_oversight(protocol.section("oversightModule")),
        ipd=_ipd(protocol.section("ipdSharingStatementModule")),
        results=read_results(whole, status, parts),
        fda_notices=read_fda_notices(whole),
        expanded_access=read_expanded_access(status, design),
        related=_related(status),
        mesh=_mesh(whole.section("derivedSection")),
        other=unnamed(document),
        absent=absent,
        warnings=warnings.sorted(),
    )


def read_milestones(document: Mapping[str, Any], state: ResultsState | None) -> Milestones:
    """Return the dates and the results of a document whose results state is known. Raise Unreadable."""
    whole = Section(dict(document), "", Warnings())
    status = whole.section("protocolSection").section("statusModule")
    # Without digests of posted results these are not summed up, and the state is not seen.
    return Milestones(_dates(status), msgspec.structs.replace(read_results(whole, status, {}), state=state))


def _countries(sites: Iterable[Site]) -> tuple[str, ...]:
    """Return each country once, even if its name is written in several ways."""
    names = sorted((site.country for site in sites if site.country), reverse=True)
    return tuple(name for _, name in sorted({compared(name): name for name in names}.items()))


def _trial_id(identification: Section) -> str:
    trial = identification.required("nctId")
    if not _NCT.fullmatch(trial):
        raise Unreadable("protocolSection.identificationModule.nctId", "an id such as NCT05349331", repr(trial)[:40])
    return trial


def _status(status: Section, trial: str) -> str:
    found = status.code("overallStatus", codes.STATUSES)
    if found is None:
        raise Unreadable("protocolSection.statusModule.overallStatus", "a status", "nothing", subject=trial)
    return found


def _title(identification: Section) -> Title:
    return Title(
        brief=identification.wanted("briefTitle"),
        official=identification.line("officialTitle"),
        acronym=identification.line("acronym"),
    )


def _identifiers(identification: Section) -> dict[str, Identifier]:
    found = [
        Identifier(info.wanted("id") or "", info.word("type"), info.line("domain"), info.line("link"))
        for info in identification.sections("secondaryIdInfos")
    ]
    own = identification.section("orgStudyIdInfo")
    sponsors_own = own.line("id")
    if sponsors_own:
        found.append(Identifier(sponsors_own, "org_study_id", own.word("type"), own.line("link")))
    return by_identifier(found)


def _study_type(design: Section) -> str | None:
    found = design.code("studyType", codes.STUDY_TYPES)
    if found is None:
        design.warnings.add("protocolSection.designModule.studyType is missing")
    return found


def _enrollment(design: Section) -> Enrollment:
    info = design.section("enrollmentInfo")
    return Enrollment(info.count("count"), info.code("type", codes.DATE_TYPES))


def _dates(status: Section) -> Dates:
    dates = Dates(
        start=read_date(status, "startDateStruct"),
        primary_completion=read_date(status, "primaryCompletionDateStruct"),
        completion=read_date(status, "completionDateStruct"),
        first_submitted=status.word("studyFirstSubmitDate"),
        first_submitted_qc=status.word("studyFirstSubmitQcDate"),
        first_posted=read_date(status, "studyFirstPostDateStruct"),
        last_update_submitted=status.word("lastUpdateSubmitDate"),
        last_update_posted=read_date(status, "lastUpdatePostDateStruct"),
        verified=status.word("statusVerifiedDate"),
    )
    for name in ("start", "primary_completion", "completion", "last_update_posted"):
        _check_date(status, name, getattr(dates, name))
    return dates


def _check_date(status: Section, name: str, found: RegistryDate | None) -> None:
    if found is not None and precision(found.date) == "odd":
        status.warnings.add(f"dates.{name}: {found.date[:40]} is no date we can read")


def _design(design: Section) -> Design:
    info = design.section("designInfo")
    masking = info.section("maskingInfo")
    specimens = design.section("bioSpec")
    types = design.section("expandedAccessTypes")
    return Design(
        allocation=info.code("allocation", codes.ALLOCATIONS),
        model=info.code("interventionModel", codes.MODELS),
        model_description=info.text("interventionModelDescription"),
        purpose=info.code("primaryPurpose", codes.PURPOSES),
        masking=masking.code("masking", codes.MASKINGS),
        masking_description=masking.text("maskingDescription"),
        who_masked=masking.texts("whoMasked"),
        observational_model=info.code("observationalModel", codes.OBSERVATIONAL_MODELS),
        time_perspective=info.code("timePerspective", codes.TIME_PERSPECTIVES),
        target_duration=design.line("targetDuration"),
        patient_registry=design.flag("patientRegistry"),
        biospecimens=specimens.line("retention"),
        biospecimens_description=specimens.text("description"),
        expanded_access_types=tuple(sorted(name for name in types.raw if types.flag(name))),
    )


def _eligibility(section: Section) -> Eligibility:
    return Eligibility(
        criteria=section.text("eligibilityCriteria"),
        sex=section.code("sex", codes.SEXES),
        gender_based=section.flag("genderBased"),
        gender_description=section.text("genderDescription"),
        minimum_age=section.line("minimumAge"),
        maximum_age=section.line("maximumAge"),
        standard_ages=section.codes("stdAges", codes.AGES),
        healthy_volunteers=section.flag("healthyVolunteers"),
        population=section.text("studyPopulation"),
        sampling=section.line("samplingMethod"),
    )


def _sponsor(section: Section, identification: Section) -> Sponsor:
    lead = section.section("leadSponsor")
    collaborators = [
        Organization(item.wanted("name") or "", item.line("class")) for item in section.sections("collaborators")
    ]
    return Sponsor(
        lead=lead.wanted("name"),
        lead_kind=lead.line("class"),
        organization=identification.section("organization").line("fullName"),
        organization_kind=identification.section("organization").line("class"),
        collaborators=by_organization(collaborators),
        responsible_party=_party(section.section("responsibleParty")),
    )


def _party(section: Section) -> Party | None:
    if not section:
        return None
    return Party(
        type=section.word("type"),
        name=section.line("investigatorFullName") or section.line("oldNameTitle"),
        title=section.line("investigatorTitle"),
        affiliation=section.line("investigatorAffiliation") or section.line("oldOrganization"),
    )


def _oversight(section: Section) -> Oversight:
    return Oversight(
        has_dmc=section.flag("oversightHasDmc"),
        fda_regulated_drug=section.flag("isFdaRegulatedDrug"),
        fda_regulated_device=section.flag("isFdaRegulatedDevice"),
        unapproved_device=section.flag("isUnapprovedDevice"),
        pediatric_postmarket=section.flag("isPpsd"),
        us_export=section.flag("isUsExport"),
        fdaaa801_violation=section.flag("fdaaa801Violation"),
    )


def _ipd(section: Section) -> Ipd:
    return Ipd(
        sharing=section.line("ipdSharing"),
        description=section.text("description"),
        info_types=section.texts("infoTypes"),
        time_frame=section.text("timeFrame"),
        access_criteria=section.text("accessCriteria"),
        url=section.line("url"),
    )


def _related(status: Section) -> tuple[str, ...]:
    linked = status.section("expandedAccessInfo").line("nctId")
    return (linked,) if linked else ()


def _mesh(derived: Section) -> Mesh:
    def terms(module: str, name: str) -> tuple[str, ...]:
        found = (heading.line("term") for heading in derived.section(module).sections(name))
        return tuple(sorted(term for term in found if term))

    return Mesh(
        conditions=terms("conditionBrowseModule", "meshes"),
        interventions=terms("interventionBrowseModule", "meshes"),
        wider_conditions=terms("conditionBrowseModule", "ancestors"),
        wider_interventions=terms("interventionBrowseModule", "ancestors"),
    )
