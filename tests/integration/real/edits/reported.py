"""Edits of posted results, each with the one event that must tell it and exactly the fields it must name.

An edit returns what is expected, or None where the record has nothing of the sort. Fields are found by the place of the
edited thing in the document. So they do not rest on how a comparison pairs things.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.integration.real.edits.kit import Study, module
from tracker.records.results.reported import Measure, number_of
from tracker.records.results.reported_keys import key
from tracker.registries.ctgov.results.reported import reported_of

__all__ = ["REPORTED_MEANINGFUL", "REPORTED_MEANINGLESS", "Expected"]

MEASURE, SAFETY = "results.measure_changed", "results.safety_changed"
FLOW, BASELINE = "results.flow_changed", "results.baseline_changed"
ADMIN = "admin.changed"


class Expected(NamedTuple):
    """The event that an edit must raise. `fields`: exactly these. `says`: a part of its summary."""

    kind: str
    severity: str
    fields: tuple[str, ...]
    says: str = ""


Edit = Callable[[Study, random.Random], Expected | None]
REPORTED_MEANINGFUL: list[tuple[str, Edit]] = []
REPORTED_MEANINGLESS: list[tuple[str, Callable[[Study, random.Random], bool]]] = []


def meaningful(edit: Edit) -> Edit:
    REPORTED_MEANINGFUL.append((edit.__name__.replace("_", " "), edit))
    return edit


def meaningless(edit: Callable[[Study, random.Random], bool]) -> Callable[[Study, random.Random], bool]:
    REPORTED_MEANINGLESS.append((edit.__name__.replace("_", " "), edit))
    return edit


# --- places


def part(study: Study, name: str) -> Study:
    found: Study = study["resultsSection"].get(f"{name}Module", {})
    return found


def measures(study: Study) -> list[tuple[Study, str, Measure]]:
    """The outcome measures: as sent, with their key, and as read."""
    reported = reported_of(study)
    assert reported is not None
    raw = part(study, "outcomeMeasures").get("outcomeMeasures", [])
    return [(it, name, read) for it, (name, read) in zip(raw, reported.measures.items(), strict=True)]


def severity(raw: Study) -> str:
    return "major" if raw["type"] == "PRIMARY" else "minor"


class Cell(NamedTuple):
    """One value of a measure, and the name of its field without the last word."""

    raw: Study
    measure: Study
    field: str


def cells(study: Study) -> Iterator[Cell]:
    for raw, name, read in measures(study):
        groups = {group.code: mine for mine, group in read.groups.items()}
        for one, (class_key, rows) in zip(raw.get("classes", ()), read.rows.items(), strict=True):
            for category, category_key in zip(one.get("categories", ()), rows, strict=True):
                for cell in category.get("measurements", ()):
                    field = f"reported.measures.{name}.rows.{class_key}.{category_key}.{groups[cell['groupId']]}"
                    yield Cell(cell, raw, field)


def a_cell(study: Study, rng: random.Random, name: str = "value") -> Cell | None:
    """A cell whose part of this name is a number."""
    found = [it for it in cells(study) if number_of(it.raw.get(name)) is not None]
    return rng.choice(found) if found else None


def a_measure(
    study: Study, rng: random.Random, fits: Callable[[Study], bool] = lambda it: bool(it.get("classes"))
) -> tuple[Study, str, Measure] | None:
    found = [it for it in measures(study) if fits(it[0])]
    return rng.choice(found) if found else None


def an_analysis(
    study: Study, rng: random.Random, fits: Callable[[Study], bool] = lambda _: True
) -> tuple[Study, Study, str] | None:
    """An analysis, its measure, and the name of its field."""
    found = [
        (analysis, raw, f"reported.measures.{name}.analyses.{mine}")
        for raw, name, read in measures(study)
        for analysis, mine in zip(raw.get("analyses", ()), read.analyses, strict=True)
        if fits(analysis)
    ]
    return rng.choice(found) if found else None


def event_group(study: Study, rng: random.Random, name: str, least: int = 0) -> tuple[Study, str] | None:
    groups = part(study, "adverseEvents").get("eventGroups", [])
    fitting = [it for it in groups if it.get(name, -1) >= least]
    if not fitting:
        return None
    chosen = rng.choice(fitting)
    reported = reported_of(study)
    assert reported is not None
    keys = {group.code: mine for mine, group in reported.adverse_events.groups.items()}
    return chosen, f"reported.adverse_events.groups.{keys[chosen['id']]}"


def number(text: str) -> float:
    found = number_of(text)
    assert found is not None
    return found


def a_clear_p(analysis: Study) -> bool:
    return str(analysis.get("pValue", "")).startswith(("<", "0.00"))


# --- values


@meaningful
def one_value(study: Study, rng: random.Random) -> Expected | None:
    if (cell := a_cell(study, rng)) is None:
        return None
    cell.raw["value"] = f"{number(cell.raw['value']) + 17:g}"
    return Expected(MEASURE, severity(cell.measure), (f"{cell.field}.value",))


@meaningful
def a_spread(study: Study, rng: random.Random) -> Expected | None:
    if (cell := a_cell(study, rng, "spread")) is None:
        return None
    cell.raw["spread"] = f"{number(cell.raw['spread']) * 3 + 1:g}"
    return Expected(MEASURE, severity(cell.measure), (f"{cell.field}.spread",))


@meaningful
def a_limit(study: Study, rng: random.Random) -> Expected | None:
    if (cell := a_cell(study, rng, "upperLimit")) is None:
        return None
    cell.raw["upperLimit"] = f"{number(cell.raw['upperLimit']) * 2 + 1:g}"
    return Expected(MEASURE, severity(cell.measure), (f"{cell.field}.upper",))


@meaningful
def a_value_not_estimable_after_all(study: Study, rng: random.Random) -> Expected | None:
    found = [it for it in cells(study) if "comment" not in it.raw and it.raw["value"] != "NA"]
    if not found:
        return None
    cell = rng.choice(found)
    cell.raw.update(value="NA", comment="Too few events to estimate it.")
    return Expected(MEASURE, severity(cell.measure), (f"{cell.field}.comment", f"{cell.field}.value"))


@meaningful
def more_digits(study: Study, rng: random.Random) -> Expected | None:
    """The same number, less rounded."""
    if (cell := a_cell(study, rng)) is None:
        return None
    value = cell.raw["value"].replace(",", "")
    cell.raw["value"] = f"{value}1" if "." in value else f"{value}.1"
    return Expected(MEASURE, "minor", (f"{cell.field}.value",))


@meaningful
def a_comment(study: Study, rng: random.Random) -> Expected | None:
    found = [it for it in cells(study) if "comment" in it.raw]
    if not found:
        return None
    cell = rng.choice(found)
    cell.raw["comment"] = "Another reason altogether."
    return Expected(MEASURE, "minor", (f"{cell.field}.comment",))


@meaningful
def two_groups_exchange_their_values(study: Study, rng: random.Random) -> Expected | None:
    """In a measure of two groups and one row, whose values differ."""
    found = []
    for raw, name, read in measures(study):
        rows = [it for one in raw.get("classes", ()) for it in one.get("categories", ())]
        pair = rows[0].get("measurements", []) if len(rows) == 1 else []
        numbers = [it for cell in pair if (it := number_of(cell["value"])) is not None]
        if len(pair) == len(numbers) == 2 and abs(numbers[0] - numbers[1]) >= 2:
            found.append((raw, name, read, pair))
    if not found:
        return None
    raw, name, read, pair = rng.choice(found)
    parts = [{k: v for k, v in it.items() if k != "groupId"} for it in pair]
    for cell, values in zip(pair, reversed(parts), strict=True):
        group = cell["groupId"]
        cell.clear()
        cell |= {"groupId": group, **values}
    return Expected(MEASURE, "major", differing(study, name, read), "exchanged their values")


def differing(study: Study, name: str, before: Measure) -> tuple[str, ...]:
    """The cells of a measure that differ now, by their parts."""
    reported = reported_of(study)
    assert reported is not None
    fields = []
    for class_key, categories in reported.measures[name].rows.items():
        for category, row in categories.items():
            for group, cell in row.items():
                old = before.rows[class_key][category][group]
                for one in ("value", "spread", "lower", "upper", "comment"):
                    mine, theirs = getattr(old, one), getattr(cell, one)
                    if mine != theirs and (number_of(mine) is None or number_of(mine) != number_of(theirs)):
                        fields.append(f"reported.measures.{name}.rows.{class_key}.{category}.{group}.{one}")
    return tuple(fields)


# --- heads of measures


@meaningful
def another_unit(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None:
        return None
    raw, name, _ = found
    if "~" in name:  # of namesakes, the unit may be part of the key
        return None
    raw["unitOfMeasure"] = "per 100 person-years"
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.units",))


@meaningful
def another_statistic(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None:
        return None
    raw, name, _ = found
    raw["paramType"] = "LOG_MEAN" if raw.get("paramType") != "LOG_MEAN" else "MEDIAN"
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.statistic",))


@meaningful
def another_type_of_dispersion(study: Study, rng: random.Random) -> Expected | None:
    """Under the same numbers."""
    spread = [it.measure for it in cells(study) if it.raw.get("spread") and it.measure.get("dispersionType")]
    if not spread:
        return None
    chosen = rng.choice(spread)
    name = next(name for raw, name, _ in measures(study) if raw is chosen)
    chosen["dispersionType"] = "Inter-Quartile Range" if "Standard" in chosen["dispersionType"] else "Standard Error"
    return Expected(MEASURE, severity(chosen), (f"reported.measures.{name}.dispersion",), "same numbers")


@meaningful
def a_denominator(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng, lambda it: bool(it.get("denoms")) and bool(it.get("classes")))) is None:
        return None
    raw, name, read = found
    count = rng.choice(raw["denoms"][0]["counts"])
    count["value"] = str(int(number(count["value"])) * 2 + 3)
    group = next(mine for mine, it in read.groups.items() if it.code == count["groupId"])
    unit = key(raw["denoms"][0]["units"])
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.denominators.{unit}.counts.{group}",))


@meaningful
def the_population_reworded(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None:
        return None
    raw, name, _ = found
    raw["populationDescription"] = "Everybody who was randomized and came back once."
    return Expected(MEASURE, "minor", (f"reported.measures.{name}.population",))


@meaningful
def results_of_a_measure_came(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng, lambda it: it["reportingStatus"] == "NOT_POSTED")) is None:
        return None
    raw, name, _ = found
    raw["reportingStatus"] = "POSTED"
    raw["groups"] = [{"id": "OG000", "title": "Everybody"}]
    raw["denoms"] = [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "12"}]}]
    raw["classes"] = [{"categories": [{"measurements": [{"groupId": "OG000", "value": "5"}]}]}]
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.status",), "posted")


@meaningful
def a_measure_called_post_hoc(study: Study, rng: random.Random) -> Expected | None:
    """In the results alone: the registered outcome stays as it was."""
    if (found := a_measure(study, rng, lambda it: it["type"] == "SECONDARY")) is None:
        return None
    raw, name, _ = found
    raw["type"] = "POST_HOC"
    return Expected(MEASURE, "minor", (f"reported.measures.{name}.type",), "post hoc")


# --- what comes, goes and is renamed


@meaningful
def a_measure_dropped(study: Study, rng: random.Random) -> Expected | None:
    """From the results alone."""
    if (found := a_measure(study, rng)) is None or len(measures(study)) < 2:
        return None
    raw, name, _ = found
    # A namesake left alone would lose the part of its key that told both apart.
    if "~" in name:
        return None
    part(study, "outcomeMeasures")["outcomeMeasures"].remove(raw)
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}",), "disappeared")


@meaningful
def a_measure_retitled(study: Study, rng: random.Random) -> Expected | None:
    """In the results alone, with all its values."""
    if (found := a_measure(study, rng)) is None:
        return None
    raw, name, _ = found
    if "~" in name:
        return None
    raw["title"] = f"Assessment of {raw['title']} (as revised)"
    new = next(mine for it, mine, _ in measures(study) if it is raw)
    return Expected(MEASURE, "minor", (f"reported.measures.{new}.title",))


def _registered(study: Study, raw: Study) -> tuple[list[Study], Study] | None:
    """The registered outcome that a measure is equal to, and its list."""
    name = {"PRIMARY": "primaryOutcomes", "SECONDARY": "secondaryOutcomes"}.get(raw["type"])
    listed = module(study, "outcomes").get(name, []) if name else []
    twins = [it for it in listed if (it["measure"], it.get("timeFrame")) == (raw["title"], raw["timeFrame"])]
    return (listed, twins[0]) if len(twins) == 1 else None


def _outcome_event(raw: Study, fields: tuple[str, ...] = ()) -> Expected:
    primary = raw["type"] == "PRIMARY"
    return Expected("outcome.primary_changed" if primary else "outcome.secondary_changed", "", fields)


@meaningful
def a_measure_and_its_outcome_dropped(study: Study, rng: random.Random) -> Expected | None:
    """Told once, as the registered outcome that it is."""
    if (found := a_measure(study, rng)) is None or "~" in found[1]:
        return None
    raw = found[0]
    if (twin := _registered(study, raw)) is None:
        return None
    twin[0].remove(twin[1])
    part(study, "outcomeMeasures")["outcomeMeasures"].remove(raw)
    return _outcome_event(raw)


@meaningful
def a_measure_and_its_outcome_retitled(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None or "~" in found[1]:
        return None
    raw = found[0]
    if (twin := _registered(study, raw)) is None:
        return None
    raw["title"] = twin[1]["measure"] = f"{raw['title']}, by central review"
    return _outcome_event(raw)


@meaningful
def a_measure_and_its_outcome_retimed(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None or "~" in found[1]:
        return None
    raw = found[0]
    if (twin := _registered(study, raw)) is None:
        return None
    raw["timeFrame"] = twin[1]["timeFrame"] = "At month 61"
    return _outcome_event(raw)


@meaningful
def a_group_renamed_everywhere(study: Study, rng: random.Random) -> Expected | None:
    titles = sorted({it["title"] for raw, _, _ in measures(study) for it in raw.get("groups", ())})
    if not titles:
        return None
    title = rng.choice(titles)
    for raw, _, _ in measures(study):
        for group in raw.get("groups", ()):
            if group["title"] == title:
                group["title"] = "Investigational product"
    renamed = "investigational-product"
    first = next(name for _, name, read in measures(study) if renamed in read.groups)
    return Expected(MEASURE, "minor", (f"reported.measures.{first}.groups.{renamed}.title",), "is now")


@meaningful
def a_group_put_in_front(study: Study, rng: random.Random) -> Expected | None:
    """All position codes of its measure shift by one."""
    if (found := a_measure(study, rng, lambda it: bool(it.get("groups")))) is None:
        return None
    raw, name, _ = found
    renumber(raw, lambda code: f"OG{int(code[2:]) + 1:03}")
    raw["groups"].insert(0, {"id": "OG000", "title": "Screened, not treated"})
    for it in raw.get("denoms", ()):
        it["counts"].insert(0, {"groupId": "OG000", "value": "9"})
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.groups.screened-not-treated",), "added")


def renumber(value: Any, new: Callable[[str], str]) -> None:
    """Give all groups in a part of a document other position codes."""
    if isinstance(value, list):
        for item in value:
            renumber(item, new)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "groupId" or (name == "id" and isinstance(item, str)):
                value[name] = new(item)
            elif name == "groupIds":
                value[name] = [new(code) for code in item]
            else:
                renumber(item, new)


@meaningful
def a_class_added(study: Study, rng: random.Random) -> Expected | None:
    if (found := a_measure(study, rng)) is None:
        return None
    raw, name, read = found
    group = next(iter(read.groups.values())).code
    raw["classes"].append({"title": "Visit 99", "categories": [{"measurements": [{"groupId": group, "value": "3"}]}]})
    return Expected(MEASURE, severity(raw), (f"reported.measures.{name}.rows.visit-99",))


# --- analyses


@meaningful
def a_p_value_over_the_line(study: Study, rng: random.Random) -> Expected | None:
    if (found := an_analysis(study, rng, a_clear_p)) is None:
        return None
    analysis, raw, field = found
    analysis["pValue"] = "0.31"
    return Expected(MEASURE, severity(raw), (f"{field}.p_value",), "crosses .05")


@meaningful
def a_p_value_made_exact(study: Study, rng: random.Random) -> Expected | None:
    if (found := an_analysis(study, rng, lambda it: it.get("pValue") in ("<0.001", "<0.0001"))) is None:
        return None
    analysis, _, field = found
    analysis["pValue"] = "0.00004"
    return Expected(MEASURE, "minor", (f"{field}.p_value",))


@meaningful
def an_estimate_turned_round(study: Study, rng: random.Random) -> Expected | None:
    def fits(it: Study) -> bool:
        value = number_of(it.get("paramValue"))
        return value not in (None, 0.0) and "ifference" in it.get("paramType", "") and "atio" not in it["paramType"]

    if (found := an_analysis(study, rng, fits)) is None:
        return None
    analysis, raw, field = found
    analysis["paramValue"] = f"{-number(analysis['paramValue']):g}"
    return Expected(MEASURE, severity(raw), (f"{field}.estimate_value",), "direction")


@meaningful
def an_analysis_taken_back(study: Study, rng: random.Random) -> Expected | None:
    if (found := an_analysis(study, rng)) is None:
        return None
    analysis, raw, field = found
    # Of several that differ in little, a shorter key would be left.
    if "~" in field.rpartition(".")[2]:
        return None
    raw["analyses"].remove(analysis)
    return Expected(MEASURE, severity(raw), (field,), "removed")


@meaningful
def another_method(study: Study, rng: random.Random) -> Expected | None:
    if (found := an_analysis(study, rng, lambda it: "statisticalMethod" in it)) is None:
        return None
    analysis, _, field = found
    if "~" in field.rpartition(".")[2]:
        return None
    analysis["statisticalComment"] = "Chosen after the fact, for the data were skewed."
    return Expected(MEASURE, "minor", (f"{field}.method_comment",))


# --- adverse events


@meaningful
def a_death_added(study: Study, rng: random.Random) -> Expected | None:
    if (found := event_group(study, rng, "deathsNumAffected")) is None:
        return None
    group, field = found
    group["deathsNumAffected"] += 1
    return Expected(SAFETY, "major", (f"{field}.deaths_affected",), "deaths")


@meaningful
def a_death_taken_back(study: Study, rng: random.Random) -> Expected | None:
    if (found := event_group(study, rng, "deathsNumAffected", 1)) is None:
        return None
    group, field = found
    group["deathsNumAffected"] -= 1
    return Expected(SAFETY, "major", (f"{field}.deaths_affected",), "deaths went down")


@meaningful
def fewer_with_serious_events(study: Study, rng: random.Random) -> Expected | None:
    if (found := event_group(study, rng, "seriousNumAffected", 1)) is None:
        return None
    group, field = found
    group["seriousNumAffected"] -= 1
    return Expected(SAFETY, "major", (f"{field}.serious_affected",), "serious totals went down")


@meaningful
def more_with_other_events(study: Study, rng: random.Random) -> Expected | None:
    if (found := event_group(study, rng, "otherNumAffected")) is None:
        return None
    group, field = found
    group["otherNumAffected"] += 2
    return Expected(SAFETY, "minor", (f"{field}.other_affected",))


@meaningful
def a_serious_term_added(study: Study, rng: random.Random) -> Expected | None:
    events = part(study, "adverseEvents")
    if not events.get("eventGroups"):
        return None
    stats = [{"groupId": events["eventGroups"][0]["id"], "numAffected": 1, "numAtRisk": 30}]
    term = {"term": "Kounis syndrome", "organSystem": "Cardiac disorders", "stats": stats}
    events.setdefault("seriousEvents", []).append(term)
    field = "reported.adverse_events.events.serious-kounis-syndrome-cardiac-disorders"
    return Expected(SAFETY, "minor", (field,), "added")


@meaningful
def the_threshold_raised(study: Study, rng: random.Random) -> Expected | None:
    part(study, "adverseEvents")["frequencyThreshold"] = "15"
    return Expected(SAFETY, "minor", ("reported.adverse_events.threshold",), "threshold was raised")


@meaningful
def a_new_vocabulary_for_all_terms(study: Study, rng: random.Random) -> Expected | None:
    events = part(study, "adverseEvents")
    terms = [*events.get("seriousEvents", ()), *events.get("otherEvents", ())]
    reported = reported_of(study)
    assert reported is not None
    if len(terms) < 12 or any("~" in name for name in reported.adverse_events.events):
        return None
    for term in terms:
        term["sourceVocabulary"] = "MedDRA 99.1"
    first = next(iter(reported.adverse_events.events))
    return Expected(ADMIN, "admin", (f"reported.adverse_events.events.{first}.vocabulary",))


# --- flow, baseline, texts


@meaningful
def the_number_that_started(study: Study, rng: random.Random) -> Expected | None:
    reported = reported_of(study)
    assert reported is not None
    found = []
    for raw, (name, read) in zip(part(study, "participantFlow")["periods"], reported.flow.periods.items(), strict=True):
        for milestone, mine in zip(raw["milestones"], read.milestones, strict=True):
            if milestone["type"] == "STARTED":
                field = f"reported.flow.periods.{name}.milestones.{mine}.counts"
                found += [(count, field) for count in milestone["achievements"]]
    count, field = rng.choice(found)
    count["numSubjects"] = str(int(number(count["numSubjects"])) * 2 + 5)
    groups = {group.code: mine for mine, group in reported.flow.groups.items()}
    return Expected(FLOW, "minor", (f"{field}.{groups[count['groupId']]}.participants",))


@meaningful
def a_value_of_the_baseline(study: Study, rng: random.Random) -> Expected | None:
    reported = reported_of(study)
    assert reported is not None
    groups = {group.code: mine for mine, group in reported.baseline.groups.items()}
    raws = part(study, "baselineCharacteristics").get("measures", [])
    found = []
    for raw, (name, read) in zip(raws, reported.baseline.measures.items(), strict=True):
        for one, (class_key, rows) in zip(raw.get("classes", ()), read.rows.items(), strict=True):
            for category, mine in zip(one.get("categories", ()), rows, strict=True):
                for cell in category.get("measurements", ()):
                    if number_of(cell["value"]) is not None:
                        field = f"reported.baseline.measures.{name}.rows.{class_key}.{mine}.{groups[cell['groupId']]}"
                        found.append((cell, field))
    if not found:
        return None
    cell, field = rng.choice(found)
    cell["value"] = f"{number(cell['value']) + 3:g}"
    return Expected(BASELINE, "minor", (f"{field}.value",))


@meaningful
def another_limitation(study: Study, rng: random.Random) -> Expected | None:
    part(study, "moreInfo")["limitationsAndCaveats"] = {"description": "One centre closed early."}
    return Expected("results.updated", "minor", ("reported.limitations",))


# --- what says the same


@meaningless
def another_order_of_the_results(study: Study, rng: random.Random) -> bool:
    def shuffle(value: Any) -> None:
        if isinstance(value, dict):
            for item in value.values():
                shuffle(item)
        elif isinstance(value, list):
            rng.shuffle(value)
            for item in value:
                shuffle(item)

    shuffle(study["resultsSection"])
    return True


@meaningless
def other_position_codes(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        renumber(raw, lambda code: f"OG{int(code[2:]) + 7:03}")
    for name in ("participantFlow", "baselineCharacteristics", "adverseEvents"):
        renumber(part(study, name), lambda code: f"{code[:2]}{int(code[2:]) + 7:03}")
    return True


def _each_number(study: Study, change: Callable[[str], str]) -> bool:
    changed = False
    for cell in cells(study):
        for name in ("value", "spread", "lowerLimit", "upperLimit"):
            if number_of(cell.raw.get(name)) is not None:
                new = change(cell.raw[name])
                changed = changed or new != cell.raw[name]
                cell.raw[name] = new
    return changed


@meaningless
def trailing_zeros(study: Study, rng: random.Random) -> bool:
    return _each_number(study, lambda text: f"{text}0" if "." in text else text)


@meaningless
def no_zero_before_the_point(study: Study, rng: random.Random) -> bool:
    return _each_number(study, lambda text: text.replace("0.", ".", 1) if text.startswith("0.") else text)


@meaningless
def commas_between_thousands(study: Study, rng: random.Random) -> bool:
    return _each_number(study, lambda text: f"{int(text):,}" if text.isdecimal() and text[0] != "0" else text)


@meaningless
def units_in_capitals(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        if "unitOfMeasure" in raw:
            raw["unitOfMeasure"] = raw["unitOfMeasure"].upper()
    return any("unitOfMeasure" in raw for raw, _, _ in measures(study))


@meaningless
def titles_of_groups_in_capitals(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        for group in raw.get("groups", ()):
            group["title"] = group["title"].upper()
    return True


@meaningless
def blanks_around_p_values(study: Study, rng: random.Random) -> bool:
    found = [it for raw, _, _ in measures(study) for it in raw.get("analyses", ()) if "pValue" in it]
    for analysis in found:
        text = analysis["pValue"]
        analysis["pValue"] = text.replace("<", "< ") if text[0] in "<>=" else f"={text}"
    return bool(found)


@meaningless
def flags_that_are_false(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        raw["calculatePct"] = False
        for analysis in raw.get("analyses", ()):
            analysis["testedNonInferiority"] = False
    return True


@meaningless
def participants_named_as_the_unit(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        raw.setdefault("denomUnitsSelected", "Participants")
    return True


@meaningless
def another_point_of_contact(study: Study, rng: random.Random) -> bool:
    part(study, "moreInfo")["pointOfContact"] = {"title": "Trial desk", "organization": "An institute"}
    return True


@meaningless
def escapes_in_texts(study: Study, rng: random.Random) -> bool:
    for raw, _, _ in measures(study):
        for name in ("populationDescription",):
            if name in raw:
                raw[name] = raw[name].replace("<", "&lt;").replace("'", "&#39;") + "  "
        for one in raw.get("classes", ()):
            if "title" in one:
                one["title"] = f" {one['title'].replace(' ', '  ')}"
    return True
