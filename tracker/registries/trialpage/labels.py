"""The labels of an aggregator's trial page: all that its layout promises. Data only.

Known from a page saved as text. Its HTML is not available, so nothing here depends on tags or classes.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.registries.page.layout import Layout

__all__ = [
    "HEADER",
    "LAYOUT",
    "NO_INTERVENTIONS",
    "ORIGIN",
    "RELATED",
    "SECTIONS",
    "SITE_STATUSES",
    "WHOLE_LINES",
    "mark",
]

ORIGIN = "NCT ID"
HEADER: tuple[str, ...] = (ORIGIN, "Last Updated")
RELATED = "More Related Trials"
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Study Results": (),
    "Basic Information": (
        "Recruitment Status",
        "Clinical Phase",
        "Total Enrollment",
        "Study Classification",
        "Study Start Date",
        "Primary Completion Date",
        "Study Completion Date",
    ),
    "Brief Summary": (),
    "Detailed Description": (),
    "Conditions": (),
    "Study Design": ("Allocation Method", "Intervention Model", "Primary Study Purpose", "Blinding Strategy"),
    "Study Groups": ("Group Type", "Intervention Type"),
    "Interventions": ("Intervention Type",),
    "Eligibility Criteria": (
        "Inclusion Criteria",
        "Exclusion Criteria",
        "Minimum Eligible Age",
        "Maximum Eligible Age",
        "Eligible Sex",
        "Accepts Healthy Volunteers",
    ),
    "Sponsors": ("Sponsor Role",),
    "Responsible Party": ("Responsibility Role",),
    "Locations": ("Site Status",),
    "Countries": (),
    "Other Identifiers": ("Identifier Type", "Identifier Source"),
    RELATED: (),
}
"""The sections in the page's order, each with the labels that occur only in it."""
WHOLE_LINES = frozenset({"Inclusion Criteria", "Exclusion Criteria"})
"""Labels whose content follows in lines of its own. A line that only begins with one is text."""
SITE_STATUSES = frozenset(
    "ACTIVE_NOT_RECRUITING COMPLETED ENROLLING_BY_INVITATION NOT_YET_RECRUITING RECRUITING SUSPENDED TERMINATED "
    "WITHDRAWN AVAILABLE UNKNOWN".split()
)
"""The possible statuses of a site. Most sites have none, and the next site follows at once."""
NO_INTERVENTIONS = "no interventions assigned"
"""How the line of a group without interventions begins."""


def mark(section: str, label: str = "") -> str:
    """Return the name of a section or a label among the marks of a layout."""
    return f"{section} / {label}" if label else section


LAYOUT = Layout(
    "a trial page (NCT ID, Basic Information, …)",
    required=frozenset({ORIGIN, "Basic Information", mark("Basic Information", "Recruitment Status")}),
    usual=frozenset(
        {
            "Last Updated",
            "Study Results",
            "Brief Summary",
            "Conditions",
            "Study Design",
            "Study Groups",
            "Interventions",
            "Eligibility Criteria",
            "Sponsors",
            "Locations",
            mark("Basic Information", "Total Enrollment"),
            mark("Basic Information", "Study Classification"),
            mark("Basic Information", "Study Start Date"),
            mark("Basic Information", "Study Completion Date"),
        }
    ),
    least=0.7,
)
