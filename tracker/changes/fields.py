"""Which field is what: the one table to edit to rename, re-class or silence a field.

Each row: path pattern -> label, kind of event it belongs to, class. `*` stands for one key of a keyed map, `**` for
whatever is left. The first row that fits wins. Class is the event's severity unless `events.py` knows better from the
values (a status that stopped, a target cut by a fifth, a date that slipped a quarter).

To silence a field for alerts, give it kind ADMIN. To stop comparing it at all, give it kind None.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

__all__ = ["ADMIN", "FIELDS", "KEY", "SEVERITIES", "Field", "field_of", "name_of", "worst"]

SEVERITIES = ("admin", "minor", "major", "critical")
ADMIN = "admin.changed"
KEY = "key"
"""The last part of the path under which an item's new key is told: ``sites.<key>.key``."""


class Field(NamedTuple):
    pattern: str
    label: str
    kind: str | None
    severity: str = "minor"


FIELDS: tuple[Field, ...] = (
    # about the record itself
    Field("trial", "Trial", None),
    Field("registry", "Registry", None),
    Field("url", "Address", None),
    Field("absent.**", "Sections absent by source", None),
    Field("warnings.**", "Reading warnings", None),
    Field("mesh.**", "Subject headings", None),
    Field("countries", "Countries", None),  # follows from the sites
    Field("aliases", "Obsolete ids", ADMIN, "admin"),
    # status
    Field("status", "Recruitment status", "status.changed", "major"),
    Field("why_stopped", "Why stopped", "status.changed", "minor"),
    Field("last_known_status", "Last known status", "status.changed", "minor"),
    # enrollment
    Field("enrollment.count", "Enrollment", "enrollment", "minor"),
    Field("enrollment.type", "Enrollment type", "enrollment", "minor"),
    # dates
    Field("dates.start", "Start", "date.start_changed"),
    Field("dates.start.type", "Start type", "date.start_changed"),
    Field("dates.primary_completion", "Primary completion", "date.primary_completion_changed"),
    Field("dates.primary_completion.type", "Primary completion type", "date.primary_completion_changed"),
    Field("dates.completion", "Completion", "date.completion_changed"),
    Field("dates.completion.type", "Completion type", "date.completion_changed"),
    Field("dates.first_submitted", "First submitted", ADMIN, "admin"),
    Field("dates.first_submitted_qc", "First submission passed quality control", ADMIN, "admin"),
    Field("dates.first_posted", "First posted", ADMIN, "admin"),
    Field("dates.first_posted.type", "First posted type", ADMIN, "admin"),
    Field("dates.last_update_submitted", "Last update submitted", ADMIN, "admin"),
    Field("dates.last_update_posted", "Last update posted", ADMIN, "admin"),
    Field("dates.last_update_posted.type", "Last update posted type", ADMIN, "admin"),
    Field("dates.verified", "Record verified", ADMIN, "admin"),
    # results: which of the results.* kinds is told by results/cycle.py
    Field("results.estimated_submission", "Estimated first submission of results", None),  # follows from the rounds
    Field("results.waived", "Results waived", ADMIN, "admin"),
    Field("results.claimed", "Results claimed, against the rest of the record", ADMIN, "admin"),
    Field("results.unposted_party", "Responsible party of results not posted", ADMIN, "admin"),
    Field("results.delay.**", "Certificate of delay", "results.delay_certified", "major"),
    Field("results.state", "Results state", "results", "major"),
    Field("results.submissions", "Submission rounds", "results", "major"),
    Field("results.summary.modules.*", "Part of the results", "results", "minor"),
    Field("results.first_submitted", "Results first submitted", "results", "minor"),
    Field("results.first_submitted_qc", "Results passed quality control", "results", "minor"),
    Field("results.first_posted", "Results first posted", "results", "minor"),
    Field("results.first_posted.type", "Results first posted type", "results", "minor"),
    Field("results.summary.participants", "Participants in the results", "results", "minor"),
    Field("results.summary.primary_measures", "Primary measures", "results", "minor"),
    Field("results.summary.secondary_measures", "Secondary measures", "results", "minor"),
    Field("results.summary.other_measures", "Other measures", "results", "minor"),
    Field("results.summary.serious_events_affected", "With serious adverse events", "results", "minor"),
    Field("results.summary.other_events_affected", "With other adverse events", "results", "minor"),
    Field("results.summary.deaths_affected", "Deaths", "results", "minor"),
    Field("results.summary.event_groups", "Adverse events by group", "results", "minor"),
    Field("results.**", "Results", "results", "minor"),
    # protocol
    Field("outcomes.primary.**", "Primary outcome", "outcome.primary_changed", "major"),
    Field("outcomes.secondary.**", "Secondary outcome", "outcome.secondary_changed"),
    Field("outcomes.other.**", "Other outcome", "outcome.secondary_changed"),
    Field("phases", "Phase", "phase.changed", "major"),
    Field("sponsor.lead", "Lead sponsor", "sponsor.changed", "major"),
    Field("sponsor.collaborators.*.key", "Collaborator renamed", ADMIN, "admin"),
    Field("sponsor.collaborators.**", "Collaborator", "sponsor.changed", "minor"),
    Field("sponsor.**", "Sponsor and responsible party", ADMIN, "admin"),
    Field("eligibility.criteria", "Eligibility criteria", "eligibility.changed"),
    Field("eligibility.minimum_age", "Minimum age", "eligibility.changed"),
    Field("eligibility.maximum_age", "Maximum age", "eligibility.changed"),
    Field("eligibility.**", "Eligibility", "eligibility.changed"),
    Field("arms.*.key", "Arm renamed", ADMIN, "admin"),
    Field("arms.**", "Arm", "arms.changed"),
    Field("interventions.*.key", "Intervention renamed", ADMIN, "admin"),
    Field("interventions.**", "Intervention", "arms.changed"),
    Field("study_type", "Study type", "design.changed"),
    Field("design.**", "Design", "design.changed"),
    Field("oversight.fdaaa801_violation", "Violation of FDAAA 801, found by the FDA", "fda.notice", "major"),
    Field("oversight.**", "Oversight", "design.changed"),
    Field("conditions", "Conditions", "conditions.changed"),
    Field("keywords", "Keywords", "conditions.changed"),
    Field("title.brief", "Title", "title.changed"),
    Field("title.official", "Official title", "title.changed"),
    Field("title.acronym", "Acronym", "title.changed"),
    Field("summary", "Brief summary", ADMIN, "admin"),
    Field("description", "Detailed description", ADMIN, "admin"),
    # sites
    Field("sites.*.key", "Site renamed", ADMIN, "admin"),
    Field("sites.*", "Site", "site"),
    Field("sites.*.status", "Site status", "site.status_changed"),
    Field("sites.*.contacts.**", "Site contact", ADMIN, "admin"),
    Field("sites.*.**", "Site details", ADMIN, "admin"),
    # countries, where each has a record of its own
    Field("parts.*", "Country", "country.changed"),
    Field("parts.*.status", "Status in a country", "country.changed"),
    Field("parts.*.**", "Details of a country", ADMIN, "admin"),
    # papers
    Field("documents.*.key", "Document renamed", ADMIN, "admin"),
    Field("documents.*", "Document", "document"),
    Field("documents.*.**", "Document details", ADMIN, "admin"),
    Field("references.*.key", "Reference renamed", ADMIN, "admin"),
    Field("references.*", "Reference", "reference"),
    Field("references.*.type", "What a reference is to the trial", "reference"),
    Field("references.*.retractions", "Retraction", "reference.retracted", "major"),
    Field("references.*.retraction_pmids", "PubMed number of a retraction", "reference.retracted", "major"),
    Field("references.*.**", "Reference details", ADMIN, "admin"),
    # beside the record
    Field("fda_notices.*", "FDA notice", "fda.notice", "major"),
    Field("fda_notices.*.**", "Details of an FDA notice", "fda.notice"),
    Field("expanded_access.available", "Expanded access", "expanded_access.changed", "major"),
    Field("expanded_access.status", "Status of the expanded access", "expanded_access.changed"),
    Field("expanded_access.named_by", "Trials that name this expanded access", ADMIN, "admin"),
    # the rest
    Field("no_analysis_plan", "No statistical analysis plan", ADMIN, "admin"),
    Field("links.**", "Link", ADMIN, "admin"),
    Field("contacts.**", "Contact", ADMIN, "admin"),
    Field("identifiers.**", "Other identifier", ADMIN, "admin"),
    Field("ipd.**", "Sharing of participant data", ADMIN, "admin"),
    Field("related", "Related trials", "expanded_access.changed"),
    Field("delayed_posting", "Delayed posting", ADMIN, "admin"),
    Field("other.**", "Unnamed registry field", ADMIN, "admin"),
)

_UNNAMED = Field("**", "Other field", ADMIN, "admin")
_ROWS = {
    head: tuple((tuple(row.pattern.split(".")), row) for row in FIELDS if row.pattern.partition(".")[0] == head)
    for head in {row.pattern.partition(".")[0] for row in FIELDS}
}
"""By the first name of the path: a record of many items asks about each of their fields."""
_NAMED = {
    head: frozenset(at for pattern, _ in rows for at, part in enumerate(pattern) if part not in ("*", "**"))
    for head, rows in _ROWS.items()
}
"""Where in a path a row of its family names something. What stands elsewhere is the key of an item."""


def name_of(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path a field goes by: the text of a dated value (``dates.start.date``) goes by the name of the value."""
    return path[:-1] if path[-1] == "date" and path[0] in ("dates", "results") else path


@lru_cache(maxsize=4096)
def field_of(path: tuple[str, ...]) -> Field:
    """The table's row for a path of a record's document."""
    named = name_of(path)
    telling = _NAMED.get(named[0], frozenset())
    return _row(tuple([part if at in telling else "*" for at, part in enumerate(named)]))


@lru_cache(maxsize=4096)
def _row(path: tuple[str, ...]) -> Field:
    """The row for a path without the keys of items. Such paths are few, however many items a record has."""
    return next((row for pattern, row in _ROWS.get(path[0], ()) if _fits(pattern, path)), _UNNAMED)


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    for position, part in enumerate(pattern):
        if part == "**":
            return True
        if position >= len(path) or part not in ("*", path[position]):
            return False
    return len(pattern) == len(path)


def worst(severities: list[str]) -> str:
    """The most severe of them; ``admin`` of none."""
    return max(severities, key=SEVERITIES.index, default="admin")
