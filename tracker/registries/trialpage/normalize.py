"""One trial page -> TrialRecord. Pure. Raise NORMALIZER when the same page begins to give another record.

Each function reads one section of `labels.SECTIONS`. What a page leaves out is None. The registry has more details
(types of dates, outcomes, contacts) that a page never has. They are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from storage.values.states import ResultsState
from tracker.errors import Unreadable
from tracker.records.dates import RegistryDate, precision
from tracker.records.maps import by_identifier, by_organization, by_site
from tracker.records.text import fold
from tracker.records.trial import (
    Dates,
    Design,
    Eligibility,
    Enrollment,
    Identifier,
    Organization,
    Party,
    Results,
    Site,
    Sponsor,
    Title,
    TrialRecord,
)
from tracker.registries.trialpage.groups import read_arms, read_interventions
from tracker.registries.trialpage.labels import ORIGIN, RELATED, SITE_STATUSES
from tracker.registries.trialpage.outline import LabelledLine, Outline
from tracker.registries.trialpage.page_values import blocks, code, text_of, value
from tracker.registries.typed_reading import Warnings

__all__ = ["NORMALIZER", "normalize"]

NORMALIZER = 1
_NCT = re.compile(r"NCT[0-9]{8}")
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?:\s+\w+)?")
_FLAGS = {"yes": True, "true": True, "accepted": True, "no": False, "false": False}
_BASIC, _DESIGN, _ELIGIBILITY = "Basic Information", "Study Design", "Eligibility Criteria"


def normalize(page: Outline) -> TrialRecord:
    """Return the record of a page. Raise Unreadable if its id or status cannot be read."""
    warnings = Warnings()
    trial = page.header.get(ORIGIN, "").strip()
    if not _NCT.fullmatch(trial):
        raise Unreadable(f"page.{ORIGIN}", "an id such as NCT05349331", repr(trial)[:40])
    interventions = read_interventions(page.sections)
    return TrialRecord(
        trial=trial,
        registry="trialpage",
        status=_status(page, trial),
        title=Title(brief=page.title or None),
        identifiers=by_identifier(_identifiers(page.sections.get("Other Identifiers", ()))),
        study_type=code(value(page, _BASIC, "Study Classification")),
        phases=_phases(value(page, _BASIC, "Clinical Phase")),
        enrollment=_enrollment(value(page, _BASIC, "Total Enrollment"), warnings),
        dates=_dates(page, warnings),
        summary=text_of(page.sections.get("Brief Summary", ())),
        description=text_of(page.sections.get("Detailed Description", ())),
        conditions=_names(page, "Conditions"),
        design=_design(page),
        arms=read_arms(page.sections, interventions),
        interventions=interventions,
        eligibility=_eligibility(page, warnings),
        sponsor=_sponsor(page),
        sites=by_site(_sites(page.sections.get("Locations", ()))),
        countries=_names(page, "Countries"),
        results=_results(page, warnings),
        related=_related(page, trial),
        other=_other(page),
        warnings=warnings.sorted(),
    )


def _status(page: Outline, trial: str) -> str:
    found = code(value(page, _BASIC, "Recruitment Status"))
    if found is None:
        raise Unreadable("page.Recruitment Status", "a status", "nothing", subject=trial)
    return found


def _phases(text: str | None) -> tuple[str, ...]:
    """``PHASE1/PHASE2``, ``Phase 1, Phase 2``: each by its code."""
    words = [code(part) for part in re.split(r"[/,|;]", re.sub(r"(?i)\bn/a\b", "NA", text or ""))]
    return tuple(sorted(re.sub(r"PHASE_(?=\d)", "PHASE", word) for word in words if word))


def _enrollment(text: str | None, warnings: Warnings) -> Enrollment:
    found = _COUNT.fullmatch(text or "")
    if text and found is None:
        warnings.add(f"Total Enrollment: {text[:60]} is no count")
    return Enrollment(int(found[1].replace(",", "")) if found else None)


def _dates(page: Outline, warnings: Warnings) -> Dates:
    def date(label: str) -> RegistryDate | None:
        return _date(label, value(page, _BASIC, label), warnings)

    return Dates(
        start=date("Study Start Date"),
        primary_completion=date("Primary Completion Date"),
        completion=date("Study Completion Date"),
        last_update_posted=_date("Last Updated", page.header.get("Last Updated"), warnings),
    )


def _date(label: str, text: str | None, warnings: Warnings) -> RegistryDate | None:
    if text and precision(text) == "odd":
        warnings.add(f"{label}: {text[:40]} is no date we can read")
    return RegistryDate(text) if text else None


def _names(page: Outline, section: str) -> tuple[str, ...]:
    """Return the lines of a section as a list of names, sorted as they are compared."""
    found = {line.text.removeprefix("* ") for line in page.sections.get(section, ()) if not line.label}
    return tuple(sorted(found, key=lambda text: (fold(text), text)))


def _design(page: Outline) -> Design:
    return Design(
        allocation=code(value(page, _DESIGN, "Allocation Method")),
        model=code(value(page, _DESIGN, "Intervention Model")),
        purpose=code(value(page, _DESIGN, "Primary Study Purpose")),
        masking=code(value(page, _DESIGN, "Blinding Strategy")),
    )


def _eligibility(page: Outline, warnings: Warnings) -> Eligibility:
    volunteers = value(page, _ELIGIBILITY, "Accepts Healthy Volunteers")
    flag = _FLAGS.get((volunteers or "").casefold())
    if volunteers and flag is None:
        warnings.add(f"Accepts Healthy Volunteers: {volunteers[:60]} is neither yes nor no")
    return Eligibility(
        criteria=_criteria(page.sections.get(_ELIGIBILITY, ())),
        sex=code(value(page, _ELIGIBILITY, "Eligible Sex")),
        minimum_age=value(page, _ELIGIBILITY, "Minimum Eligible Age"),
        maximum_age=value(page, _ELIGIBILITY, "Maximum Eligible Age"),
        healthy_volunteers=flag,
    )


def _criteria(lines: Sequence[LabelledLine]) -> str | None:
    """Return both lists as the registry writes them: a heading, and one item per line."""
    parts = []
    for label in ("Inclusion Criteria", "Exclusion Criteria"):
        items = [f"* {text.removeprefix('* ')}" for text in _below(lines, label)]
        if items:
            parts.append(f"{label}:\n\n" + "\n".join(items))
    return "\n\n".join(parts) or None


def _below(lines: Sequence[LabelledLine], label: str) -> Iterator[str]:
    """Yield the texts from a label to the next."""
    inside = False
    for item in lines:
        if item.label:
            inside = item.label == label
        if inside and item.text:
            yield item.text


def _sponsor(page: Outline) -> Sponsor:
    lead: Organization | None = None
    others: list[Organization] = []
    for texts, role in blocks(page.sections.get("Sponsors", ()), "Sponsor Role"):
        organization = Organization(texts[0], code(texts[1]) if len(texts) > 1 else None) if texts else None
        if organization and (code(role) == "LEAD" or lead is None):
            lead = organization
        elif organization:
            others.append(organization)
    return Sponsor(
        lead=lead.name if lead else None,
        lead_kind=lead.kind if lead else None,
        collaborators=by_organization(others),
        responsible_party=_party(page),
    )


def _party(page: Outline) -> Party | None:
    for texts, role in blocks(page.sections.get("Responsible Party", ()), "Responsibility Role"):
        name, title, affiliation = (*texts, None, None, None)[:3]
        return Party(type=code(role), name=name, title=title, affiliation=affiliation)
    return None


def _sites(lines: Sequence[LabelledLine]) -> Iterator[Site]:
    for texts, status in blocks(lines, "Site Status", SITE_STATUSES):
        if texts:
            city, state, country = _place(texts[1] if len(texts) > 1 else "")
            yield Site(facility=texts[0], city=city, state=state, country=country, status=code(status))


def _place(text: str) -> tuple[str | None, str | None, str | None]:
    """Split ``Guangzhou, Guangdong, China``. If there are two parts, the first is the city."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2:
        return (None, None, parts[0] if parts else None)
    return parts[0], ", ".join(parts[1:-1]) or None, parts[-1]


def _identifiers(lines: Sequence[LabelledLine]) -> Iterator[Identifier]:
    """Yield the ids, one per line, each with the type and the source in the lines below it."""
    for texts, labels in _grouped(lines):
        kind, source = (labels.get(name, "").strip("- ") or None for name in ("Identifier Type", "Identifier Source"))
        for text in texts:
            own = source == "org_study_id"
            yield Identifier(text, "org_study_id" if own else kind or source, kind if own else None)


def _grouped(lines: Sequence[LabelledLine]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield texts with the labels that follow them. A label's value may be on the next line."""
    empty = ""
    texts: list[str] = []
    labels: dict[str, str] = {}
    for item in (*lines, LabelledLine("", "")):
        if not item.label and empty and item.text:
            labels[empty] = item.text
        elif not item.label and labels:
            yield texts, labels
            texts, labels = [item.text], {}
        elif item.text and not item.label:
            texts.append(item.text.removeprefix("* "))
        empty = item.label if not item.text else ""
        if item.label:
            labels[item.label] = item.text


def _results(page: Outline, warnings: Warnings) -> Results:
    """Read the results. A page says "pending" for all trials without posted results, so that says nothing of a
    submission.
    """
    texts = [item.text for item in page.sections.get("Study Results", ())]
    if not texts or "pending" in texts[0].casefold():
        return Results(state=ResultsState.NONE if texts else None)
    warnings.add(f"Study Results: {texts[0][:60]} is not known to us")
    return Results()


def _related(page: Outline, trial: str) -> tuple[str, ...]:
    found = {name for line in page.sections.get(RELATED, ()) for name in _NCT.findall(line.text)}
    return tuple(sorted(found - {trial}))


def _other(page: Outline) -> dict[str, str]:
    """Return the page's own words about results."""
    results = text_of(page.sections.get("Study Results", ()))
    return {"page.study_results": results} if results else {}
