"""Read what a ClinicalTrials.gov record reports: its results section, whole, in our own form. Pure.

This is read on demand only, because a section can be many times as large as all the rest of a record.
"""

from __future__ import annotations

from tracker.errors import Unreadable
from tracker.records.json_objects import RawRecord
from tracker.records.results.reported import Agreement, PointOfContact, Reported
from tracker.registries.ctgov.results.adverse_events import adverse_events
from tracker.registries.ctgov.results.flow import flow
from tracker.registries.ctgov.results.measures import baseline, outcome_measures
from tracker.registries.ctgov.results.raw import RawAgreement, RawContact, raw_section
from tracker.registries.ctgov.results.texts import line, text

__all__ = ["reported_of"]


def reported_of(document: RawRecord) -> Reported | None:
    """Return what a v2 document reports, or None if it has no results. Raise Unreadable."""
    section = document.get("resultsSection")
    if not section:
        return None
    if not isinstance(section, dict):
        raise Unreadable("resultsSection", "an object", type(section).__name__)
    raw = raw_section(section)
    more = raw.more_info_module
    limitations = more.limitations_and_caveats
    return Reported(
        flow=flow(raw.participant_flow_module),
        baseline=baseline(raw.baseline_characteristics_module),
        measures=outcome_measures(raw.outcome_measures_module.outcome_measures),
        adverse_events=adverse_events(raw.adverse_events_module),
        limitations=text(limitations.description) if limitations else None,
        agreement=_agreement(more.certain_agreement) if more.certain_agreement else None,
        contact=_contact(more.point_of_contact) if more.point_of_contact else None,
    )


def _agreement(raw: RawAgreement) -> Agreement:
    return Agreement(
        investigators_are_employees=raw.pi_sponsor_employee,
        restrictive=raw.restrictive_agreement,
        restriction=line(raw.restriction_type),
        details=text(raw.other_details),
    )


def _contact(raw: RawContact) -> PointOfContact:
    return PointOfContact(
        title=line(raw.title),
        organization=line(raw.organization),
        email=line(raw.email),
        phone=line(raw.phone),
        extension=line(raw.phone_ext),
    )
