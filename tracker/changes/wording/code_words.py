"""Registry codes in words, and which fields hold codes. Unknown codes get a readable default. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from tracker.changes.wording.words import phase_words, shortened, status_words

__all__ = ["code_words", "holds_codes"]

_LONGEST = 60
_STATUS = frozenset({"status", "last_known_status"})
_WORDS = {
    # design
    "NA": "Not applicable",
    "SINGLE_GROUP": "Single group",
    "PARALLEL": "Parallel groups",
    "ECT": "Education, counselling or training",
    "CASE_CONTROL": "Case-control",
    "CASE_ONLY": "Case-only",
    "CASE_CROSSOVER": "Case-crossover",
    "ECOLOGIC_OR_COMMUNITY": "Ecologic or community study",
    "FAMILY_BASED": "Family-based",
    "CROSS_SECTIONAL": "Cross-sectional",
    "SAMPLES_WITH_DNA": "Samples with DNA",
    "SAMPLES_WITHOUT_DNA": "Samples without DNA",
    "NON_PROBABILITY_SAMPLE": "Non-probability sample",
    # who may take part
    "ALL": "All sexes",
    "FEMALE": "Female",
    "MALE": "Male",
    "CHILD": "Children",
    "ADULT": "Adults",
    "OLDER_ADULT": "Older adults",
    # sponsors and papers
    "NIH": "US National Institutes of Health",
    "FED": "US federal agency",
    "OTHER_GOV": "Other government",
    "INDIV": "Individual",
    "AMBIG": "Not clear",
    "BACKGROUND": "Background",
    "RESULT": "Results of this trial",
    "DERIVED": "Found by the registry",
    "EUDRACT_NUMBER": "EudraCT number",
    "CTIS": "EU trial number (CTIS)",
    "WHO_UTN": "WHO universal trial number",
    "org_study_id": "the sponsor's own number",
    "ISRCTN": "ISRCTN",
    "NCT": "NCT number",
    # what is planned to be shared
    "CSR": "Clinical study report",
    "ICF": "Informed consent form",
    "SAP": "Statistical analysis plan",
    # the registry's own steps with results
    "RELEASE": "Submitted",
    "RESET": "Sent back",
    "UNRELEASE": "Cancelled",
    # posted results
    "OTHER_PRE_SPECIFIED": "Other pre-specified",
    "NON_INFERIORITY": "Non-inferiority",
    "NON_INFERIORITY_OR_EQUIVALENCE": "Non-inferiority or equivalence",
    "NON_INFERIORITY_OR_EQUIVALENCE_LEGACY": "Non-inferiority or equivalence (legacy)",
    "SUPERIORITY_OR_OTHER_LEGACY": "Superiority or other (legacy)",
    "NON_SYSTEMATIC_ASSESSMENT": "Non-systematic assessment",
    "LTE60": "Held back for at most 60 days",
    "GT60": "Held back for more than 60 days",
    # notices of the FDA
    "VIOLATION_IDENTIFIED": "Violation found",
    "CORRECTION_CONFIRMED": "Correction confirmed",
    "PENALTY_IMPOSED": "Penalty imposed",
    "ISSUES_IN_LETTER_ADDRESSED_CONFIRMED": "Issues of its letter addressed",
}
_MASKING = {
    "NONE": "None (open label)",
    "SINGLE": "Single blind",
    "DOUBLE": "Double blind",
    "TRIPLE": "Triple blind",
    "QUADRUPLE": "Quadruple blind",
}
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_FIELDS = re.compile(
    r"(?:status|expanded_access\.status|fda_notices\.[^.]+\.type|last_known_status|study_type|phases|enrollment\.type|(?:dates|results)\..+\.type"
    r"|design\.(?:allocation|model|purpose|masking|who_masked|observational_model|time_perspective|biospecimens"
    r"|expanded_access_types)|(?:arms|interventions|references|identifiers|documents|parts|(?:contacts|outcomes)\.[a-z]+"
    r"|sites|sites\..+\.contacts)\.[^.]+\.(?:type|status|role)|eligibility\.(?:sex|standard_ages|sampling)"
    r"|sponsor\.(?:lead_kind|organization_kind|collaborators\.[^.]+\.kind|responsible_party\.type)|ipd\.(?:sharing|info_types)"
    r"|reported\.measures\.[^.]+\.(?:type|status)|reported\.agreement\.restriction"
    r"|reported\..+\.(?:statistic|dispersion|hypothesis|interval_sides|assessment))"
)
"""Names of the fields that hold codes. In other fields a word in capitals is just a word."""


@lru_cache(maxsize=1024)
def holds_codes(field: str) -> bool:
    """Return whether the values of a field are registry codes."""
    return _FIELDS.fullmatch(field) is not None


def code_words(code: str, field: str = "") -> str:
    """Return a code in words. Unknown codes become readable, and a value that is no code is returned as it is."""
    last = field.rpartition(".")[2]
    if last in _STATUS and (_CODE.fullmatch(code) or not code):
        return status_words(code or None)
    if last == "phases" and code != "NA" and _CODE.fullmatch(code):
        return phase_words([code])
    if last == "masking" and code in _MASKING:
        return _MASKING[code]
    if code in _WORDS:
        return _WORDS[code]
    return shortened(code.replace("_", " ").capitalize(), _LONGEST) if _CODE.fullmatch(code) else code
