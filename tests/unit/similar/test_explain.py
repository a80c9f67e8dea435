"""Reasons hold in both records, and what says nothing is no reason."""

from __future__ import annotations

from hypothesis import given, settings

from tests.support.records.similar_factories import several, trial
from tracker.records.trial import Design, Eligibility, Intervention, Mesh, Sponsor, TrialRecord
from tracker.similar.ranking.background import shipped
from tracker.similar.ranking.sections import text_of
from tracker.similar.ranking.shared_reasons import SharedFact, reasons
from tracker.similar.ranking.weighed_terms import telling_terms, weighed_terms


def explained(one: TrialRecord, other: TrialRecord) -> list[SharedFact]:
    shares = telling_terms(weighed_terms(one, shipped()), weighed_terms(other, shipped()), shipped())
    return reasons(one, other, shares)


def holds(reason: SharedFact, record: TrialRecord) -> bool:
    """Looked up anew, without the code under test."""
    things = [name for it in record.interventions.values() for name in (it.name, *it.other_names)]
    places = {
        "condition": record.conditions,
        "mesh": (*record.mesh.conditions, *record.mesh.interventions),
        "intervention": things,
        "phase": ("/".join(record.phases),),
        "study_type": (record.study_type or "",),
        "sponsor": (record.sponsor.lead or "",),
        "country": record.countries,
    }
    value = " ".join(reason.value.split()).casefold()
    if reason.kind == "term":
        return value in text_of(record).casefold()
    if reason.kind.startswith("design."):
        return getattr(record.design, reason.kind.removeprefix("design.")) == reason.value
    return value in {" ".join(text.split()).casefold() for text in places[reason.kind]}


@settings(max_examples=40)
@given(several(2))
def test_every_reason_is_true_in_both(records: list[TrialRecord]) -> None:
    for other in records[1:]:
        for reason in explained(records[0], other):
            assert holds(reason, records[0]) and holds(reason, other), reason


def test_all_kinds() -> None:
    common = {
        "conditions": ("Liver Cancer",),
        "mesh": Mesh(("Liver Neoplasms",), ("Sorafenib",)),
        "phases": ("PHASE2",),
        "study_type": "INTERVENTIONAL",
        "design": Design(allocation="RANDOMIZED", masking="NONE"),
        "sponsor": Sponsor(lead="Sun Yat-sen University"),
        "countries": ("China", "France"),
    }
    one = trial(1, "Conversion therapy", interventions={"a": Intervention("Nexavar")}, **common)
    other = trial(2, "Conversion therapy", interventions={"b": Intervention("X", other_names=("NEXAVAR",))}, **common)
    found = explained(one, other)
    assert [(it.kind, it.value) for it in found if it.kind != "term"] == [
        ("condition", "Liver Cancer"),
        ("mesh", "Liver Neoplasms"),
        ("intervention", "Nexavar"),
        ("mesh", "Sorafenib"),
        ("phase", "PHASE2"),
        ("study_type", "INTERVENTIONAL"),
        ("design.allocation", "RANDOMIZED"),
        ("sponsor", "Sun Yat-sen University"),
        ("country", "China"),
        ("country", "France"),
    ]
    words = {it.value: it.share for it in found if it.kind == "term"}
    assert "conversion therapy" in words or "conversion" in words
    assert all(share and 0 < share <= 1 for share in words.values())


def test_phase_one_and_two_is_not_phase_two_and_no_phase_is_no_reason() -> None:
    assert explained(trial(1, phases=("PHASE1", "PHASE2")), trial(2, phases=("PHASE2",))) == []
    assert explained(trial(1, phases=("NA",)), trial(2, phases=("NA",))) == []
    assert explained(trial(1), trial(2)) == []


def test_a_term_is_shown_as_both_write_it_and_never_as_an_empty_or_common_word() -> None:
    found = explained(trial(1, "Resected patients with the stones"), trial(2, "Resection in patients with the stones"))
    assert [it.value for it in found] == ["stones"]


def test_a_term_within_one_already_told_is_left_out() -> None:
    found = explained(trial(1, "complete response"), trial(2, "complete response"))
    told = [it.value for it in found]
    assert len(told) <= 2 and not (told[0] == "complete response" and len(told) > 1)


def test_a_word_that_only_exclusions_or_criteria_share_is_no_reason() -> None:
    def record(number: int, title: str, **fields: object) -> TrialRecord:
        criteria = "Inclusion criteria: Karnofsky score above 70, twice weekly. Exclusion criteria: nightmares"
        return trial(number, title, eligibility=Eligibility(criteria=criteria), **fields)

    told = {it.value for it in explained(record(1, "Liver resection"), record(2, "Hepatic resection")) if it.share}
    assert told == {"resection"}
    about = explained(trial(1, "Nightmares of war"), record(2, "Liver resection"))
    assert "nightmares" not in {it.value for it in about}
    assert {it.value for it in explained(trial(1, "Nightmares of war"), record(2, "Nightmares at sea"))} == {
        "nightmares"
    }


def test_a_pair_is_given_instead_of_its_word_and_nothing_twice() -> None:
    one = trial(1, "Biportal endoscopy of the disc", conditions=("Nightmares",))
    other = trial(2, "Unilateral biportal endoscopy", conditions=("Nightmares",), summary="nightmares")
    assert [(it.kind, it.value) for it in explained(one, other)] == [
        ("condition", "Nightmares"),
        ("term", "biportal endoscopy"),
    ]


def test_words_of_any_design_are_no_reason() -> None:
    title = "A randomized controlled trial of efficacy and safety, double blind, prospective, multicenter"
    assert explained(trial(1, title), trial(2, title)) == []
