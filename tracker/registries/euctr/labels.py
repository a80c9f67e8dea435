"""The fixed parts of the pages of the EU register, and the labels that we read.

Data, and functions that look it up.

A page is a form: a sequence of tables, each row with its code, its label and its value. All trials have the same form.
Rows without a value are still there.
"""

from __future__ import annotations

from tracker.registries.page.layout import Layout

__all__ = [
    "ABSENT",
    "ALSO",
    "CODE",
    "COUNTRIES",
    "ENTERED",
    "LABELS",
    "LAYOUT",
    "NUMBER",
    "RESULTS",
    "RUNNING_ORDER",
    "STATUS",
    "STATUSES",
    "status_code",
]

NUMBER = "EudraCT Number:"
STATUS = "Trial Status:"
RESULTS = "Trial results"
ENTERED = "Date on which this record was first entered in the EudraCT database:"
"""Labels of the summary, at the top of the page."""

COUNTRIES = {
    "Austria": "AT",
    "Belgium": "BE",
    "Bulgaria": "BG",
    "Croatia": "HR",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Czechia": "CZ",
    "Denmark": "DK",
    "Estonia": "EE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hungary": "HU",
    "Iceland": "IS",
    "Ireland": "IE",
    "Italy": "IT",
    "Latvia": "LV",
    "Liechtenstein": "LI",
    "Lithuania": "LT",
    "Luxembourg": "LU",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "Romania": "RO",
    "Slovakia": "SK",
    "Slovenia": "SI",
    "Spain": "ES",
    "Sweden": "SE",
    "United Kingdom": "GB",
    "UK": "GB",
}
"""How the form names the countries in "Germany - BfArM"."""
CODE = r"(?:[A-Z]\.[0-9.]*(?: (?:and|to) [A-Z]\.[0-9.]+)?)?"
"""The text of the first cell of a row of the form."""

LABELS = {
    "A.1": "Member State Concerned",
    "A.2": "EudraCT number",
    "A.3": "Full title of the trial",
    "A.3.1": "Title of the trial for lay people",
    "A.3.2": "Name or abbreviated title",
    "A.4.1": "Sponsor's protocol code number",
    "A.5.1": "ISRCTN",
    "A.5.2": "US NCT",
    "A.5.3": "WHO Universal Trial",
    "B.1.1": "Name of Sponsor",
    "B.3.1 and B.3.2": "Status of the sponsor",
    "B.4.1": "Name of organisation providing support",
    "D.1.2 and D.1.3": "IMP Role",
    "D.2.1.1.1": "Trade name",
    "D.3.1": "Product name",
    "D.3.2": "Product code",
    "D.3.4": "Pharmaceutical form",
    "D.3.8": "INN - Proposed INN",
    "E.1.1": "Medical condition(s) being investigated",
    "E.2.1": "Main objective of the trial",
    "E.2.2": "Secondary objectives of the trial",
    "E.3": "Principal inclusion criteria",
    "E.4": "Principal exclusion criteria",
    "E.5.1": "Primary end point(s)",
    "E.5.1.1": "Timepoint(s) of evaluation",
    "E.5.2": "Secondary end point(s)",
    "E.5.2.1": "Timepoint(s) of evaluation",
    "E.7.1": "Human pharmacology",
    "E.7.2": "Therapeutic exploratory",
    "E.7.3": "Therapeutic confirmatory",
    "E.7.4": "Therapeutic use",
    "E.8.1.1": "Randomised",
    "E.8.1.2": "Open",
    "E.8.1.3": "Single blind",
    "E.8.1.4": "Double blind",
    "E.8.1.5": "Parallel group",
    "E.8.1.6": "Cross over",
    "E.8.4.1": "Number of sites anticipated in Member State concerned",
    "E.8.7": "Trial has a data monitoring committee",
    "F.1.1": "Trial has subjects under 18",
    "F.1.2": "Adults",
    "F.1.3": "Elderly",
    "F.2.1": "Female",
    "F.2.2": "Male",
    "F.3.1": "Healthy volunteers",
    "F.4.1": "In the member state",
    "F.4.2.1": "In the EEA",
    "F.4.2.2": "In the whole clinical trial",
}
"""How the label of each row that we read begins. The label identifies a row within its section: a row with a code of
this list and another label is another row.
"""

ALSO = {
    "F.1.1": "Number of subjects for this age range",
    "F.1.2": "Number of subjects for this age range",
    "F.1.3": "Number of subjects for this age range",
}
"""Rows that share the code of a row we read. Pages of trials outside the EU put such a row first."""

_ALWAYS = (
    "A.2 A.3 A.4.1 A.7 B.1.1 B.1.3.4 B.3.1 B.4.1 B.5.1 E.1.1 E.1.3 E.2.1 E.2.2 E.3 E.4 E.5.1 E.6.1 E.6.2 E.6.3 E.6.4 "
    "E.6.5 E.6.6 E.6.7 E.6.8 E.6.9 E.6.10 E.7.1 E.7.2 E.7.3 E.7.4 E.8.1 E.8.1.1 E.8.1.2 E.8.1.3 E.8.1.4 E.8.1.5 "
    "E.8.2.1 E.8.7 E.8.8 F.1.1 F.1.2 F.1.3 F.2.1 F.2.2 F.3.1 F.3.2 F.3.3 F.4.1 F.5"
).split()
LAYOUT = Layout(
    "the EU register's form",
    required=frozenset({NUMBER, ENTERED, RESULTS, "A.2"}),  # these identify a page of this register, and its trial
    usual=frozenset(_ALWAYS),
    least=0.85,
)

ABSENT = frozenset(
    {"", "na", "n/a", "n.a.", "n.a", "-", "none", "not applicable", "information not present in eudract", "pending"}
)
"""Values without meaning."""

STATUSES = {
    "Ongoing": "ONGOING",
    "Restarted": "ONGOING",
    "Completed": "COMPLETED",
    "Prematurely Ended": "TERMINATED",
    "Temporarily Halted": "SUSPENDED",
    "Suspended by CA": "SUSPENDED",
    "Prohibited by CA": "TERMINATED",
    "Not Authorised": "WITHDRAWN",
    "GB - no longer in EU/EEA": "UNKNOWN",
    "Trial now transitioned": "TRANSITIONED",
}
"""The register's statuses as the words that all registries share here. Its search form lists the first eight. The
register sets the last two itself, for trials that it no longer follows. TRANSITIONED means that the trial goes on in
CTIS, the register that replaced this one, and that nothing new is written here.
"""
RUNNING_ORDER = ("ONGOING", "SUSPENDED", "TRANSITIONED", "COMPLETED", "TERMINATED", "WITHDRAWN", "UNKNOWN")
"""A trial goes on as long as it goes on in one country. The first of these that any country has is the trial's
status.
"""
_BY_WORDS = {" ".join(words.split()).casefold(): code for words, code in STATUSES.items()}


def status_code(words: str) -> str | None:
    """Return the code of a status as the register writes it, in any case and spacing. None if the status is unknown."""
    return _BY_WORDS.get(" ".join(words.split()).casefold())
