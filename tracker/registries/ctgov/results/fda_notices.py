"""Data beside a ClinicalTrials.gov record: notices of the FDA, and expanded access to the drug."""

from __future__ import annotations

from tracker.records.keys import keyed
from tracker.records.oversight import ExpandedAccess, FdaNotice
from tracker.registries.ctgov import codes
from tracker.registries.typed_reading import Section

__all__ = ["read_expanded_access", "read_fda_notices"]


def read_fda_notices(document: Section) -> dict[str, FdaNotice]:
    annotation = document.section("annotationSection").section("annotationModule").section("violationAnnotation")
    found = annotation.each(
        "violationEvents",
        lambda item: FdaNotice(
            type=item.code("type", codes.FDA_NOTICES),
            description=item.text("description"),
            created=item.word("creationDate"),
            issued=item.word("issuedDate"),
            released=item.word("releaseDate"),
            posted=item.word("postedDate"),
        ),
    )
    return keyed(
        found,
        lambda item: item.type or "",
        lambda item: item.issued or item.created or "",
        lambda item: item.posted or "",
    )


def read_expanded_access(status: Section, design: Section) -> ExpandedAccess:
    """Read expanded access. As for the content hash, "no expanded access" is the same as a missing field."""
    info = status.section("expandedAccessInfo")
    return ExpandedAccess(
        available=info.flag("hasExpandedAccess") or None,
        status=info.code("statusForNctId", codes.STATUSES),
        named_by=design.count("nPtrsToThisExpAccNctId"),
    )
