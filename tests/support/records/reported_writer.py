"""Write what was reported back into the shape of the registry. The inverse of the reader, to show that nothing is lost.

`as_read` is the other side of the comparison: the raw section with tidy texts, and without what says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracker.records.one_line import one_line
from tracker.records.results.reported import (
    AdverseEvent,
    AdverseEvents,
    Analysis,
    Baseline,
    Denominator,
    EventGroupTotals,
    Flow,
    Measure,
    Reported,
    ReportedGroup,
)
from tracker.records.text import tidy

__all__ = ["as_read", "written_back"]

Raw = dict[str, Any]
_LINES = frozenset(
    "title type timeFrame reportingStatus anticipatedPostingDate unitOfMeasure paramType dispersionType value spread "
    "lowerLimit upperLimit units term organSystem sourceVocabulary assessmentType frequencyThreshold numSubjects "
    "statisticalMethod pValue paramValue dispersionValue ciPctValue ciNumSides ciLowerLimit ciUpperLimit "
    "nonInferiorityType restrictionType organization email phone phoneExt typeUnitsAnalyzed".split()
)
"""Fields that are one line."""


def as_read(value: Any, name: str = "") -> Any:
    """Return a raw value with tidy texts, without flags that are false and units that are participants."""
    if isinstance(value, str):
        return one_line(tidy(value)) if name in _LINES else tidy(value)
    if isinstance(value, list):
        return [as_read(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: as_read(item, key) for key, item in value.items() if not _says_nothing(key, item)}
    if "denomUnitsSelected" in found:
        units = found.pop("denomUnitsSelected")
        found.setdefault("typeUnitsAnalyzed", units)
    if "groupIds" in found:
        found["groupIds"] = sorted(found["groupIds"])
    return found


def _says_nothing(name: str, value: Any) -> bool:
    if name in ("calculatePct", "testedNonInferiority"):
        return value is False
    return name in ("denomUnitsSelected", "typeUnitsAnalyzed") and value == "Participants"


def _full(**parts: Any) -> Raw:
    """Return the parts that say something."""
    return {name: value for name, value in parts.items() if value not in (None, "", [], {})}


def written_back(reported: Reported) -> Raw:
    """Return the results section that reads as `reported`."""
    limitations = _full(description=reported.limitations)
    agreement, contact = reported.agreement, reported.contact
    more = _full(
        limitationsAndCaveats=limitations,
        certainAgreement=_full(
            piSponsorEmployee=agreement.investigators_are_employees,
            restrictiveAgreement=agreement.restrictive,
            restrictionType=agreement.restriction,
            otherDetails=agreement.details,
        )
        if agreement
        else None,
        pointOfContact=_full(
            title=contact.title,
            organization=contact.organization,
            email=contact.email,
            phone=contact.phone,
            phoneExt=contact.extension,
        )
        if contact
        else None,
    )
    return _full(
        participantFlowModule=_flow(reported.flow),
        baselineCharacteristicsModule=_baseline(reported.baseline),
        outcomeMeasuresModule=_full(outcomeMeasures=[_measure(it, it.groups) for it in reported.measures.values()]),
        adverseEventsModule=_events(reported.adverse_events),
        moreInfoModule=more,
    )


def _groups(groups: Mapping[str, ReportedGroup]) -> list[Raw]:
    return [_full(id=it.code, title=it.title, description=it.description) for it in groups.values()]


def _codes(groups: Mapping[str, ReportedGroup | EventGroupTotals]) -> dict[str, str]:
    return {key: it.code or "" for key, it in groups.items()}


def _denominators(found: Mapping[str, Denominator], codes: Mapping[str, str]) -> list[Raw]:
    return [
        {"units": it.units, "counts": [{"groupId": codes[key], "value": count} for key, count in it.counts.items()]}
        for it in found.values()
    ]


def _flow(flow: Flow) -> Raw:
    codes = _codes(flow.groups)
    periods = []
    for period in flow.periods.values():
        milestones, reasons = (
            [
                _full(
                    type=part.type,
                    comment=part.comment,
                    **{
                        listed: [
                            _full(
                                groupId=codes[key],
                                numSubjects=count.participants,
                                numUnits=count.units,
                                comment=count.comment,
                            )
                            for key, count in part.counts.items()
                        ]
                    },
                )
                for part in parts.values()
            ]
            for listed, parts in (("achievements", period.milestones), ("reasons", period.reasons))
        )
        periods.append(_full(title=period.title, milestones=milestones, dropWithdraws=reasons))
    return _full(
        recruitmentDetails=flow.recruitment,
        preAssignmentDetails=flow.before_assignment,
        typeUnitsAnalyzed=flow.units,
        groups=_groups(flow.groups),
        periods=periods,
    )


def _baseline(baseline: Baseline) -> Raw:
    return _full(
        populationDescription=baseline.population,
        typeUnitsAnalyzed=baseline.units_analyzed,
        groups=_groups(baseline.groups),
        denoms=_denominators(baseline.denominators, _codes(baseline.groups)),
        measures=[_measure(it, baseline.groups) for it in baseline.measures.values()],
    )


def _measure(measure: Measure, groups: Mapping[str, ReportedGroup]) -> Raw:
    codes = _codes(groups)
    return _full(
        type=measure.type,
        title=measure.title,
        description=measure.description,
        populationDescription=measure.population,
        reportingStatus=measure.status,
        anticipatedPostingDate=measure.anticipated_posting,
        paramType=measure.statistic,
        dispersionType=measure.dispersion,
        unitOfMeasure=measure.units,
        calculatePct=measure.calculated_percentage or None,
        timeFrame=measure.time_frame,
        typeUnitsAnalyzed=measure.units_analyzed,
        groups=_groups(measure.groups),
        denoms=_denominators(measure.denominators, codes),
        classes=list(_classes(measure, codes)),
        analyses=[_analysis(it, codes) for it in measure.analyses.values()],
    )


def _classes(measure: Measure, codes: Mapping[str, str]) -> Iterator[Raw]:
    for key, head in measure.classes.items():
        categories = [
            _full(
                title=head.categories[category],
                measurements=[
                    _full(
                        groupId=codes[group],
                        value=cell.value,
                        spread=cell.spread,
                        lowerLimit=cell.lower,
                        upperLimit=cell.upper,
                        comment=cell.comment,
                    )
                    for group, cell in cells.items()
                ],
            )
            for category, cells in measure.rows[key].items()
        ]
        yield _full(title=head.title, denoms=_denominators(head.denominators, codes), categories=categories)


def _analysis(it: Analysis, codes: Mapping[str, str]) -> Raw:
    return _full(
        paramType=it.estimate,
        paramValue=it.estimate_value,
        dispersionType=it.dispersion,
        dispersionValue=it.dispersion_value,
        statisticalMethod=it.method,
        statisticalComment=it.method_comment,
        pValue=it.p_value,
        pValueComment=it.p_value_comment,
        ciNumSides=it.interval_sides,
        ciPctValue=it.interval_percent,
        ciLowerLimit=it.lower,
        ciUpperLimit=it.upper,
        ciLowerLimitComment=it.lower_comment,
        ciUpperLimitComment=it.upper_comment,
        estimateComment=it.estimate_comment,
        nonInferiorityType=it.hypothesis,
        nonInferiorityComment=it.hypothesis_comment,
        otherAnalysisDescription=it.other,
        groupDescription=it.group_description,
        groupIds=sorted(codes[key] for key in it.groups),
    )


def _events(events: AdverseEvents) -> Raw:
    codes = _codes(events.groups)
    return _full(
        frequencyThreshold=events.threshold,
        timeFrame=events.time_frame,
        description=events.description,
        allCauseMortalityComment=events.deaths_comment,
        eventGroups=[
            _full(
                id=it.code,
                title=it.title,
                description=it.description,
                deathsNumAffected=it.deaths_affected,
                deathsNumAtRisk=it.deaths_at_risk,
                seriousNumAffected=it.serious_affected,
                seriousNumAtRisk=it.serious_at_risk,
                otherNumAffected=it.other_affected,
                otherNumAtRisk=it.other_at_risk,
            )
            for it in events.groups.values()
        ],
        seriousEvents=[_event(it, codes) for it in events.events.values() if it.serious],
        otherEvents=[_event(it, codes) for it in events.events.values() if not it.serious],
    )


def _event(it: AdverseEvent, codes: Mapping[str, str]) -> Raw:
    return _full(
        term=it.term,
        organSystem=it.system,
        sourceVocabulary=it.vocabulary,
        assessmentType=it.assessment,
        notes=it.notes,
        stats=[
            {
                "groupId": codes[key],
                **_full(numEvents=count.events, numAffected=count.affected, numAtRisk=count.at_risk),
            }
            for key, count in it.counts.items()
        ],
    )
