"""Real pages of the EU register: the facts a person reads off them, and what becomes of them when they are damaged."""

from __future__ import annotations

import random
import re

import pytest

from tests.support.paths import SHARED
from tracker.errors import RecordError
from tracker.records.trial import CountryPart, TrialRecord
from tracker.registries.euctr import reader as euctr
from tracker.registries.euctr.content import digests, document_of, lost
from tracker.registries.euctr.form import read_form

FOLDER = SHARED / "data" / "euctr"
PT, DE = ("2005-002909-23", "PT", "2005-002909-23__PT.html"), ("2015-000590-12", "DE", "euctr_tracker_a.html")
CELL = re.compile(r'<td class="third">(?:(?!<td).)*?</td>', re.DOTALL)
ROW = re.compile(r'<tr class="tricell">\s*<td class="first">([^<]+)</td>(?:(?!<tr).)*?</tr>', re.DOTALL)


def page(which: tuple[str, str, str]) -> str:
    if not (FOLDER / which[2]).is_file():
        pytest.skip("the optional folder of real pages (../shared/data/euctr) is not on this machine")
    return (FOLDER / which[2]).read_text(encoding="utf-8")


def document(which: tuple[str, str, str], text: str) -> dict[str, object]:
    number, country, _ = which
    return document_of(number, "", {country: (f"https://register.example/ctr-search/trial/{number}/{country}", text)})


def read(which: tuple[str, str, str]) -> TrialRecord:
    return euctr.read(document(which, page(which))).record


def test_facts_of_the_portuguese_page() -> None:
    record = read(PT)
    assert (record.trial, record.status, record.warnings) == ("EUCTR2005-002909-23", "COMPLETED", ())
    assert record.parts["PT"] == CountryPart(
        status="Completed",
        authority="Portugal - INFARMED",
        entered="2007-01-03",
        decision="Authorised",
        decided="2007-03-08",
        opinion="Favourable",
        opined="2007-03-05",
        subjects=1,
        sites=1,
        end="Completed",
        ended="2013-04-24",
    )
    assert (record.title.official or "").startswith(
        "Long-term extension study of safety during treatment with tocilizumab"
    )
    assert record.title.acronym is None, "NA is no name"
    assert [it.id for it in record.identifiers.values()] == ["2005-002909-23", "WA18696"]
    assert (record.sponsor.lead, record.sponsor.lead_kind) == ("F Hoffmann La-Roche AG", "INDUSTRY")
    assert (record.conditions, record.phases) == (("Rheumatoid arthritis",), ("PHASE3",))
    assert (record.enrollment.count, record.enrollment.type) == (2420, "ESTIMATED")
    assert record.dates.completion is not None
    assert (record.dates.completion.date, record.dates.first_submitted) == ("2013-04-24", "2007-01-03")
    [product] = record.interventions.values()
    assert (product.name, product.other_names) == ("MRA", ("tocilizumab",))
    assert (record.eligibility.sex, record.eligibility.standard_ages) == ("ALL", ("ADULT", "OLDER_ADULT"))
    assert (record.results.state, record.other) == ("none", {"PT.Trial results": "Removed from public view"})
    assert (record.eligibility.criteria or "").count("\n") > 5, "line breaks are kept"


def test_facts_of_the_german_page() -> None:
    record = read(DE)
    assert (record.trial, record.status, record.warnings) == ("EUCTR2015-000590-12", "COMPLETED", ())
    part = record.parts["DE"]
    assert (part.authority, part.entered, part.decided, part.opined) == (
        "Germany - BfArM",
        "2015-07-01",
        "2015-07-30",
        "2015-09-03",
    )
    assert (part.subjects, part.sites, part.ended) == (744, 6, None)
    assert (record.enrollment.count, record.dates.completion) == (744, None)
    assert (record.sponsor.lead, record.conditions) == ("Novartis Pharma GmbH", ("liver transplantation",))
    assert len(record.interventions) == 10
    assert {item.name for item in record.interventions.values()} >= {"Myfortic", "Cyclosporin A"}
    design = record.design
    assert (design.allocation, design.model, design.masking, record.phases) == (
        "RANDOMIZED",
        "PARALLEL",
        "NONE",
        ("PHASE3",),
    )
    [outcome] = record.outcomes.primary.values()
    assert outcome.time_frame == "Month 6"
    assert (record.results.state, record.oversight.has_dmc) == ("none", True)


@pytest.mark.fault("B31")
@pytest.mark.parametrize("which", [PT, DE], ids=["PT", "DE"])
def test_any_cell_that_is_dropped_is_noticed(which: tuple[str, str, str]) -> None:
    text = page(which)
    cells = list(CELL.finditer(text))
    for cell in random.Random(1).sample(cells, 25):
        with pytest.raises(RecordError):
            read_form(text[: cell.start()] + text[cell.end() :], which[0])


@pytest.mark.fault("B31")
@pytest.mark.parametrize("which", [PT, DE], ids=["PT", "DE"])
def test_any_row_that_is_dropped_is_refused_or_told_as_lost(which: tuple[str, str, str]) -> None:
    text = page(which)
    rows = [row for row in ROW.finditer(text) if "<table" not in row.group()]
    for row in random.Random(2).sample(rows, 20):
        less = document(which, text[: row.start()] + text[row.end() :])
        try:
            assert row[1].strip() in lost(document(which, text), less)
        except RecordError:
            continue


@pytest.mark.fault("B25")
@pytest.mark.parametrize("which", [PT, DE], ids=["PT", "DE"])
def test_rows_in_another_order_are_the_same_page(which: tuple[str, str, str]) -> None:
    text = page(which)
    first, second = [row for row in ROW.finditer(text) if row[1].startswith("E.6.")][:2]
    swapped = text[: first.start()] + second.group() + first.group() + text[second.end() :]
    assert swapped != text
    assert digests(document(which, swapped)) == digests(document(which, text))


@pytest.mark.fault("B32")
def test_the_page_of_another_trial_or_country_is_refused() -> None:
    for number, country in ((DE[0], "PT"), (PT[0], "DE")):
        with pytest.raises(RecordError, match="expected the"):
            read_form(page(PT), number, country)
