"""The results section as the registry sends it. Types only, checked while they are read.

Source: the OpenAPI description of the registry, version 2.0.5. Every scalar is a text, apart from the counts of adverse
events and three flags. A field that is missing is None.
"""

from __future__ import annotations

import msgspec

from tracker.errors import Unreadable
from tracker.records.json_objects import RawRecord

__all__ = [
    "RawAdverseEvent",
    "RawAnalysis",
    "RawDenominator",
    "RawEventGroup",
    "RawEvents",
    "RawFlow",
    "RawFlowCount",
    "RawGroup",
    "RawMeasure",
    "RawMoreInfo",
    "RawPeriod",
    "RawSection",
    "raw_section",
]


class _Raw(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """An object of the registry. Fields that are not named here are covered by the digest of their module alone."""


class RawGroup(_Raw, frozen=True):
    id: str = ""
    title: str | None = None
    description: str | None = None


class RawCount(_Raw, frozen=True):
    group_id: str = ""
    value: str | None = None


class RawDenominator(_Raw, frozen=True):
    units: str | None = None
    counts: list[RawCount] = []


class RawMeasurement(_Raw, frozen=True):
    group_id: str = ""
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None


class RawCategory(_Raw, frozen=True):
    title: str | None = None
    measurements: list[RawMeasurement] = []


class RawClass(_Raw, frozen=True):
    title: str | None = None
    denoms: list[RawDenominator] = []
    categories: list[RawCategory] = []


class RawAnalysis(_Raw, frozen=True):
    group_ids: list[str] = []
    group_description: str | None = None
    tested_non_inferiority: bool | None = None
    non_inferiority_type: str | None = None
    non_inferiority_comment: str | None = None
    statistical_method: str | None = None
    statistical_comment: str | None = None
    p_value: str | None = None
    p_value_comment: str | None = None
    param_type: str | None = None
    param_value: str | None = None
    estimate_comment: str | None = None
    dispersion_type: str | None = None
    dispersion_value: str | None = None
    ci_pct_value: str | None = None
    ci_num_sides: str | None = None
    ci_lower_limit: str | None = None
    ci_lower_limit_comment: str | None = None
    ci_upper_limit: str | None = None
    ci_upper_limit_comment: str | None = None
    other_analysis_description: str | None = None


class RawMeasure(_Raw, frozen=True):
    """An outcome measure, or a measure of the baseline, which has fewer fields."""

    title: str | None = None
    type: str | None = None
    time_frame: str | None = None
    description: str | None = None
    population_description: str | None = None
    reporting_status: str | None = None
    anticipated_posting_date: str | None = None
    param_type: str | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    type_units_analyzed: str | None = None
    denom_units_selected: str | None = None
    groups: list[RawGroup] = []
    denoms: list[RawDenominator] = []
    classes: list[RawClass] = []
    analyses: list[RawAnalysis] = []


class RawFlowCount(_Raw, frozen=True):
    group_id: str = ""
    num_subjects: str | None = None
    num_units: str | None = None
    comment: str | None = None


class RawMilestone(_Raw, frozen=True):
    type: str | None = None
    comment: str | None = None
    achievements: list[RawFlowCount] = []


class RawWithdrawal(_Raw, frozen=True):
    type: str | None = None
    comment: str | None = None
    reasons: list[RawFlowCount] = []


class RawPeriod(_Raw, frozen=True):
    title: str | None = None
    milestones: list[RawMilestone] = []
    drop_withdraws: list[RawWithdrawal] = []


class RawFlow(_Raw, frozen=True):
    recruitment_details: str | None = None
    pre_assignment_details: str | None = None
    type_units_analyzed: str | None = None
    groups: list[RawGroup] = []
    periods: list[RawPeriod] = []


class RawBaseline(_Raw, frozen=True):
    population_description: str | None = None
    type_units_analyzed: str | None = None
    groups: list[RawGroup] = []
    denoms: list[RawDenominator] = []
    measures: list[RawMeasure] = []


class RawMeasures(_Raw, frozen=True):
    outcome_measures: list[RawMeasure] = []


class RawEventGroup(_Raw, frozen=True):
    id: str = ""
    title: str | None = None
    description: str | None = None
    deaths_num_affected: int | None = None
    deaths_num_at_risk: int | None = None
    serious_num_affected: int | None = None
    serious_num_at_risk: int | None = None
    other_num_affected: int | None = None
    other_num_at_risk: int | None = None


class RawEventCount(_Raw, frozen=True):
    group_id: str = ""
    num_events: int | None = None
    num_affected: int | None = None
    num_at_risk: int | None = None


class RawAdverseEvent(_Raw, frozen=True):
    term: str | None = None
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: str | None = None
    notes: str | None = None
    stats: list[RawEventCount] = []


class RawEvents(_Raw, frozen=True):
    time_frame: str | None = None
    description: str | None = None
    all_cause_mortality_comment: str | None = None
    frequency_threshold: str | None = None
    event_groups: list[RawEventGroup] = []
    serious_events: list[RawAdverseEvent] = []
    other_events: list[RawAdverseEvent] = []


class RawLimitations(_Raw, frozen=True):
    description: str | None = None


class RawAgreement(_Raw, frozen=True):
    pi_sponsor_employee: bool | None = None
    restrictive_agreement: bool | None = None
    restriction_type: str | None = None
    other_details: str | None = None


class RawContact(_Raw, frozen=True):
    title: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_ext: str | None = None


class RawMoreInfo(_Raw, frozen=True):
    limitations_and_caveats: RawLimitations | None = None
    certain_agreement: RawAgreement | None = None
    point_of_contact: RawContact | None = None


class RawSection(_Raw, frozen=True):
    """`resultsSection`."""

    participant_flow_module: RawFlow = RawFlow()
    baseline_characteristics_module: RawBaseline = RawBaseline()
    outcome_measures_module: RawMeasures = RawMeasures()
    adverse_events_module: RawEvents = RawEvents()
    more_info_module: RawMoreInfo = RawMoreInfo()


def raw_section(section: RawRecord) -> RawSection:
    """Return a results section with checked types. Raise Unreadable, with the path of the first wrong field."""
    try:
        return msgspec.convert(section, RawSection)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = f"resultsSection{where.rstrip('`')}"
        expected, _, found = what.removeprefix("Expected ").partition(", got ")
        raise Unreadable(path, expected.replace("`", ""), found.replace("`", "") or "something else") from error
