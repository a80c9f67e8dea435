"""The page the project began with: as text and as five kinds of page one record, and the facts of the demo's."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.paths import SHARED
from tests.support.registry.trial_pages import RENDERINGS, parts_of, silent
from tracker.changes.diff import compare
from tracker.demo.story import SEED, record_on
from tracker.records.trial import TrialRecord
from tracker.registries import trialpage
from tracker.registries.ctgov import reader as ctgov

PAGE = SHARED / "seed" / "NCT05349331-page.txt"
PROSE = ("summary", "eligibility.criteria", ".description")
"""The demo says in words of its own what the page says at length."""


@pytest.fixture(scope="module")
def saved() -> str:
    if not PAGE.is_file():
        pytest.skip("the optional saved page (../shared/seed) is not on this machine")
    return PAGE.read_text(encoding="utf-8")


def read(text: str, *, html: bool = False) -> TrialRecord:
    return trialpage.read(trialpage.document_of(text.encode(), html=html)).record


def test_every_rendering_of_the_real_page_gives_one_record(saved: str) -> None:
    record = read(saved)
    assert record.warnings == ()
    for name, render in {**RENDERINGS, "silent": silent}.items():
        assert read(render(saved), html=True) == record, name


def test_the_real_page_agrees_with_the_demo_on_every_fact(saved: str) -> None:
    told = record_on(SEED, date(2026, 1, 15))
    assert told is not None
    ours = ctgov.read(told).record.document()
    differing = {it.field for it in compare(ours, read(saved).document()) if it.after is not None}
    facts = {field for field in differing if not field.endswith(PROSE) and not field.startswith("other.")}
    assert facts == set()
    assert len(differing) == 6  # summary, criteria, two arms, one intervention, and what the page says of results


def test_every_section_of_the_real_page_is_in_its_record(saved: str) -> None:
    """Nothing a section says is lost, but for the sentences in which the site explains itself."""
    record = read(saved).document()
    held = " ".join(str(record).replace("\\n", " ").split()).casefold()
    section, lost = "", []
    for kind, text, value in parts_of(saved):
        if kind == "section":
            section, explained = text, text != "Study Results"
        elif kind == "text" and explained and section:
            explained = False
        else:
            for said in filter(None, (text if kind in ("text", "item") else "", value)):
                words = [word for word in said.casefold().split() if word.isalnum()]
                lost += [said] if not all(word in held for word in words) else []
    assert lost == ["74 participants", "No interventions assigned to this group"], "a count, and an empty list"


def test_facts_a_person_reads_off_the_real_page(saved: str) -> None:
    record = read(saved)
    assert (record.trial, record.status, record.phases, record.enrollment.count) == (
        "NCT05349331",
        "COMPLETED",
        ("PHASE2",),
        74,
    )
    assert [arm.type for arm in record.arms.values()] == ["NO_INTERVENTION", "EXPERIMENTAL"]
    assert record.arms["resection-group"].interventions == ("Procedure: Liver Resection",)
    [site] = record.sites.values()
    assert (site.facility, site.city, site.state, site.country, site.status) == (
        "Sun Yat-Sen University Cancer Center",
        "Guangzhou",
        "Guangdong",
        "China",
        None,
    )
    criteria = record.eligibility.criteria or ""
    assert criteria.count("\n* ") == 24
    assert "platelets>75×109/L" in criteria
    party = record.sponsor.responsible_party
    assert party is not None
    assert (party.name, party.title, party.type) == ("Binkui Li", "Professor", "PRINCIPAL_INVESTIGATOR")
    assert (record.description, record.results.state) == (None, "none")
