"""A trial page is read by its labels alone: one record, however the page is drawn."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from tests.support.registry.trial_pages import RENDERINGS, silent
from tracker.errors import Unreadable
from tracker.records.trial import Arm, Identifier, Intervention, Organization, Party, Site, TrialRecord
from tracker.registries import trialpage
from tracker.registries.page.page_errors import LayoutChanged

SAVED = (ROOT / "tests/support/registry/trial_page.txt").read_text(encoding="utf-8")


def read(text: str, *, html: bool = False) -> TrialRecord:
    return trialpage.read(trialpage.document_of(text.encode(), html=html)).record


def test_every_section_has_its_place_in_the_record() -> None:
    """Read by a person beside page.txt."""
    record = read(SAVED)
    assert record.warnings == ()
    assert (record.trial, record.status, record.phases) == (
        "NCT01234567",
        "ACTIVE_NOT_RECRUITING",
        ("PHASE1", "PHASE2"),
    )
    assert record.title.brief == "Early Bedtime Against Mild Insomnia in Shift Workers"
    assert (record.enrollment.count, record.study_type) == (1204, "INTERVENTIONAL")
    dates = record.dates
    assert [it and it.date for it in (dates.start, dates.completion, dates.last_update_posted)] == [
        "2024-02",
        "2026-08-31",
        "2025-11-03",
    ]
    assert record.results.state == "none"
    assert record.other["page.study_results"].startswith("Results pending\n\nNothing measured")
    assert record.summary == (
        "Shift workers sleep badly. Whether an early bedtime helps them is open.\n\n"
        "Conditions such as these are common:\n\n* nights with < 5 hours of sleep\n* naps > 2 hours"
    )
    assert record.description == 'Bedtime is moved by 30 minutes a week, for "AM" & "PM" shifts alike.'
    assert record.conditions == ("Circadian Rhythm Disorder", "Insomnia")
    design = record.design
    assert (design.allocation, design.model, design.purpose, design.masking) == (
        "NON_RANDOMIZED",
        "CROSSOVER",
        "SUPPORTIVE_CARE",
        "DOUBLE",
    )
    assert record.countries == ("France", "Switzerland")
    assert record.related == ("NCT07654321",)


def test_groups_and_interventions_find_each_other() -> None:
    record = read(SAVED)
    melatonin, bedtime = "Dietary Supplement: Melatonin 3 mg", "Behavioral: Bedtime"
    assert record.arms == {
        "early-group": Arm("Early group", "EXPERIMENTAL", "To bed at nine.", (bedtime, melatonin)),
        "usual-group": Arm("Usual group", "ACTIVE_COMPARATOR", None, (melatonin,)),
        "waiting-group": Arm("Waiting group", "NO_INTERVENTION", "Sleeps as ever,\n\nand is asked about it.", ()),
    }
    assert record.interventions == {
        "bedtime": Intervention("Bedtime", "BEHAVIORAL", "Lights out at nine.", ("Early group",)),
        "melatonin-3-mg": Intervention("Melatonin 3 mg", "DIETARY_SUPPLEMENT", None, ("Early group", "Usual group")),
    }


def test_people_places_and_numbers() -> None:
    record = read(SAVED)
    eligibility = record.eligibility
    assert eligibility.criteria == (
        "Inclusion Criteria:\n\n* 18 to 65 years\n* Works at night > 4 times a month\n\n"
        "Exclusion Criteria:\n\n* Sleep apnoea; restless legs"
    )
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("18 Years", "65 Years")
    assert (eligibility.sex, eligibility.healthy_volunteers) == ("FEMALE", True)
    assert (record.sponsor.lead, record.sponsor.lead_kind) == ("Night University", "OTHER")
    assert list(record.sponsor.collaborators.values()) == [Organization("Pillow Works Ltd", "INDUSTRY")]
    assert record.sponsor.responsible_party == Party("SPONSOR_INVESTIGATOR", "Ada Müller", "Head of Sleep")
    assert list(record.sites.values()) == [
        Site("Dawn Hospital", "Lyon", "Rhône", country="France"),
        Site("Night Clinic", "Bern", country="Switzerland", status="RECRUITING"),
    ]
    assert list(record.identifiers.values()) == [
        Identifier("2023-123456-12-00", "CTIS"),
        Identifier("NU-17-2", "org_study_id"),
    ]


@pytest.mark.parametrize("render", RENDERINGS.values(), ids=RENDERINGS)
def test_every_rendering_gives_one_and_the_same_record(render: object) -> None:
    page = render(SAVED)  # type: ignore[operator]
    assert "<html>" in page
    assert read(page, html=True) == read(SAVED)


def test_a_site_that_explains_nothing_gives_the_same_record() -> None:
    assert read(silent(SAVED), html=True) == read(SAVED)


def test_one_content_has_one_hash_in_every_dress() -> None:
    def content(text: str, *, html: bool) -> str:
        return trialpage.read(trialpage.document_of(text.encode(), html=html)).content_hash

    hashes = {content(render(SAVED), html=True) for render in RENDERINGS.values()} | {content(SAVED, html=False)}
    assert len(hashes) == 1
    assert content(SAVED.replace("1,204", "1,205"), html=False) not in hashes


MAINTENANCE = "<html><body><h1>We will be back soon</h1><p>The site is being mended. Status: 503.</p></body></html>"


@pytest.mark.fault("B31")
@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (MAINTENANCE, "no 'NCT ID' anywhere"),
        ("NCT ID: NCT01234567 and nothing else", "found layout"),
        (
            SAVED.replace("Recruitment Status", "State of recruiting"),
            "without 'Basic Information / Recruitment Status'",
        ),
        (SAVED.replace("Basic Information", "Facts"), "without 'Basic Information'"),
        ("\n".join(SAVED.splitlines()[:40]), "found layout"),
        (SAVED + "\nConditions\n\nAnother thing\n\nSomething else\n", "one section 'Conditions', found 2 that differ"),
    ],
    ids=["maintenance", "id alone", "label gone", "heading gone", "cut short", "said twice"],
)
def test_a_page_in_another_layout_is_refused_as_such(page: str, reason: str) -> None:
    with pytest.raises(LayoutChanged, match=reason):
        read(page, html=page.startswith("<"))


def test_an_id_that_is_none_is_refused_and_what_is_odd_is_carried() -> None:
    with pytest.raises(Unreadable, match="NCT ID"):
        read(SAVED.replace("NCT ID: NCT01234567", "NCT ID: NCT123"))
    odd = SAVED.replace("1,204 participants", "some").replace("2026-08-31", "next year").replace("\nYes\n", "\nSome\n")
    record = read(odd.replace("Results pending", "Results are in"))
    assert (record.enrollment.count, record.dates.completion and record.dates.completion.date) == (None, "next year")
    assert (record.results.state, len(record.warnings)) == (None, 4)


@pytest.mark.fault("C06")
def test_lines_of_nothing_but_a_bullet_say_nothing() -> None:
    assert read(SAVED.replace("NCT ID", "*\n\n* *\n\nNCT ID").replace("\nBern", "\n*\n\nBern")) == read(SAVED)


def test_labels_in_another_order_say_the_same() -> None:
    moved = SAVED.replace("Clinical Phase\n\nPHASE1/PHASE2\n\n", "")
    moved = moved.replace("Study Start Date", "Clinical Phase\n\nPHASE1/PHASE2\n\nStudy Start Date")
    assert moved != SAVED
    assert read(moved) == read(SAVED)


@pytest.mark.fault("R-G1")
def test_a_count_of_thousands_of_digits_is_no_count() -> None:
    record = read(SAVED.replace("1,204 participants", "1" + ",000" * 1500))
    assert record.enrollment.count is None
    assert "is no count" in record.warnings[0]
