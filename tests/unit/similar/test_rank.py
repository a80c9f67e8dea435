"""The laws of ranking."""

from __future__ import annotations

from collections import Counter
from math import log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.records.similar_factories import nct, several, trial
from tracker.errors import UnknownTrial
from tracker.records.trial import Mesh, TrialRecord
from tracker.similar.rank import NO_BONUS, Ranking
from tracker.similar.terms import phrases_in, terms, text_of

few = settings(max_examples=25)


@few
@given(several())
def test_the_nearest_are_all_the_others_each_once_best_first(records: list[TrialRecord]) -> None:
    found = list(Ranking(records).nearest(nct(1)))
    assert sorted(it.trial for it in found) == sorted(it.trial for it in records[1:])
    assert [it.score for it in found] == sorted((it.score for it in found), reverse=True)


@few
@given(several(), st.randoms())
def test_the_order_of_storage_changes_nothing(records: list[TrialRecord], draw: object) -> None:
    before = Ranking(records)
    draw.shuffle(records)  # type: ignore[attr-defined]
    after = Ranking([*records, *records[:1]])
    assert list(before.nearest(nct(1))) == list(after.nearest(nct(1)))
    assert before.top_terms(nct(1)) == after.top_terms(nct(1))


@few
@given(several())
def test_a_record_is_most_like_itself_and_likeness_is_mutual(records: list[TrialRecord]) -> None:
    ranking = Ranking(records)
    table = [ranking.scores(name).tolist() for name in ranking.trials]
    for row, scores in enumerate(table):
        assert max(scores) == scores[row]
        assert all(0 <= score <= 1 for score in scores)
        assert scores == pytest.approx([other[row] for other in table], abs=2e-6)


@few
@given(several(2))
def test_what_the_terms_carry_sums_to_the_likeness_of_all_words(records: list[TrialRecord]) -> None:
    ranking = Ranking(records, NO_BONUS)
    score = ranking.scores(nct(1)).tolist()[1]
    shared = ranking.shared_terms(nct(1), nct(2))
    assert sum(share for _, share in shared) == pytest.approx(score, abs=2e-6)
    both = set(terms(text_of(records[0]))) & set(terms(text_of(records[1])))
    assert {term for term, _ in shared} == both


def test_forms_of_a_word_count_as_one() -> None:
    seed = trial(1, "Resected liver tumours")
    others = [trial(2, "Resection of a tumour of the liver"), trial(3, "A stone in the kidney")]
    found = list(Ranking([seed, *others]).nearest(nct(1)))
    assert [it.trial for it in found] == [nct(2), nct(3)]
    assert found[0].score > 0.2 and found[1].score == 0


def test_ties_go_by_trial_id() -> None:
    found = list(Ranking([trial(number, "Liver tumour") for number in (3, 1, 4, 2)]).nearest(nct(3)))
    assert [it.trial for it in found] == [nct(1), nct(2), nct(4)]


def test_phase_sponsor_and_country_move_nothing() -> None:
    same = {"phases": ("PHASE2",), "countries": ("China",), "study_type": "INTERVENTIONAL"}
    ranked = Ranking([trial(1, "Liver tumour", **same), trial(2, "Liver tumour"), trial(3, "Liver tumour", **same)])
    assert len({it.score for it in ranked.nearest(nct(1))}) == 1


def test_a_shared_intervention_heading_adds_a_little() -> None:
    mesh = Mesh(interventions=("Sorafenib",))
    ranked = Ranking([trial(1, mesh=mesh), trial(2, mesh=Mesh(interventions=("sorafenib", "Heparin"))), trial(3)])
    gain = Ranking([trial(1, mesh=mesh), trial(2), trial(3)])
    assert next(ranked.nearest(nct(1))).trial == nct(2)
    assert ranked.scores(nct(1))[0] > ranked.scores(nct(1))[1] > gain.scores(nct(1))[1] == 0


def test_trials_without_a_word_can_be_asked_about() -> None:
    assert [it.score for it in Ranking([trial(1), trial(2)]).nearest(nct(1))] == [0]
    assert list(Ranking([trial(1)]).nearest(nct(1))) == []
    many = Ranking([trial(number, f"word{number}") for number in range(1, 61)])  # no word that two of them share
    assert {it.score for it in many.nearest(nct(1))} == {0}


def test_only_given_trials_are_ranked_and_an_unknown_seed_is_named() -> None:
    ranked = Ranking([trial(number, "Liver") for number in range(1, 5)])
    assert [it.trial for it in ranked.nearest(nct(1), {nct(1), nct(3), nct(9)})] == [nct(3)]
    with pytest.raises(UnknownTrial, match=nct(9)):
        ranked.nearest(nct(9))


def test_among_many_a_word_of_most_says_nothing() -> None:
    crowd = [trial(number, f"patients {'liver' if number < 4 else f'word{number % 7}'}") for number in range(1, 61)]
    shared = Ranking(crowd).shared_terms(nct(1), nct(2))
    assert "liver" in dict(shared) and "patient" not in dict(shared)


def test_a_phrase_is_two_words_with_nothing_between() -> None:
    found = phrases_in("Watch-and-wait; clinical complete response.\nOperable (liver) tumours")
    assert found["complet respons"] == {"complete response"} and found["watch and"] == {"watch-and"}
    assert not {"wait clinic", "respons oper", "liver tumour"} & found.keys()


def by_hand(one: TrialRecord, other: TrialRecord, common: Counter[str], trials: int) -> float:
    """The likeness of all words of two records, from these two and how common each word is: nothing else."""

    def weights(record: TrialRecord) -> dict[str, float]:
        told = Counter(terms(text_of(record)))
        found = {it: (1 + log(n)) * (log((1 + trials) / (1 + common[it])) + 1) for it, n in told.items()}
        length = sqrt(sum(weight * weight for weight in found.values()))
        return {term: weight / length for term, weight in found.items()}

    mine, theirs = weights(one), weights(other)
    return sum(weight * theirs.get(term, 0) for term, weight in mine.items())


@few
@given(several(3))
def test_other_trials_move_a_score_only_by_how_common_they_make_each_word(records: list[TrialRecord]) -> None:
    unrelated = trial(99, "Xylophone quartz", summary="zebra yonder")
    for shelf in (records, [*records, unrelated], [*records, *(trial(100 + n, "xylophone") for n in range(9))]):
        common = Counter(term for it in shelf for term in set(terms(text_of(it))))
        scores = dict(zip((ranking := Ranking(shelf, NO_BONUS)).trials, ranking.scores(nct(1)).tolist(), strict=True))
        for other in records[1:]:
            assert scores[other.trial] == pytest.approx(by_hand(records[0], other, common, len(shelf)), abs=2e-6)
        assert scores.get(nct(99), 0) == 0
