"""The form of the EU register, read into one record with a part a country; and what is no such form any more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.registry.euctr_pages import NUMBER, POSTED, TRIAL, Facts, page
from tracker.changes.wording.words import status_words
from tracker.errors import InvalidTrialId, RecordError
from tracker.records.trial import CountryPart, Enrollment, Identifier, Intervention, OutcomeMeasure, TrialRecord
from tracker.registries.euctr import reader as euctr
from tracker.registries.euctr.content import digests, document_of, lost
from tracker.registries.euctr.form import read_form
from tracker.registries.euctr.ids import is_euctr, parse_euctr
from tracker.registries.page.page_errors import LayoutChanged

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
    assert list(record.outcomes.primary.values()) == [OutcomeMeasure("Hours slept", "Week 8")]
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


@pytest.mark.fault("B09")
def test_a_status_nobody_knows_is_carried_with_a_warning() -> None:
    record = read(**two(DE=Facts(status="Paused"), PT=Facts(status="Completed")))
    assert (record.status, record.parts["DE"].status) == ("ONGOING", "Paused")
    assert record.warnings == ("The EU register shows a trial status that is not known here: Paused",)


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


@pytest.mark.fault("B31")
@pytest.mark.fault("B32")
@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_page_is_refused(text: str) -> None:
    read_form(page("DE"), NUMBER)
    with pytest.raises(RecordError):
        read_form(text, NUMBER)


@pytest.mark.fault("B31")
def test_a_redesign_is_named_as_such() -> None:
    with pytest.raises(LayoutChanged, match=r"the EU register's form, found layout [0-9a-f]{8}"):
        read_form(DAMAGE["without its tables"], NUMBER)


@pytest.mark.fault("B25")
def test_what_is_around_the_form_and_the_order_of_rows_say_nothing() -> None:
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


@pytest.mark.fault("B30")
@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ("EUCTR2011-005852-33", "EUCTR2011-005852-33"),
        (" euctr2011-005852-33-pt\n", "EUCTR2011-005852-33-PT"),
        ("EUCTR2011-005852-33-3RD", "EUCTR2011-005852-33-3rd"),
        ("euctr2011-005852-33/gb", "EUCTR2011-005852-33-GB"),
    ],
)
def test_ids_in_any_dress_have_one_form(typed: str, id_: str) -> None:
    assert parse_euctr(typed) == id_
    assert is_euctr(id_)


@pytest.mark.fault("B30")
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
def test_anything_else_is_refused(typed: str) -> None:
    assert not is_euctr(typed)
    with pytest.raises(InvalidTrialId, match="EUCTR2011-005852-33"):
        parse_euctr(typed)


AGE = "F.1.1 | Number of subjects for this age range: | 40\n"
UNDER_18 = "F.1.1 | Trial has subjects under 18 | No"


def third(edit: Callable[[str], str], status: str = "") -> TrialRecord:
    """What a third-country page says whose form was edited."""
    facts = Facts(status=status, edit=edit)
    return euctr.read(document("3rd", **{"3rd": page("3rd", facts)})).record


@pytest.mark.fault("R-A7")
@pytest.mark.parametrize("first", [True, False])
def test_two_rows_of_one_code_are_told_apart_by_their_labels(first: bool) -> None:
    rows = (AGE, UNDER_18 + "\n") if first else (UNDER_18 + "\n", AGE)
    edited_form = "".join(rows).replace("18 | No", "18 | Yes")
    record = third(lambda form: form.replace(UNDER_18 + "\n", edited_form), "Ongoing")
    assert record.eligibility.standard_ages == ("ADULT", "CHILD")
    assert record.warnings == ()
    twice = third(lambda form: form.replace("F.1.2 |", AGE.replace("F.1.1", "F.1.2") + "F.1.2 |"), "Ongoing")
    assert (twice.eligibility.standard_ages, twice.warnings) == (("ADULT",), ())


@pytest.mark.fault("R-A7")
@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("F.2.1 |", "F.2.1 | Number of women | 17\nF.2.1 |", "F.2.1 Number of women"),
        ("E.6.1 |", "Z9 | Colour of the tablet | blue\nE.6.1 |", "Z9 Colour of the tablet"),
        ("E.6.1 |", "F.9 | Astray | yes\nE.6.1 |", "F.9 Astray"),
        (
            "A.3.2 | Name or",
            "A.3.2 | Short name or",
            "A.3.2 Short name or abbreviated title of the trial where available",
        ),
    ],
)
def test_a_row_that_is_not_known_is_kept_and_named(old: str, new: str, row: str) -> None:
    text = page("DE", Facts(edit=lambda form: form.replace(old, new)))
    record = read(DE=text, PT=page("PT"))
    assert record.warnings == (f"The EU register's form has a row that is not known here: {row}",)
    assert (record.eligibility.sex, record.phases) == ("ALL", ("PHASE2",))
    form = read_form(text, NUMBER, "DE")
    assert [" ".join(key[1:]) for key in form.odd] == [row]
    assert digests(document(DE=text)) != digests(document(DE=page("DE")))


@pytest.mark.fault("R-A7")
def test_what_an_unknown_row_says_is_in_the_record() -> None:
    record = read(DE=page("DE", Facts(edit=lambda form: form.replace("F.2.1 |", "F.2.1 | Number | 17\nF.2.1 |"))))
    assert record.other == {"DE.F.2.1 Number": "17"}


@pytest.mark.fault("R-A7")
def test_a_label_is_found_in_its_section_under_another_code() -> None:
    def renumbered(form: str) -> str:
        return form.replace("F.2.1 |", "F.2.7 |").replace("E.7.2 |", "E.7.9 |")

    record = read(DE=page("DE", Facts(edit=renumbered)))
    assert (record.eligibility.sex, record.phases) == ("ALL", ("PHASE2",))


@pytest.mark.fault("R-A7")
def test_labels_changed_over_are_flagged_and_read_as_labelled() -> None:
    record = read(DE=edited("Therapeutic exploratory (Phase II)", "Therapeutic confirmatory (Phase III)"))
    assert record.phases == ()
    assert record.warnings == (
        "The EU register's form has a row that is not known here: E.7.2 Therapeutic confirmatory (Phase III)",
    )


@pytest.mark.fault("R-A7")
@pytest.mark.parametrize("gone", ["F.1.1", "A.3", "B.1.1", "E.2.1", "F.2.1"])
def test_a_page_without_one_of_its_rows_is_read(gone: str) -> None:
    def without(form: str) -> str:
        return "\n".join(line for line in form.splitlines() if not line.startswith(f"{gone} |"))

    assert read(DE=page("DE", Facts(edit=without))).status == "ONGOING"


@pytest.mark.fault("R-A7")
def test_a_trial_that_moved_to_ctis_is_over_in_this_register() -> None:
    moved = "Trial now transitioned"
    record = read(**two(DE=Facts(status=moved), PT=Facts(status=moved)))
    assert (record.status, record.warnings) == ("TRANSITIONED", ())
    assert status_words(record.status) == "Transitioned to CTIS"
    assert read(**two(DE=Facts(status=moved), PT=Facts(status="Completed"))).status == "TRANSITIONED"
    assert read(**two(DE=Facts(status=moved), PT=Facts(status="Ongoing"))).status == "ONGOING"


@pytest.mark.fault("R-A7")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Ongoing", "ONGOING"),
        ("ongoing", "ONGOING"),
        ("Restarted", "ONGOING"),
        ("Completed", "COMPLETED"),
        ("Prematurely Ended", "TERMINATED"),
        ("Prematurely  ended", "TERMINATED"),
        ("Temporarily Halted", "SUSPENDED"),
        ("Suspended by CA", "SUSPENDED"),
        ("Prohibited by CA", "TERMINATED"),
        ("Not Authorised", "WITHDRAWN"),
        ("GB - no longer in EU/EEA", "UNKNOWN"),
        ("Trial now transitioned", "TRANSITIONED"),
    ],
)
def test_every_status_of_the_register_is_known(words: str, code: str) -> None:
    record = read(DE=page("DE", Facts(status=words)))
    assert (record.status, record.warnings) == (code, ())


@pytest.mark.fault("R-A7")
def test_a_new_word_in_ten_countries_is_one_sentence() -> None:
    pages = {name: page(name, Facts(status="On holiday")) for name in ("DE", "PT", "FR")}
    record = read(**pages)
    assert record.warnings == ("The EU register shows a trial status that is not known here: On holiday",)
    assert euctr.read(document(**pages)).new_words == record.warnings
    assert all("::" not in sentence for sentence in record.warnings)


@pytest.mark.fault("R-B4")
def test_planned_numbers_of_countries_are_not_added_up() -> None:
    silent = {
        name: page(name, Facts(subjects=number)).replace("240", "") for name, number in (("DE", "80"), ("PT", "12"))
    }
    assert read(**silent).enrollment == Enrollment()
    assert read(DE=silent["DE"]).enrollment == Enrollment(80, "ESTIMATED")
    assert read(DE=page("DE"), PT=page("PT")).enrollment.count == 240
