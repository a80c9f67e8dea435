"""The record of one trial at one moment, in one form for all registries.

All values are frozen. Things with an identity are in maps by stable key (`tracker.records.keys`), and plain lists are
sorted. So two records with the same content are equal. `None` means that the source says nothing. Codes are the
registry's own upper-case words, including unknown ones. `show` prints exactly this shape.
"""

from __future__ import annotations

from typing import Any

import msgspec

from storage.values.states import ResultsState
from tracker.records.dates import RegistryDate
from tracker.records.json_objects import RecordContent
from tracker.records.oversight import ExpandedAccess, FdaNotice
from tracker.records.results.summary import ResultsSummary

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
    """Another identifier of the trial. `type` is the registry's code, or ``org_study_id`` for the sponsor's own."""

    id: str
    type: str | None = None
    domain: str | None = None
    link: str | None = None


class Enrollment(msgspec.Struct, frozen=True):
    """`count` is a number of participants. `type` is ESTIMATED (a target) or ACTUAL (counted)."""

    count: int | None = None
    type: str | None = None


class Dates(msgspec.Struct, frozen=True):
    """Dates of the trial, then of its record. Texts exactly as given."""

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
    """Who is responsible for the record: the sponsor, or a named investigator."""

    type: str | None = None
    name: str | None = None
    title: str | None = None
    affiliation: str | None = None


class Sponsor(msgspec.Struct, frozen=True):
    """Who runs the trial, and who answers for its record."""

    #: Name of the lead sponsor.
    lead: str | None = None
    #: The registry's class of the lead sponsor (INDUSTRY, NIH, OTHER ...).
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
    """One place of a trial. `city` is not compared if there is a postcode, because the registry renames cities."""

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
    """A file that the registry holds beside the record."""

    label: str | None = None
    type: str | None = None
    #: The document's own date.
    date: str | None = None
    #: Local time without a zone.
    uploaded: str | None = None
    filename: str | None = None
    size: int | None = None
    # Whether the registry says that the file contains a protocol, an analysis plan, a consent form.
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
    """One round of results in the registry's quality control. It is open until it is returned or cancelled."""

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
    """Results of the trial and their way to publication."""

    state: ResultsState | None = None
    first_submitted: str | None = None
    first_submitted_qc: str | None = None
    first_posted: RegistryDate | None = None
    waived: bool | None = None
    estimated_submission: str | None = None
    posted_with_comments: RegistryDate | None = None
    #: Rounds of submission, in order of their dates.
    submissions: tuple[Submission, ...] = ()
    delay: Delay | None = None
    summary: ResultsSummary | None = None
    #: Whether the record claims to have results, if it contradicts itself.
    claimed: bool | None = None
    #: The responsible party named beside results that are not posted.
    unposted_party: str | None = None


class CountryPart(msgspec.Struct, frozen=True):
    """One country of a trial, in a registry with one record per country. Dates are texts, words are the registry's."""

    status: str | None = None
    authority: str | None = None
    entered: str | None = None
    #: Decision of the authority, and its day.
    decision: str | None = None
    decided: str | None = None
    #: Opinion of the ethics committee, and its day.
    opinion: str | None = None
    opined: str | None = None
    #: Planned subjects and sites in this country.
    subjects: int | None = None
    sites: int | None = None
    end: str | None = None
    ended: str | None = None


class Mesh(msgspec.Struct, frozen=True):
    """Subject headings derived by the registry. Not compared: they change without any change of the trial.

    The wider headings are those above them in the tree: of sorafenib, protein kinase inhibitors.
    """

    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    wider_conditions: tuple[str, ...] = ()
    wider_interventions: tuple[str, ...] = ()


class TrialRecord(msgspec.Struct, frozen=True):
    """Everything this program understands of one version of a trial's record."""

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
    #: Fields without a name here, by path.
    other: dict[str, Any] = {}
    #: Sections that the source never supplies. They are not compared.
    absent: tuple[str, ...] = ()
    #: Sentences about unexpected codes and dates. The values are kept as given.
    warnings: tuple[str, ...] = ()

    def document(self) -> RecordContent:
        """Return the record as plain JSON values, as `show` prints it and as it is compared."""
        built: RecordContent = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_document(cls, document: RecordContent) -> TrialRecord:
        """Build a record from the result of `document`. Raise msgspec.ValidationError, naming the path at fault."""
        return msgspec.convert(document, cls)
