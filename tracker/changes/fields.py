"""The table of fields. Edit it to rename a field, change its class, or silence it.

Each row has a path pattern, a label, the kind of event (or a group whose builder chooses the kind) and a class. `*`
stands for one key of a keyed map, `**` for the rest of the path. The first matching row counts. The class is the
severity of the event, unless the code of its kind knows better from the values (a status that stopped, a target cut by
a fifth, a date that slipped by three months).

To silence a field for alerts, give it the kind ADMIN. To stop comparing it, give it the kind None.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from storage.values.severity import Severity

__all__ = ["ADMIN", "FIELDS", "FROM_SECTIONS", "KEY", "FieldRule", "field_of", "name_of"]

ADMIN = "admin.changed"
KEY = "key"
"""Last part of the path that reports an item's new key: ``sites.<key>.key``."""


class FieldRule(NamedTuple):
    pattern: str
    label: str
    kind: str | None
    severity: Severity = Severity.MINOR


FROM_SECTIONS = {
    "results": ("derivedSection", "annotationSection"),
    "documents": ("documentSection",),
    "no_analysis_plan": ("documentSection",),
    "fda_notices": ("annotationSection",),
}
"""Top-level fields that come from sections of a document which some sources never have, as the history of
ClinicalTrials.gov. Without the section a field is unknown, not empty, and is not compared."""

FIELDS: tuple[FieldRule, ...] = (
    # about the record itself
    FieldRule("trial", "Trial", None),
    FieldRule("registry", "Registry", None),
    FieldRule("url", "Address", None),
    FieldRule("absent.**", "Sections absent by source", None),
    FieldRule("warnings.**", "Reading warnings", None),
    FieldRule("mesh.**", "Subject headings", None),
    FieldRule("countries", "Countries", None),  # follows from the sites
    FieldRule("aliases", "Obsolete ids", ADMIN, Severity.ADMIN),
    # status
    FieldRule("status", "Recruitment status", "status.changed", Severity.MAJOR),
    FieldRule("why_stopped", "Why stopped", "status.changed", Severity.MINOR),
    FieldRule("last_known_status", "Last known status", "status.changed", Severity.MINOR),
    # enrollment
    FieldRule("enrollment.count", "Enrollment", "enrollment", Severity.MINOR),
    FieldRule("enrollment.type", "Enrollment type", "enrollment", Severity.MINOR),
    # dates
    FieldRule("dates.start", "Start", "date.start_changed"),
    FieldRule("dates.start.type", "Start type", "date.start_changed"),
    FieldRule("dates.primary_completion", "Primary completion", "date.primary_completion_changed"),
    FieldRule("dates.primary_completion.type", "Primary completion type", "date.primary_completion_changed"),
    FieldRule("dates.completion", "Completion", "date.completion_changed"),
    FieldRule("dates.completion.type", "Completion type", "date.completion_changed"),
    FieldRule("dates.first_submitted", "First submitted", ADMIN, Severity.ADMIN),
    FieldRule("dates.first_submitted_qc", "First submission passed quality control", ADMIN, Severity.ADMIN),
    FieldRule("dates.first_posted", "First posted", ADMIN, Severity.ADMIN),
    FieldRule("dates.first_posted.type", "First posted type", ADMIN, Severity.ADMIN),
    FieldRule("dates.last_update_submitted", "Last update submitted", ADMIN, Severity.ADMIN),
    FieldRule("dates.last_update_posted", "Last update posted", ADMIN, Severity.ADMIN),
    FieldRule("dates.last_update_posted.type", "Last update posted type", ADMIN, Severity.ADMIN),
    FieldRule("dates.verified", "Record verified", ADMIN, Severity.ADMIN),
    # results: results/cycle.py decides which of the results.* kinds applies
    FieldRule("results.estimated_submission", "Estimated first submission of results", None),  # follows from the rounds
    FieldRule("results.waived", "Results waived", ADMIN, Severity.ADMIN),
    FieldRule("results.claimed", "Results claimed, against the rest of the record", ADMIN, Severity.ADMIN),
    FieldRule("results.unposted_party", "Responsible party of results not posted", ADMIN, Severity.ADMIN),
    FieldRule("results.delay.**", "Certificate of delay", "results.delay_certified", Severity.MAJOR),
    FieldRule("results.state", "Results state", "results", Severity.MAJOR),
    FieldRule("results.submissions", "Submission rounds", "results", Severity.MAJOR),
    FieldRule("results.summary.modules.*", "Part of the results", "results", Severity.MINOR),
    FieldRule("results.first_submitted", "Results first submitted", "results", Severity.MINOR),
    FieldRule("results.first_submitted_qc", "Results passed quality control", "results", Severity.MINOR),
    FieldRule("results.first_posted", "Results first posted", "results", Severity.MINOR),
    FieldRule("results.first_posted.type", "Results first posted type", "results", Severity.MINOR),
    FieldRule("results.summary.participants", "Participants in the results", "results", Severity.MINOR),
    FieldRule("results.summary.primary_measures", "Primary measures", "results", Severity.MINOR),
    FieldRule("results.summary.secondary_measures", "Secondary measures", "results", Severity.MINOR),
    FieldRule("results.summary.other_measures", "Other measures", "results", Severity.MINOR),
    FieldRule("results.summary.serious_events_affected", "With serious adverse events", "results", Severity.MINOR),
    FieldRule("results.summary.other_events_affected", "With other adverse events", "results", Severity.MINOR),
    FieldRule("results.summary.deaths_affected", "Deaths", "results", Severity.MINOR),
    FieldRule("results.summary.event_groups", "Adverse events by group", "results", Severity.MINOR),
    FieldRule("results.**", "Results", "results", Severity.MINOR),
    # what was reported, compared by tracker/changes/reported: severities there depend on what differs
    FieldRule("reported.measures.**", "Reported result", "results.measure_changed"),
    FieldRule("reported.adverse_events.**", "Reported adverse events", "results.safety_changed"),
    FieldRule("reported.flow.**", "Reported participant flow", "results.flow_changed"),
    FieldRule("reported.baseline.**", "Reported baseline", "results.baseline_changed"),
    FieldRule("reported.contact.**", "Point of contact for the results", ADMIN, Severity.ADMIN),
    FieldRule("reported.**", "Posted results", "results.updated"),
    # protocol
    FieldRule("outcomes.primary.**", "Primary outcome", "outcome.primary_changed", Severity.MAJOR),
    FieldRule("outcomes.secondary.**", "Secondary outcome", "outcome.secondary_changed"),
    FieldRule("outcomes.other.**", "Other outcome", "outcome.secondary_changed"),
    FieldRule("phases", "Phase", "phase.changed", Severity.MAJOR),
    FieldRule("sponsor.lead", "Lead sponsor", "sponsor.changed", Severity.MAJOR),
    FieldRule("sponsor.collaborators.*.key", "Collaborator renamed", ADMIN, Severity.ADMIN),
    FieldRule("sponsor.collaborators.**", "Collaborator", "sponsor.changed", Severity.MINOR),
    FieldRule("sponsor.**", "Sponsor and responsible party", ADMIN, Severity.ADMIN),
    FieldRule("eligibility.criteria", "Eligibility criteria", "eligibility.changed"),
    FieldRule("eligibility.minimum_age", "Minimum age", "eligibility.changed"),
    FieldRule("eligibility.maximum_age", "Maximum age", "eligibility.changed"),
    FieldRule("eligibility.**", "Eligibility", "eligibility.changed"),
    FieldRule("arms.*.key", "Arm renamed", ADMIN, Severity.ADMIN),
    FieldRule("arms.**", "Arm", "arms.changed"),
    FieldRule("interventions.*.key", "Intervention renamed", ADMIN, Severity.ADMIN),
    FieldRule("interventions.**", "Intervention", "arms.changed"),
    FieldRule("study_type", "Study type", "design.changed"),
    FieldRule("design.**", "Design", "design.changed"),
    FieldRule("oversight.fdaaa801_violation", "Violation of FDAAA 801, found by the FDA", "fda.notice", Severity.MAJOR),
    FieldRule("oversight.**", "Oversight", "design.changed"),
    FieldRule("conditions", "Conditions", "conditions.changed"),
    FieldRule("keywords", "Keywords", "conditions.changed"),
    FieldRule("title.brief", "Title", "title.changed"),
    FieldRule("title.official", "Official title", "title.changed"),
    FieldRule("title.acronym", "Acronym", "title.changed"),
    FieldRule("summary", "Brief summary", ADMIN, Severity.ADMIN),
    FieldRule("description", "Detailed description", ADMIN, Severity.ADMIN),
    # sites
    FieldRule("sites.*.key", "Site renamed", ADMIN, Severity.ADMIN),
    FieldRule("sites.*", "Site", "site"),
    FieldRule("sites.*.status", "Site status", "site.status_changed"),
    FieldRule("sites.*.contacts.**", "Site contact", ADMIN, Severity.ADMIN),
    FieldRule("sites.*.**", "Site details", ADMIN, Severity.ADMIN),
    # countries, where each has a record of its own
    FieldRule("parts.*", "Country", "country.changed"),
    FieldRule("parts.*.status", "Status in a country", "country.changed"),
    FieldRule("parts.*.**", "Details of a country", ADMIN, Severity.ADMIN),
    # papers
    FieldRule("documents.*.key", "Document renamed", ADMIN, Severity.ADMIN),
    FieldRule("documents.*", "Document", "document"),
    FieldRule("documents.*.**", "Document details", ADMIN, Severity.ADMIN),
    FieldRule("references.*.key", "Reference renamed", ADMIN, Severity.ADMIN),
    FieldRule("references.*", "Reference", "reference"),
    FieldRule("references.*.type", "What a reference is to the trial", "reference"),
    FieldRule("references.*.retractions", "Retraction", "reference.retracted", Severity.MAJOR),
    FieldRule("references.*.retraction_pmids", "PubMed number of a retraction", "reference.retracted", Severity.MAJOR),
    FieldRule("references.*.**", "Reference details", ADMIN, Severity.ADMIN),
    # beside the record
    FieldRule("fda_notices.*", "FDA notice", "fda.notice", Severity.MAJOR),
    FieldRule("fda_notices.*.**", "Details of an FDA notice", "fda.notice"),
    FieldRule("expanded_access.available", "Expanded access", "expanded_access.changed", Severity.MAJOR),
    FieldRule("expanded_access.status", "Status of the expanded access", "expanded_access.changed"),
    FieldRule("expanded_access.named_by", "Trials that name this expanded access", ADMIN, Severity.ADMIN),
    # the rest
    FieldRule("no_analysis_plan", "No statistical analysis plan", ADMIN, Severity.ADMIN),
    FieldRule("links.**", "Link", ADMIN, Severity.ADMIN),
    FieldRule("contacts.**", "Contact", ADMIN, Severity.ADMIN),
    FieldRule("identifiers.**", "Other identifier", ADMIN, Severity.ADMIN),
    FieldRule("ipd.**", "Sharing of participant data", ADMIN, Severity.ADMIN),
    FieldRule("related", "Related trials", "expanded_access.changed"),
    FieldRule("delayed_posting", "Delayed posting", ADMIN, Severity.ADMIN),
    FieldRule("other.**", "Unnamed registry field", ADMIN, Severity.ADMIN),
)

_UNNAMED = FieldRule("**", "Other field", ADMIN, Severity.ADMIN)
_ROWS = {
    head: tuple((tuple(row.pattern.split(".")), row) for row in FIELDS if row.pattern.partition(".")[0] == head)
    for head in {row.pattern.partition(".")[0] for row in FIELDS}
}
"""Rows by the first part of the path, because a large record asks for each of its fields."""
_NAMED = {
    head: frozenset(at for pattern, _ in rows for at, part in enumerate(pattern) if part not in ("*", "**"))
    for head, rows in _ROWS.items()
}
"""Positions in a path where some row of the family has a name. At other positions stands the key of an item."""


def name_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path under which a field is known. The text of a date (``dates.start.date``) is known as the date."""
    return path[:-1] if path[-1] == "date" and path[0] in ("dates", "results") else path


@lru_cache(maxsize=4096)
def field_of(path: tuple[str, ...]) -> FieldRule:
    """Return the row of the table for a path of a record's document."""
    named = name_of(path)
    telling = _NAMED.get(named[0], frozenset())
    return _row(tuple([part if at in telling else "*" for at, part in enumerate(named)]))


@lru_cache(maxsize=4096)
def _row(path: tuple[str, ...]) -> FieldRule:
    """Return the row for a path without keys of items. There are few such paths, so caching them works."""
    return next((row for pattern, row in _ROWS.get(path[0], ()) if _fits(pattern, path)), _UNNAMED)


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    for position, part in enumerate(pattern):
        if part == "**":
            return True
        if position >= len(path) or part not in ("*", path[position]):
            return False
    return len(pattern) == len(path)
