"""The laws of ranking."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log1p, sqrt
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.records.similar_factories import nct, several, trial
from tracker.records.trial import Eligibility, Intervention, Mesh, OutcomeMeasure, Outcomes, TrialRecord
from tracker.similar.ranking import postings
from tracker.similar.ranking.background import Background, shipped
from tracker.similar.ranking.order import in_order
from tracker.similar.ranking.postings import counts_of, joined, postings_of, query_of
from tracker.similar.ranking.sections import included_and_excluded, sections
from tracker.similar.ranking.tokens import EMPTY, phrases_in, stem, terms
from tracker.similar.ranking.vectors import STEP, hash_of, terms_of, vector_of
from tracker.similar.ranking.weighed_terms import shared_terms, weighed_terms

few = settings(max_examples=25)
PAIRS = ("liver resect", "liver tumour", "tumour resect", "clinic respons")


def background(*known: str, trials: int = 1000, count: int = 10) -> Background:
    """Frequencies of these terms and of the pairs above: each is in `count` trials."""
    numbers = np.array(sorted({hash_of(term) for term in (*known, *PAIRS)}), np.uint64)
    return Background(trials, numbers, np.full(numbers.size, count, np.uint32))


def scores(records: Sequence[TrialRecord], seed: int = 1, known: Background | None = None) -> dict[str, float]:
    """How similar each record is to the one with this number."""
    known = known or shipped()
    vectors = [vector_of(record, known) for record in records]
    row = [record.trial for record in records].index(nct(seed))
    found = query_of(vectors[row], known).scores(postings_of(vectors, known))
    return dict(zip([record.trial for record in records], found.tolist(), strict=True))


@few
@given(several())
def test_a_record_is_most_like_itself_and_likeness_is_mutual(records: list[TrialRecord]) -> None:
    table = {record.trial: scores(records, number) for number, record in enumerate(records, 1)}
    for one, row in table.items():
        assert max(row.values()) == row[one]
        assert row[one] == pytest.approx(1 if terms_of(records[int(one[3:]) - 1]).size else 0, abs=2e-3)
        assert all(-1e-6 <= score <= 1 + 1e-3 for score in row.values())
        assert all(score == pytest.approx(table[other][one], abs=1e-5) for other, score in row.items())


@few
@given(several(2))
def test_a_score_is_the_cosine_of_two_records_worked_out_by_hand(records: list[TrialRecord]) -> None:
    known = background("liver", "stone", "resect")

    def weights(record: TrialRecord) -> dict[str, float]:
        counted: dict[str, float] = {}
        for section in sections(record):
            for term in (term for text in section.texts for term in terms(text)):
                empty = not {stem(word) for word in EMPTY}.isdisjoint(term.split())
                share = 0.5 if " " in term and empty else 1
                counted[term] = counted.get(term, 0) + section.weight * share
        found = {}
        for term, count in counted.items():
            is_known = bool(known.knows(np.array([hash_of(term)], np.uint64))[0])
            if is_known or " " not in term:
                steps = min(max(round(log1p(count) / float(STEP)), 1), 255)
                rarity = (log(1001 / (1 + (10 if is_known else 1))) + 1) ** 1.4
                found[term] = steps * float(STEP) * rarity
        length = sqrt(sum(weight * weight for weight in found.values())) or 1.0
        return {term: weight / length for term, weight in found.items()}

    mine, found = weights(records[0]), scores(records, known=known)
    for other in records[1:]:
        theirs = weights(other)
        by_hand = sum(weight * theirs.get(term, 0) for term, weight in mine.items())
        assert found[other.trial] == pytest.approx(by_hand, abs=1e-5)


@few
@given(several(2))
def test_what_the_shared_terms_add_sums_to_the_score(records: list[TrialRecord]) -> None:
    one, other = (weighed_terms(record, shipped()) for record in records[:2])
    shared = shared_terms(one, other)
    assert sum(share for _, share in shared) == pytest.approx(scores(records)[nct(2)], abs=1e-5)
    assert [share for _, share in shared] == sorted((share for _, share in shared), reverse=True)
    assert {term for term, _ in shared} == one.keys() & other.keys()


@few
@given(several(2), st.randoms(use_true_random=False))
def test_other_trials_and_their_order_move_no_score(records: list[TrialRecord], draw: object) -> None:
    alone = scores(records[:2])
    assert scores(records)[nct(2)] == alone[nct(2)]
    shuffled = [*records, trial(99, "Xylophone quartz"), *(trial(100 + n, "liver resection") for n in range(9))]
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert scores(shuffled)[nct(2)] == alone[nct(2)]


def test_forms_of_a_word_count_as_one() -> None:
    found = scores(
        [
            trial(1, "Resected liver tumours"),
            trial(2, "Resection of a tumour of the liver"),
            trial(3, "A stone in the kidney"),
        ]
    )
    assert found[nct(2)] > 0.1 and found[nct(3)] == 0


def test_phase_sponsor_and_country_move_nothing() -> None:
    same = {"phases": ("PHASE2",), "countries": ("China",), "study_type": "INTERVENTIONAL"}
    found = scores([trial(1, "Liver tumour", **same), trial(2, "Liver tumour"), trial(3, "Liver tumour", **same)])
    assert found[nct(1)] == found[nct(2)] == found[nct(3)]


def test_the_subject_counts_more_than_the_text_and_the_text_more_than_an_exclusion() -> None:
    def seed(number: int, **fields: object) -> TrialRecord:
        return trial(number, "Insomnia of the elderly", conditions=("Insomnia",), **fields)

    found = scores(
        [
            seed(1, summary="glaucoma", interventions={"x": Intervention("Melatonin")}),
            trial(2, "A zoster vaccine", interventions={"x": Intervention("Melatonin")}),
            trial(3, "A zoster vaccine", summary="melatonin"),
            trial(4, "A zoster vaccine", eligibility=Eligibility(criteria="Exclusion criteria: melatonin")),
            trial(5, "A zoster vaccine"),
        ]
    )
    order = [found[nct(number)] for number in (2, 3, 4, 5)]
    assert order == sorted(order, reverse=True) and len(set(order)) == 4
    assert found[nct(4)] < found[nct(3)] / 2


def test_what_a_trial_excludes_is_not_what_it_is_about() -> None:
    hiv = "Exclusion Criteria: HIV infection, hepatitis B, organ transplant"
    found = scores(
        [
            trial(1, "Liver resection", eligibility=Eligibility(criteria=f"Liver cancer. {hiv}")),
            trial(2, "Antiretrovirals", conditions=("HIV Infections",), keywords=("hepatitis B", "transplant")),
            trial(3, "Hepatic surgery for liver cancer", eligibility=Eligibility(criteria="Child-Pugh A")),
        ]
    )
    assert found[nct(3)] > 2 * found[nct(2)]


@pytest.mark.parametrize(
    ("criteria", "excluded"),
    [
        ("Inclusion Criteria: adults\n\nExclusion Criteria:\n\n* pregnancy", "pregnancy"),
        ("INCLUSION: adults. EXCLUSION: pregnancy", "pregnancy"),
        ("Adults. Key exclusion criteria are pregnancy", "pregnancy"),
        ("Adults. Exclusions: pregnancy", "pregnancy"),
        ("Adults. Patients are not eligible if pregnant (pregnancy)", "pregnancy"),
        ("Adults. Non-inclusion criteria: pregnancy", "pregnancy"),
        ("Adults after exclusion of pregnancy", ""),
        ("", ""),
    ],
)
def test_exclusions_begin_at_their_heading(criteria: str, excluded: str) -> None:
    before, after = included_and_excluded(trial(1, eligibility=Eligibility(criteria=criteria)))
    assert (excluded in after) if excluded else after == ""
    assert not excluded or excluded not in before


def test_shared_headings_and_the_wider_ones_above_them_add_a_little() -> None:
    narrow = Mesh(interventions=("Sorafenib",), wider_interventions=("Protein Kinase Inhibitors",))
    cousin = Mesh(interventions=("Lenvatinib",), wider_interventions=("Protein Kinase Inhibitors",))
    found = scores([trial(1, "Alpha", mesh=narrow), trial(2, "Beta", mesh=narrow), trial(3, "Gamma", mesh=cousin)])
    assert found[nct(2)] > found[nct(3)] > 0


def test_outcomes_count() -> None:
    same = Outcomes(primary={"a": OutcomeMeasure("Nightmare frequency")})
    found = scores([trial(1, "Alpha", outcomes=same), trial(2, "Beta", outcomes=same), trial(3, "Gamma")])
    assert found[nct(2)] > 0 == found[nct(3)]


def test_trials_without_a_word_can_be_asked_about() -> None:
    assert set(scores([trial(1), trial(2), trial(3, "liver")]).values()) == {0}
    assert scores([trial(1)]) == {nct(1): 0}


def test_a_word_of_most_trials_says_nothing_and_a_rare_one_more_than_a_common_one() -> None:
    known = shipped()
    most, common, rare, new = (
        known.rarity(np.array([hash_of(term)], np.uint64))[0] for term in ("patient", "cancer", "tiragolumab", "zzqx")
    )
    assert most == 0 < common < rare <= new


def test_pairs_count_only_if_the_background_knows_them() -> None:
    known = background()
    found = vector_of(trial(1, "Liver resection zebra quartz"), known).terms.tolist()
    assert hash_of("liver resect") in found and hash_of("zebra") in found
    assert hash_of("zebra quartz") not in found


def test_no_pair_crosses_from_one_text_to_the_next() -> None:
    known = background()
    assert hash_of("liver resect") in vector_of(trial(1, "liver resection"), known).terms.tolist()
    apart = trial(1, "liver", conditions=("resection",))
    assert hash_of("liver resect") not in vector_of(apart, known).terms.tolist()


def test_a_store_adds_its_own_frequencies() -> None:
    known = background("liver", trials=1000, count=10)
    own = np.array(sorted([hash_of("liver"), hash_of("zzqx"), hash_of("once")]), np.uint64)
    counts = np.array([1 if number == hash_of("once") else 500 for number in own.tolist()], np.uint32)
    both = known.with_own(1000, own, counts)

    def rarity(of: Background, term: str) -> float:
        return float(of.rarity(np.array([hash_of(term)], np.uint64))[0])

    assert both.trials == 2000
    assert rarity(both, "liver") < rarity(known, "liver")
    assert rarity(both, "zzqx") < rarity(known, "zzqx")
    assert not both.knows(np.array([hash_of("once")], np.uint64))[0]
    assert both.knows(np.array([hash_of("liver resect")], np.uint64))[0]


@pytest.mark.parametrize("at_once", [1, 3, 1 << 20])
@few
@given(several(), several(), st.data())
def test_postings_joined_are_those_made_at_once(
    at_once: int, some: list[TrialRecord], others: list[TrialRecord], data: st.DataObject
) -> None:
    known = shipped()
    parts, kept = [], []
    for records in (some, others):
        vectors = [vector_of(record, known) for record in records]
        keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors))), np.bool_)
        parts.append((postings_of(vectors, known), keep))
        kept += [vector for vector, wanted in zip(vectors, keep.tolist(), strict=True) if wanted]
    whole = postings_of(kept, known)
    with patch.object(postings, "_AT_ONCE", at_once):
        together = joined(parts, known)
        terms_found, counts = counts_of(parts)
    for name in ("terms", "starts", "rows", "amounts"):
        assert getattr(together, name).tolist() == getattr(whole, name).tolist(), name
    assert together.lengths.tolist() == pytest.approx(whole.lengths.tolist(), rel=1e-6)
    expected = dict(zip(whole.terms.tolist(), np.diff(whole.starts).tolist(), strict=True))
    assert {term: count for term, count in zip(terms_found.tolist(), counts.tolist(), strict=True) if count} == expected


@few
@given(st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.1000001, 0.2, 0.9]), max_size=200), st.integers(0, 200))
def test_the_order_is_by_score_then_id_and_leaves_out_what_does_not_count(values: list[float], cut: int) -> None:
    names = [nct(7 * number % 1009) for number in range(len(values))]
    parts = [
        (np.array([name.encode() for name in some] or [b""], np.bytes_)[: len(some)], np.array(found, np.float32))
        for some, found in ((names[:cut], values[:cut]), (names[cut:], values[cut:]))
    ]
    found = list(in_order(parts))
    expected = sorted((-round(value, 6), name) for name, value in zip(names, values, strict=True) if value >= 0)
    assert [(it.trial, it.score) for it in found] == [(name, -value) for value, name in expected]
    assert all(parts[it.part][0][it.row].decode() == it.trial for it in found)


def test_nothing_to_order() -> None:
    assert list(in_order([])) == []


def test_a_phrase_is_two_words_with_nothing_between() -> None:
    found = phrases_in("Watch-and-wait; clinical complete response.\nOperable (liver) tumours")
    assert found["complet respons"] == {"complete response"} and found["watch and"] == {"watch-and"}
    assert not {"wait clinic", "respons oper", "liver tumour"} & found.keys()
