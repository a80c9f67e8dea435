"""Rows of reported results, by the column names of AACT. One row for each value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.records.results.reported import (
    Analysis,
    Cell,
    Denominator,
    EventGroupTotals,
    Measure,
    Reported,
    ReportedGroup,
    number_of,
    p_value_of,
)
from tracker.services.export.columns import Kind, Row, day_of

__all__ = ["GROUP", "VALUE", "VALUE_KEYS", "analysis_rows", "baseline_rows", "event_rows", "flow_rows", "measure_rows"]

Kinds = dict[str, Kind]
GROUP: Kinds = {"ctgov_group_code": "text", "group_title": "text", "group_description": "text"}
"""Columns of a group. The code is a position in one list: people join by it within a record, but it is no key."""
_NUMBER_ANALYZED: Kinds = {"number_analyzed": "integer", "number_analyzed_units": "text"}


# --- tables of values


def measure_rows(reported: Reported) -> Iterator[Row]:
    for key, measure in reported.measures.items():
        head = {
            "outcome_type": measure.type,
            "title": measure.title,
            "description": measure.description,
            "time_frame": measure.time_frame,
            "population": measure.population,
            "reporting_status": measure.status,
            "anticipated_posting_date": measure.anticipated_posting,
            "anticipated_posting_day": day_of(measure.anticipated_posting),
            "measure_key": key,
        }
        for row in _values(measure, measure.groups, measure.denominators):
            yield {**head, **row}


def baseline_rows(reported: Reported) -> Iterator[Row]:
    baseline = reported.baseline
    for key, measure in baseline.measures.items():
        head = {
            "title": measure.title,
            "description": measure.description,
            "population_description": measure.population or baseline.population,
            "calculate_percentage": "Yes" if measure.calculated_percentage else None,
            "measure_key": key,
        }
        denominators = measure.denominators or baseline.denominators
        units = measure.units_analyzed or baseline.units_analyzed
        for row in _values(measure, baseline.groups, denominators, units):
            yield {**head, **row}


def _values(
    measure: Measure,
    groups: Mapping[str, ReportedGroup],
    denominators: Mapping[str, Denominator],
    units: str | None = None,
) -> Iterator[Row]:
    """Yield a row for each value. A measure without values has one row, so that it is not lost."""
    head = {
        "units": measure.units,
        "units_analyzed": measure.units_analyzed,
        "param_type": measure.statistic,
        "dispersion_type": measure.dispersion,
    }
    none = True
    for name, categories in measure.rows.items():
        titles = measure.classes[name]
        counted = titles.denominators or denominators
        for category, cells in categories.items():
            for group, cell in cells.items():
                none = False
                yield {
                    **head,
                    "classification": titles.title or None,
                    "category": titles.categories.get(category) or None,
                    **_group(groups, group),
                    **_cell(cell),
                    **_analyzed(counted, group, measure.units_analyzed or units),
                    "class_key": name,
                    "category_key": category,
                    "group_key": group,
                }
    if none:
        yield {**head, **dict.fromkeys(_EMPTY_VALUE)}


def _group(groups: Mapping[str, ReportedGroup | EventGroupTotals], key: str) -> Row:
    group = groups.get(key)
    return {
        "ctgov_group_code": group.code if group else None,
        "group_title": group.title if group else key,
        "group_description": group.description if group else None,
    }


def _cell(cell: Cell) -> Row:
    return {
        "param_value": cell.value,
        "param_value_num": cell.number,
        "dispersion_value": cell.spread,
        "dispersion_value_num": number_of(cell.spread),
        "dispersion_lower_limit": number_of(cell.lower),
        "dispersion_upper_limit": number_of(cell.upper),
        "dispersion_lower_limit_raw": cell.lower,
        "dispersion_upper_limit_raw": cell.upper,
        "explanation_of_na": cell.comment,
    }


def _analyzed(denominators: Mapping[str, Denominator], group: str, units: str | None) -> Row:
    """Return the denominator in force: that of the units analyzed, else that of participants, else the only one."""
    found = list(denominators.values())
    wanted = (units or "Participants").casefold()
    chosen = next((it for it in found if it.units.casefold() == wanted), found[0] if found else None)
    count = number_of(chosen.counts.get(group)) if chosen else None
    return {
        "number_analyzed": None if count is None else int(count),
        "number_analyzed_units": chosen.units if chosen and count is not None else None,
    }


VALUE: Kinds = {
    "units": "text",
    "units_analyzed": "text",
    "param_type": "text",
    "dispersion_type": "text",
    "classification": "text",
    "category": "text",
    **GROUP,
    "param_value": "text",
    "param_value_num": "number",
    "dispersion_value": "text",
    "dispersion_value_num": "number",
    "dispersion_lower_limit": "number",
    "dispersion_upper_limit": "number",
    "dispersion_lower_limit_raw": "text",
    "dispersion_upper_limit_raw": "text",
    "explanation_of_na": "text",
    **_NUMBER_ANALYZED,
}
VALUE_KEYS: Kinds = {"class_key": "text", "category_key": "text", "group_key": "text"}
_EMPTY_VALUE = [
    name for name in (*VALUE, *VALUE_KEYS) if name not in ("units", "units_analyzed", "param_type", "dispersion_type")
]


# --- analyses


def analysis_rows(reported: Reported) -> Iterator[Row]:
    for key, measure in reported.measures.items():
        for name, analysis in measure.analyses.items():
            yield {
                "outcome_type": measure.type,
                "title": measure.title,
                "time_frame": measure.time_frame,
                **_analysis(analysis, measure.groups),
                "measure_key": key,
                "analysis_key": name,
            }


def _analysis(it: Analysis, groups: Mapping[str, ReportedGroup]) -> Row:
    p_value = p_value_of(it.p_value)
    return {
        "non_inferiority_type": it.hypothesis,
        "non_inferiority_description": it.hypothesis_comment,
        "param_type": it.estimate,
        "param_value": it.estimate_number,
        "param_value_raw": it.estimate_value,
        "dispersion_type": it.dispersion,
        "dispersion_value": number_of(it.dispersion_value),
        "p_value_modifier": p_value.sign if p_value and p_value.sign != "=" else None,
        "p_value": it.p_value_number,
        "p_value_raw": it.p_value,
        "p_value_description": it.p_value_comment,
        "ci_n_sides": it.interval_sides,
        "ci_percent": number_of(it.interval_percent),
        "ci_lower_limit": number_of(it.lower),
        "ci_upper_limit": number_of(it.upper),
        "ci_lower_limit_raw": it.lower,
        "ci_upper_limit_raw": it.upper,
        "ci_lower_limit_na_comment": it.lower_comment,
        "ci_upper_limit_na_comment": it.upper_comment,
        "method": it.method,
        "method_description": it.method_comment,
        "estimate_description": it.estimate_comment,
        "groups_description": it.group_description,
        "other_analysis_description": it.other,
        "group_titles": [groups[key].title if key in groups else key for key in it.groups],
        "ctgov_group_codes": [groups[key].code for key in it.groups if key in groups],
    }


# --- adverse events and flow

_TOTALS = {
    "serious": "Total, serious adverse events",
    "other": "Total, other adverse events",
    "deaths": "Total, all-cause mortality",
}


def event_rows(reported: Reported) -> Iterator[Row]:
    """Yield the totals of each group, then each term in each group."""
    events = reported.adverse_events
    head = {"time_frame": events.time_frame, "frequency_threshold": events.threshold}
    for key, group in events.groups.items():
        for kind, classification in _TOTALS.items():
            affected, at_risk = getattr(group, f"{kind}_affected"), getattr(group, f"{kind}_at_risk")
            if affected is not None or at_risk is not None:
                yield {
                    **head,
                    "event_type": kind,
                    "classification": classification,
                    **dict.fromkeys(("organ_system", "adverse_event_term", "vocab", "assessment", "description")),
                    **_group(events.groups, key),
                    "subjects_affected": affected,
                    "subjects_at_risk": at_risk,
                    "event_count": None,
                    "event_key": None,
                    "group_key": key,
                }
    for name, event in events.events.items():
        for key, count in event.counts.items():
            yield {
                **head,
                "event_type": "serious" if event.serious else "other",
                "classification": None,
                "organ_system": event.system or None,
                "adverse_event_term": event.term,
                "vocab": event.vocabulary,
                "assessment": event.assessment,
                "description": event.notes,
                **_group(events.groups, key),
                "subjects_affected": count.affected,
                "subjects_at_risk": count.at_risk,
                "event_count": count.events,
                "event_key": name,
                "group_key": key,
            }


def flow_rows(reported: Reported) -> Iterator[Row]:
    flow = reported.flow
    for name, period in flow.periods.items():
        for kind, parts in (("milestone", period.milestones), ("drop_withdrawal", period.reasons)):
            for key, part in parts.items():
                for group, count in part.counts.items():
                    number, units = number_of(count.participants), number_of(count.units)
                    yield {
                        "period": period.title,
                        "row_type": kind,
                        "title": part.type if kind == "milestone" else None,
                        "reason": part.type if kind == "drop_withdrawal" else None,
                        **_group(flow.groups, group),
                        "count": None if number is None else int(number),
                        "count_units": None if units is None else int(units),
                        "milestone_description": part.comment if kind == "milestone" else None,
                        "reason_comment": part.comment if kind == "drop_withdrawal" else None,
                        "description": count.comment,
                        "period_key": name,
                        "row_key": key,
                        "group_key": group,
                    }
