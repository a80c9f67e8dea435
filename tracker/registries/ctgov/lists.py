"""The lists of a ClinicalTrials.gov record as maps by stable key, which identifies each element."""

from __future__ import annotations

from tracker.records.keys import keyed
from tracker.records.maps import by_arm, by_intervention, by_outcome, by_site
from tracker.records.text import compared
from tracker.records.trial import (
    Arm,
    Contact,
    Contacts,
    Intervention,
    OutcomeMeasure,
    Outcomes,
    RecordLink,
    Reference,
    Site,
    TrialDocument,
)
from tracker.registries.ctgov import codes
from tracker.registries.ctgov.content import NOISE, is_noise
from tracker.registries.typed_reading import Section

__all__ = [
    "read_arms",
    "read_contacts",
    "read_documents",
    "read_interventions",
    "read_links",
    "read_outcomes",
    "read_references",
    "read_sites",
]


_CITY = NOISE["protocolSection"]["contactsLocationsModule"]["locations"]["city"]


def read_arms(section: Section) -> dict[str, Arm]:
    arms = section.each(
        "armGroups",
        lambda item: Arm(
            label=item.line("label") or "",
            type=item.code("type", codes.ARM_TYPES),
            description=item.text("description"),
            interventions=item.texts("interventionNames"),
        ),
    )
    return by_arm(arms)


def read_interventions(section: Section) -> dict[str, Intervention]:
    found = section.each(
        "interventions",
        lambda item: Intervention(
            name=item.line("name") or "",
            type=item.code("type", codes.INTERVENTION_TYPES),
            description=item.text("description"),
            arms=item.texts("armGroupLabels"),
            other_names=item.texts("otherNames"),
        ),
    )
    return by_intervention(found)


def _outcomes(section: Section, name: str) -> dict[str, OutcomeMeasure]:
    found = section.each(
        name,
        lambda item: OutcomeMeasure(item.line("measure") or "", item.line("timeFrame"), item.text("description")),
    )
    return by_outcome(found)


def read_outcomes(section: Section) -> Outcomes:
    return Outcomes(
        primary=_outcomes(section, "primaryOutcomes"),
        secondary=_outcomes(section, "secondaryOutcomes"),
        other=_outcomes(section, "otherOutcomes"),
    )


def _contacts(section: Section, name: str) -> dict[str, Contact]:
    found = section.each(
        name,
        lambda item: Contact(
            name=item.line("name"),
            role=item.line("role"),
            phone=" ext. ".join(part for part in (item.line("phone"), item.line("phoneExt")) if part) or None,
            email=item.line("email"),
            affiliation=item.line("affiliation"),
        ),
    )
    return keyed(found, lambda item: item.name or "", lambda item: item.role or "", lambda item: item.email or "")


def read_contacts(section: Section) -> Contacts:
    return Contacts(central=_contacts(section, "centralContacts"), officials=_contacts(section, "overallOfficials"))


def _site(item: Section) -> Site:
    """Read a site. If the content hash leaves the city out, the city is not read, even if the postcode turns out to be
    empty.
    """
    unsaid = item.line("zip") is None and is_noise(_CITY, item.raw.get("city"), item.raw)
    return Site(
        facility=item.line("facility"),
        city=None if unsaid else item.line("city"),
        state=item.line("state"),
        zip=item.line("zip"),
        country=item.line("country"),
        status=item.code("status", codes.SITE_STATUSES),
        contacts=_contacts(item, "contacts") if item.has("contacts") else {},
    )


def read_sites(section: Section) -> dict[str, Site]:
    return by_site(section.each("locations", _site))


def _retractions(reference: Section) -> tuple[str, ...]:
    """Return the sources, in an order that does not depend on their spelling."""
    sources = [part.line("source") or "" for part in reference.sections("retractions")]
    return tuple(sorted(sources, key=lambda text: (compared(text), text)))


def _retraction_pmids(reference: Section) -> tuple[str, ...]:
    return tuple(sorted(pmid for part in reference.sections("retractions") if (pmid := part.word("pmid"))))


def read_references(section: Section) -> dict[str, Reference]:
    found = section.each(
        "references",
        lambda item: Reference(
            citation=item.line("citation"),
            pmid=item.word("pmid"),
            type=item.word("type"),
            retractions=_retractions(item),
            retraction_pmids=_retraction_pmids(item),
        ),
    )
    return keyed(found, lambda item: item.pmid or item.citation or "", lambda item: item.citation or "")


def read_links(section: Section) -> dict[str, RecordLink]:
    """Read the links of the record, and the places that offer participants' data."""
    links = [RecordLink(item.line("url") or "", item.line("label")) for item in section.sections("seeAlsoLinks")]
    for item in section.sections("availIpds"):
        words = (item.word("type"), item.line("id"), item.text("comment"))
        links.append(RecordLink(item.line("url") or "", ": ".join(word for word in words if word) or None))
    return keyed(links, lambda link: link.url, lambda link: link.label or "")


def read_documents(section: Section) -> dict[str, TrialDocument]:
    found = section.each(
        "largeDocs",
        lambda item: TrialDocument(
            label=item.line("label"),
            type=item.word("typeAbbrev"),
            date=item.word("date"),
            uploaded=item.word("uploadDate"),
            filename=item.line("filename"),
            size=item.count("size"),
            protocol=item.flag("hasProtocol"),
            analysis_plan=item.flag("hasSap"),
            consent_form=item.flag("hasIcf"),
        ),
    )
    return keyed(found, lambda item: item.filename or item.label or "", lambda item: item.date or "")
