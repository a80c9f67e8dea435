"""The form of the EU register, read into one record with a part a country; and what is no such form any more."""

from __future__ import annotations

import re

import pytest

from tests.registries.euctr.pages import NUMBER, POSTED, TRIAL, Facts, page
from tracker.errors import InvalidTrialId, RecordError
from tracker.records.trial import CountryPart, Identifier, Intervention, Outcome, TrialRecord
from tracker.registries import euctr
from tracker.registries.euctr.content import digests, document_of, lost
from tracker.registries.euctr.form import read_form
from tracker.registries.euctr.ids import is_euctr, parse_euctr
from tracker.registries.page.errors import LayoutChanged

BASE = f"https://register.example/ctr-search/trial/{NUMBER}"


def document(country: str = "", **pages: str) -> dict[str, object]:
    return document_of(NUMBER, country, {name: (f"{BASE}/{name}", text) for name, text in pages.items()})


def read(**pages: str) -> TrialRecord:
    return euctr.read(document(**pages)).record


def two(**facts: Facts) -> dict[str, str]:
    return {name: page(name, facts.get(name)) for name in ("DE", "PT")}


def test_one_record_with_a_part_for_each_country() -> None:
    record = read(
        DE=page("DE", Facts(status="Completed", entered="2019-04-01", subjects="80", ended="2023-01-31")),
        PT=page("PT", Facts(status="Ongoing", entered="2019-03-01", subjects="12", results=POSTED)),
    )
    assert (record.trial, record.registry, record.status, record.warnings) == (TRIAL, "euctr", "ONGOING", ())
    assert record.parts["DE"] == CountryPart(
        status="Completed",
        authority="Germany - BfArM",
        entered="2019-04-01",
        decision="Authorised",
        decided="2019-05-02",
        opinion="Favourable",
        opined="2019-04-30",
        subjects=80,
        sites=3,
        end="Completed",
        ended="2023-01-31",
    )
    assert (record.parts["PT"].status, record.parts["PT"].subjects, record.parts["PT"].ended) == ("Ongoing", 12, None)
    assert record.countries == ("Germany", "Portugal")
    assert (record.dates.completion and record.dates.completion.date, record.dates.first_submitted) == (
        "2023-01-31",
        "2019-03-01",
    )
    assert (record.results.state, record.links["results"].url) == ("posted", f"{BASE}/results")


def test_what_is_the_trials_own() -> None:
    record = read(**two())
    assert record.title.official == record.title.brief == "Sleepwell against placebo in night workers"
    assert list(record.identifiers.values()) == [
        Identifier(NUMBER, "EUDRACT_NUMBER"),
        Identifier("ISRCTN12345678", "ISRCTN"),
        Identifier("NCT01234567", "NCT"),
        Identifier("NU-17-2", "org_study_id"),
    ]
    assert (record.sponsor.lead, record.sponsor.lead_kind) == ("Night University", "OTHER")
    assert (record.conditions, record.phases) == (("Insomnia",), ("PHASE2",))
    assert (record.enrollment.count, record.enrollment.type) == (240, "ESTIMATED")
    assert list(record.interventions.values()) == [
        Intervention("Chalk", "DRUG", "Comparator, Tablet"),
        Intervention("Sleepwell", "DRUG", "Test, Tablet", other_names=("MELATONIN",)),
    ]
    assert list(record.outcomes.primary.values()) == [Outcome("Hours slept", "Week 8")]
    assert record.eligibility.criteria == (
        "Inclusion Criteria:\n\n1. works at night\n2. sleeps < 5 hours\n\nExclusion Criteria:\n\nApnoea"
    )
    assert (record.eligibility.sex, record.eligibility.standard_ages) == ("ALL", ("ADULT",))
    design = record.design
    assert (design.allocation, design.model, design.masking) == ("RANDOMIZED", "PARALLEL", "DOUBLE")
    assert (record.oversight.has_dmc, record.results.state) == (True, "none")


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        (("Completed", "Ongoing"), "ONGOING"),
        (("Restarted", "Temporarily Halted"), "ONGOING"),
        (("Temporarily Halted", "Completed"), "SUSPENDED"),
        (("Prematurely Ended", "Completed"), "COMPLETED"),
        (("Prematurely Ended", "Not Authorised"), "TERMINATED"),
        (("GB - no longer in EU/EEA", "Completed"), "COMPLETED"),
    ],
)
def test_a_trial_goes_on_as_long_as_it_goes_on_in_one_country(statuses: tuple[str, str], whole: str) -> None:
    for one, other in (statuses, statuses[::-1]):
        record = read(**two(DE=Facts(status=one), PT=Facts(status=other)))
        assert (record.status, record.warnings) == (whole, ())


def test_b09_a_status_nobody_knows_is_carried_with_a_warning() -> None:
    record = read(**two(DE=Facts(status="Paused"), PT=Facts(status="Completed")))
    assert (record.status, record.parts["DE"].status) == ("ONGOING", "Paused")
    assert record.warnings == ("DE.Trial Status:: unknown code Paused",)


def test_results_taken_from_view_are_no_posted_results() -> None:
    record = read(**two(DE=Facts(results="Removed from public view")))
    assert (record.results.state, record.other) == ("none", {"DE.Trial results": "Removed from public view"})


def test_third_country_page_and_one_country_alone() -> None:
    both = read(**{"3rd": page("3rd"), "DE": page("DE")})
    assert list(both.parts) == ["3rd", "DE"]
    alone = euctr.read(document("3rd", **{"3rd": page("3rd")}))
    assert alone.record.trial == f"{TRIAL}-3rd"
    with pytest.raises(RecordError, match="the page of PT"):
        euctr.read(document("PT", DE=page("DE")))


def edited(old: str, new: str) -> str:
    text = page("DE")
    assert old in text
    return text.replace(old, new, 1)


LABEL = "Trial has a data monitoring committee"
ROW = f'<td class="first">E.8.7</td><td class="second">{LABEL}</td><td class="third">Yes</td>'
DAMAGE = {
    "value cell dropped": edited(ROW, ROW.replace('<td class="third">Yes</td>', "")),
    "label cell dropped": edited(ROW, ROW.replace('<td class="second">Trial has a data monitoring committee</td>', "")),
    "code cell dropped": edited(ROW, ROW.replace('<td class="first">E.8.7</td>', "")),
    "labels changed over": edited("Therapeutic exploratory (Phase II)", "Therapeutic confirmatory (Phase III)"),
    "summary cell dropped": edited('<td class="cellLighterGrey">Ongoing</td>', ""),
    "value twice": edited('<tr class="tricell">' + ROW + "</tr>", ('<tr class="tricell">' + ROW + "</tr>") * 2),
    "another trial": page("DE", number="2018-000000-11"),
    "another trial in one place": edited(f'<td class="third">{NUMBER}</td>', '<td class="third">2018-000000-11</td>'),
    "maintenance": "<html><body><h1>Under maintenance</h1><p>Please come back.</body></html>",
    "cut in half": page("DE")[: len(page("DE")) // 2],
    "without its tables": re.sub(r'class="section content"', 'class="form"', page("DE")),
    "without its cells": re.sub(r'class="(?:first|second|third)"', "", page("DE")),
    "other summary": page("DE").replace("Trial results", "Outcome"),
    "nested": page("DE").replace("<p>", "<div>" * 100_000),
    "section in the wrong place": edited("= F", "= F")
    if False
    else page("DE").replace("F. Population", "E. Population"),
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE)
def test_b31_b32_a_damaged_page_is_refused(text: str) -> None:
    read_form(page("DE"), NUMBER)
    with pytest.raises(RecordError):
        read_form(text, NUMBER)


def test_b31_a_redesign_is_named_as_such() -> None:
    with pytest.raises(LayoutChanged, match=r"the EU register's form, found layout [0-9a-f]{8}"):
        read_form(DAMAGE["without its tables"], NUMBER)


def test_b25_what_is_around_the_form_and_the_order_of_rows_say_nothing() -> None:
    text = page("DE")
    row = f'<tr class="tricell">{ROW}</tr>'
    moved = text.replace(row, "").replace(
        '<tr class="tricell"><td class="first">E.8.1<', f'{row}<tr class="tricell"><td class="first">E.8.1<'
    )
    assert moved != text
    for other in (moved, text.replace("29253", "29254"), text.replace("sleeps &lt; 5", "sleeps  &lt;  5")):
        assert digests(document(DE=other)) == digests(document(DE=text))


def test_rows_that_are_gone_are_told_as_lost() -> None:
    whole, less = (
        document(**two()),
        document(DE=page("DE").replace(f'<tr class="tricell">{ROW}</tr>', ""), PT=page("PT")),
    )
    assert lost(whole, less) == "rows of the form are gone that were there before: E.8.7 (DE)"
    assert lost(less, whole) == lost(whole, whole) == ""
    assert lost(whole, document(DE=page("DE"))) == "the pages of PT are no longer there"


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ("EUCTR2011-005852-33", "EUCTR2011-005852-33"),
        (" euctr2011-005852-33-pt\n", "EUCTR2011-005852-33-PT"),
        ("EUCTR2011-005852-33-3RD", "EUCTR2011-005852-33-3rd"),
        ("euctr2011-005852-33/gb", "EUCTR2011-005852-33-GB"),
    ],
)
def test_b30_ids_in_any_dress_have_one_form(typed: str, id_: str) -> None:
    assert parse_euctr(typed) == id_
    assert is_euctr(id_)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "EUCTR",
        "EUCTR2011-005852-3",
        "EUCTR2011-005852-33-PTX",
        "EUCTR2011-005852-33-../x",
        "EUCTR٢٠١١-005852-33",
        "EUCTR" + "1" * 99,
    ],
)
def test_b30_anything_else_is_refused(typed: str) -> None:
    assert not is_euctr(typed)
    with pytest.raises(InvalidTrialId, match="EUCTR2011-005852-33"):
        parse_euctr(typed)
