"""Read tables of values: outcome measures with their analyses, and measures of the baseline. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tracker.records.results.reported import (
    Analysis,
    Baseline,
    Cell,
    Measure,
    MeasureClass,
    ReportedGroup,
    number_of,
    p_value_of,
)
from tracker.records.results.reported_keys import by_key, key, put
from tracker.registries.ctgov.results.raw import RawAnalysis, RawBaseline, RawClass, RawMeasure, RawMeasurement
from tracker.registries.ctgov.results.texts import GroupKeys, denominators, grouped, line, text

__all__ = ["baseline", "outcome_measures"]

_Rows = dict[str, dict[str, dict[str, Cell]]]


def outcome_measures(raw: Sequence[RawMeasure]) -> dict[str, Measure]:
    """Return the outcome measures by title. Namesakes take the time frame, then the unit. The type is never a key."""
    return by_key(
        [_measure(it) for it in raw],
        lambda it: it.title,
        lambda it: it.time_frame or "",
        lambda it: it.units or "",
    )


def baseline(raw: RawBaseline) -> Baseline:
    """Return the baseline. Its measures share one list of groups."""
    groups, group = grouped(raw.groups)
    measures = by_key([_table(it, group) for it in raw.measures], lambda it: it.title, _titles)
    return Baseline(
        population=text(raw.population_description),
        units_analyzed=line(raw.type_units_analyzed),
        groups=groups,
        denominators=denominators(raw.denoms, group),
        measures=measures,
    )


def _titles(measure: Measure) -> str:
    """Return a mark of the titles in a table. Two tables called ``Race`` differ in them, and in no other words."""
    words = sorted(f"{it.title}\n{category}" for it in measure.classes.values() for category in it.categories.values())
    return hashlib.sha256("\n\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:7]


def _measure(raw: RawMeasure) -> Measure:
    groups, group = grouped(raw.groups)
    return _table(raw, group, groups=groups)


def _table(raw: RawMeasure, group: GroupKeys, *, groups: dict[str, ReportedGroup] | None = None) -> Measure:
    classes, rows = _classes(raw.classes, group)
    units = line(raw.type_units_analyzed) or line(raw.denom_units_selected)
    return Measure(
        title=line(raw.title) or "",
        type=line(raw.type),
        time_frame=line(raw.time_frame),
        description=text(raw.description),
        population=text(raw.population_description),
        status=line(raw.reporting_status),
        anticipated_posting=line(raw.anticipated_posting_date),
        units=line(raw.unit_of_measure),
        statistic=line(raw.param_type),
        dispersion=line(raw.dispersion_type),
        # Participants are what is counted unless the registry says otherwise.
        units_analyzed=units if units and key(units) != "participants" else None,
        calculated_percentage=bool(raw.calculate_pct),
        groups=groups or {},
        denominators=denominators(raw.denoms, group),
        classes=classes,
        rows=rows,
        analyses=_analyses(raw.analyses, group),
    )


def _classes(raw: Sequence[RawClass], group: GroupKeys) -> tuple[dict[str, MeasureClass], _Rows]:
    read = [_class(it, group) for it in raw]
    classes = by_key([head for head, _ in read], lambda it: it.title)
    return classes, dict(zip(classes, (rows for _, rows in read), strict=True))


def _class(raw: RawClass, group: GroupKeys) -> tuple[MeasureClass, dict[str, dict[str, Cell]]]:
    titles: dict[str, str] = {}
    rows: dict[str, dict[str, Cell]] = {}
    for category in raw.categories:
        title = line(category.title) or ""
        name = put(titles, key(title), title)
        cells: dict[str, Cell] = {}
        rows[name] = cells
        for it in category.measurements:
            put(cells, group[it.group_id], _cell(it))
    return MeasureClass(line(raw.title) or "", titles, denominators(raw.denoms, group)), rows


def _cell(raw: RawMeasurement) -> Cell:
    value = line(raw.value)
    return Cell(
        value, number_of(value), line(raw.spread), line(raw.lower_limit), line(raw.upper_limit), text(raw.comment)
    )


def _analyses(raw: Sequence[RawAnalysis], group: GroupKeys) -> dict[str, Analysis]:
    """Return the analyses by the set of groups that they compare. One pair of groups often has many analyses."""
    return by_key(
        [_analysis(it, group) for it in raw],
        lambda it: " vs ".join(it.groups),
        lambda it: " ".join(filter(None, (it.method, it.estimate))),
        lambda it: it.group_description or "",
        lambda it: " ".join(filter(None, (it.method_comment, it.p_value_comment, it.estimate_comment, it.other))),
    )


def _analysis(raw: RawAnalysis, group: GroupKeys) -> Analysis:
    p_value, estimate = line(raw.p_value), line(raw.param_value)
    number = p_value_of(p_value)
    return Analysis(
        groups=tuple(sorted(group[code] for code in raw.group_ids)),
        group_description=text(raw.group_description),
        hypothesis=line(raw.non_inferiority_type),
        hypothesis_comment=text(raw.non_inferiority_comment),
        method=line(raw.statistical_method),
        method_comment=text(raw.statistical_comment),
        p_value=p_value,
        p_value_number=number.number if number else None,
        p_value_comment=text(raw.p_value_comment),
        estimate=line(raw.param_type),
        estimate_value=estimate,
        estimate_number=number_of(estimate),
        estimate_comment=text(raw.estimate_comment),
        dispersion=line(raw.dispersion_type),
        dispersion_value=line(raw.dispersion_value),
        interval_percent=line(raw.ci_pct_value),
        interval_sides=line(raw.ci_num_sides),
        lower=line(raw.ci_lower_limit),
        lower_comment=text(raw.ci_lower_limit_comment),
        upper=line(raw.ci_upper_limit),
        upper_comment=text(raw.ci_upper_limit_comment),
        other=text(raw.other_analysis_description),
    )
