"""The record of one trial at one moment, free of any registry's dialect.

Every value is frozen; lists of things with identity are maps by stable key (`tracker.records.keys`), plain lists are
sorted, so that two records are equal when they say the same. `None` means the source says nothing. Codes are the
registry's own upper-case words, known or not. `show` prints exactly this shape.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.records.dates import RegistryDate
from tracker.records.oversight import ExpandedAccess, FdaNotice
from tracker.records.posted import ResultsSummary

__all__ = [
    "Arm",
    "Contact",
    "Contacts",
    "CountryPart",
    "Dates",
    "Delay",
    "Design",
    "Eligibility",
    "Enrollment",
    "Identifier",
    "Intervention",
    "Ipd",
    "Mesh",
    "Organization",
    "OutcomeMeasure",
    "Outcomes",
    "Oversight",
    "Party",
    "RecordLink",
    "Reference",
    "Results",
    "Site",
    "Sponsor",
    "Submission",
    "Title",
    "TrialDocument",
    "TrialRecord",
]


class Title(msgspec.Struct, frozen=True):
    brief: str | None = None
    official: str | None = None
    acronym: str | None = None


class Identifier(msgspec.Struct, frozen=True):
    """Another name of the trial. `type` as the registry codes it; ``org_study_id`` for the sponsor's own."""

    id: str
    type: str | None = None
    domain: str | None = None
    link: str | None = None


class Enrollment(msgspec.Struct, frozen=True):
    """`count` participants; `type` ESTIMATED (a target) or ACTUAL (counted)."""

    count: int | None = None
    type: str | None = None


class Dates(msgspec.Struct, frozen=True):
    """The trial's own dates, then the record's. Texts, exactly as given."""

    start: RegistryDate | None = None
    primary_completion: RegistryDate | None = None
    completion: RegistryDate | None = None
    first_submitted: str | None = None
    first_submitted_qc: str | None = None
    first_posted: RegistryDate | None = None
    last_update_submitted: str | None = None
    last_update_posted: RegistryDate | None = None
    verified: str | None = None


class Design(msgspec.Struct, frozen=True):
    allocation: str | None = None
    model: str | None = None
    model_description: str | None = None
    purpose: str | None = None
    masking: str | None = None
    masking_description: str | None = None
    who_masked: tuple[str, ...] = ()
    observational_model: str | None = None
    time_perspective: str | None = None
    target_duration: str | None = None
    patient_registry: bool | None = None
    biospecimens: str | None = None
    biospecimens_description: str | None = None
    expanded_access_types: tuple[str, ...] = ()


class Arm(msgspec.Struct, frozen=True):
    label: str
    type: str | None = None
    description: str | None = None
    interventions: tuple[str, ...] = ()


class Intervention(msgspec.Struct, frozen=True):
    name: str
    type: str | None = None
    description: str | None = None
    arms: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


class OutcomeMeasure(msgspec.Struct, frozen=True):
    measure: str
    time_frame: str | None = None
    description: str | None = None


class Outcomes(msgspec.Struct, frozen=True):
    primary: dict[str, OutcomeMeasure] = {}
    secondary: dict[str, OutcomeMeasure] = {}
    other: dict[str, OutcomeMeasure] = {}


class Eligibility(msgspec.Struct, frozen=True):
    criteria: str | None = None
    sex: str | None = None
    gender_based: bool | None = None
    gender_description: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    standard_ages: tuple[str, ...] = ()
    healthy_volunteers: bool | None = None
    population: str | None = None
    sampling: str | None = None


class Organization(msgspec.Struct, frozen=True):
    name: str
    kind: str | None = None


class Party(msgspec.Struct, frozen=True):
    """Who answers for the record: the sponsor, or an investigator by name."""

    type: str | None = None
    name: str | None = None
    title: str | None = None
    affiliation: str | None = None


class Sponsor(msgspec.Struct, frozen=True):
    """`lead` is a name; `lead_kind` the registry's class of it (INDUSTRY, NIH, OTHER …)."""

    lead: str | None = None
    lead_kind: str | None = None
    organization: str | None = None
    organization_kind: str | None = None
    collaborators: dict[str, Organization] = {}
    responsible_party: Party | None = None


class Contact(msgspec.Struct, frozen=True):
    name: str | None = None
    role: str | None = None
    phone: str | None = None
    email: str | None = None
    affiliation: str | None = None


class Contacts(msgspec.Struct, frozen=True):
    central: dict[str, Contact] = {}
    officials: dict[str, Contact] = {}


class Site(msgspec.Struct, frozen=True):
    """One place. `city` is shown but never compared where a postcode tells the place: the registry renames cities."""

    facility: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    status: str | None = None
    contacts: dict[str, Contact] = {}


class Reference(msgspec.Struct, frozen=True):
    citation: str | None = None
    pmid: str | None = None
    type: str | None = None
    retractions: tuple[str, ...] = ()
    retraction_pmids: tuple[str, ...] = ()


class RecordLink(msgspec.Struct, frozen=True):
    url: str
    label: str | None = None


class TrialDocument(msgspec.Struct, frozen=True):
    """A file the registry holds beside the record. `date` is the document's own; `uploaded` local time, no zone.

    `protocol`, `analysis_plan`, `consent_form`: whether the registry says that it holds one.
    """

    label: str | None = None
    type: str | None = None
    date: str | None = None
    uploaded: str | None = None
    filename: str | None = None
    size: int | None = None
    protocol: bool | None = None
    analysis_plan: bool | None = None
    consent_form: bool | None = None


class Oversight(msgspec.Struct, frozen=True):
    has_dmc: bool | None = None
    fda_regulated_drug: bool | None = None
    fda_regulated_device: bool | None = None
    unapproved_device: bool | None = None
    pediatric_postmarket: bool | None = None
    us_export: bool | None = None
    fdaaa801_violation: bool | None = None


class Ipd(msgspec.Struct, frozen=True):
    """The plan to share individual participant data."""

    sharing: str | None = None
    description: str | None = None
    info_types: tuple[str, ...] = ()
    time_frame: str | None = None
    access_criteria: str | None = None
    url: str | None = None


class Submission(msgspec.Struct, frozen=True):
    """One round of results before the registry's quality control. Open while neither returned nor cancelled."""

    submitted: str | None = None
    returned: str | None = None
    cancelled: str | None = None
    cancelled_unknown: bool = False
    posted_with_comments: int | None = None

    @property
    def open(self) -> bool:
        return self.returned is None and self.cancelled is None and not self.cancelled_unknown


class Delay(msgspec.Struct, frozen=True):
    """A certificate that results may come later."""

    first_submitted: str | None = None
    first_submitted_qc: str | None = None
    first_posted: RegistryDate | None = None


class Results(msgspec.Struct, frozen=True):
    """`state`: none, submitted, returned, cancelled or posted. `submissions` in the order of their dates.

    `claimed`: what the record says of having results, where it contradicts itself. `unposted_party`: who is named
    beside results that are not posted.
    """

    state: str | None = None
    first_submitted: str | None = None
    first_submitted_qc: str | None = None
    first_posted: RegistryDate | None = None
    waived: bool | None = None
    estimated_submission: str | None = None
    posted_with_comments: RegistryDate | None = None
    submissions: tuple[Submission, ...] = ()
    delay: Delay | None = None
    summary: ResultsSummary | None = None
    claimed: bool | None = None
    unposted_party: str | None = None


class CountryPart(msgspec.Struct, frozen=True):
    """What one country says of a trial, in a registry with a record a country. Dates as texts, words as given there.

    `decision` is the authority's, `opinion` the ethics committee's. `subjects` and `sites` are those planned there.
    """

    status: str | None = None
    authority: str | None = None
    entered: str | None = None
    decision: str | None = None
    decided: str | None = None
    opinion: str | None = None
    opined: str | None = None
    subjects: int | None = None
    sites: int | None = None
    end: str | None = None
    ended: str | None = None


class Mesh(msgspec.Struct, frozen=True):
    """Subject headings the registry derives. Never compared: they churn without the trial changing."""

    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()


class TrialRecord(msgspec.Struct, frozen=True):
    """Everything we understand of one version of one trial's record.

    `absent` names sections the source never supplies (not compared). `other` holds fields we do not know yet, by path.
    `warnings` are sentences about codes and dates that were carried as they came; `new_words` those of them that say
    that the registry has learned a new word.
    """

    trial: str
    registry: str
    status: str
    url: str | None = None
    title: Title = Title()
    aliases: tuple[str, ...] = ()
    identifiers: dict[str, Identifier] = {}
    why_stopped: str | None = None
    last_known_status: str | None = None
    delayed_posting: bool | None = None
    study_type: str | None = None
    phases: tuple[str, ...] = ()
    enrollment: Enrollment = Enrollment()
    dates: Dates = Dates()
    summary: str | None = None
    description: str | None = None
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    design: Design = Design()
    arms: dict[str, Arm] = {}
    interventions: dict[str, Intervention] = {}
    outcomes: Outcomes = Outcomes()
    eligibility: Eligibility = Eligibility()
    sponsor: Sponsor = Sponsor()
    contacts: Contacts = Contacts()
    sites: dict[str, Site] = {}
    countries: tuple[str, ...] = ()
    references: dict[str, Reference] = {}
    links: dict[str, RecordLink] = {}
    documents: dict[str, TrialDocument] = {}
    no_analysis_plan: bool | None = None
    oversight: Oversight = Oversight()
    ipd: Ipd = Ipd()
    results: Results = Results()
    fda_notices: dict[str, FdaNotice] = {}
    expanded_access: ExpandedAccess = ExpandedAccess()
    related: tuple[str, ...] = ()
    parts: dict[str, CountryPart] = {}
    mesh: Mesh = Mesh()
    other: dict[str, Any] = {}
    absent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    new_words: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The record as plain JSON values: what `show` prints and what is compared."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        del built["new_words"]  # a note of ours on `warnings`, which has the same sentences
        return built

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> TrialRecord:
        """Read back what `document` gave. Raises msgspec.ValidationError naming the path of what does not fit."""
        return msgspec.convert(document, cls)
