"""Over real records, where they are: every reason holds in the registry's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from statistics import mean
from typing import Any

import numpy as np
import pytest

from bench.similar.plain import Plain, all_text, short_fields
from bench.similar.quality import Material, Scorer, graded_ndcg, ranked_by_us
from tests.integration.real.conftest import real_data, real_records
from tests.support.registry.projection import projected
from tracker.errors import RecordError
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.query_language import ESSIE
from tracker.registries.ctgov.reader import read
from tracker.similar.filters import facets_of
from tracker.similar.ranking.background import shipped
from tracker.similar.ranking.order import in_order
from tracker.similar.ranking.postings import postings_of, query_of
from tracker.similar.ranking.sections import sections, text_of
from tracker.similar.ranking.shared_reasons import reasons
from tracker.similar.ranking.vectors import vector_of
from tracker.similar.ranking.weighed_terms import telling_terms, weighed_terms

__all__ = ["real_data", "real_records"]

AT_MOST = 400


@pytest.fixture(scope="module")
def known(real_records: list[dict[str, Any]]) -> dict[str, tuple[TrialRecord, str]]:
    """Records, and all texts of the document each was read from."""
    found: dict[str, tuple[TrialRecord, str]] = {}
    for document in real_records[:AT_MOST]:
        try:
            record = read(document).record
        except RecordError:
            continue
        found[record.trial] = (record, "\n".join(_plain(text) for text in _texts(document)))
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\\([~>*\[\]<#_])", r"\1", text).split()).casefold()


def test_every_reason_stands_in_both_documents(known: dict[str, tuple[TrialRecord, str]]) -> None:
    told = 0
    for seed, nearest in _nearest(known, 20).items():
        (one, mine) = known[seed]
        weights = weighed_terms(one, shipped())
        for ranked in nearest:
            other, theirs = known[ranked]
            found = reasons(one, other, telling_terms(weights, weighed_terms(other, shipped()), shipped()))
            assert found, (seed, ranked)
            for reason in found:
                for value in _plain(reason.value).split("/") if reason.kind == "phase" else [_plain(reason.value)]:
                    assert value in mine and value in theirs, (seed, ranked, reason)
            told += len(found)
    assert told > 500


def _nearest(known: dict[str, tuple[TrialRecord, str]], step: int) -> dict[str, list[str]]:
    """The ten nearest of every `step`th trial."""
    names = sorted(known)
    vectors = [vector_of(known[name][0], shipped()) for name in names]
    postings = postings_of(vectors, shipped())
    ids = np.array([name.encode() for name in names])
    found = {}
    for row in range(0, len(names), step):
        ranked = in_order([(ids, query_of(vectors[row], shipped()).scores(postings))])
        found[names[row]] = [it.trial for it in islice(ranked, 11) if it.trial != names[row]][:10]
    return found


def test_what_a_search_asks_for_is_all_that_ranks_and_filters(real_records: list[dict[str, Any]]) -> None:
    fields = ESSIE.likest_first({})["fields"]
    for document in real_records[:AT_MOST]:
        try:
            whole = read(document).record
        except RecordError:
            continue
        sent = read(projected(document, fields)).record
        assert text_of(sent) == text_of(whole) and sections(sent) == sections(whole), whole.trial
        assert facets_of(sent) == facets_of(whole), whole.trial
        assert not sent.contacts.central and not sent.contacts.officials, whole.trial


def test_the_judged_trials_are_found_better_than_by_plain_rankings(real_data: object) -> None:
    """The figures of docs/explanation/similar.md, loosely: a change that ruins the ranking does not pass unseen."""
    material = Material.read()
    new = [material.new[trial] for trial in material.new_ids]
    rows = {trial: row for row, trial in enumerate(material.new_ids)}

    def quality(scorer: Scorer) -> float:
        return mean(graded_ndcg(graded, rows, scorer(rows[seed])) for seed, graded in material.grades.items())

    ours = quality(ranked_by_us(new))
    assert ours > 0.82
    assert ours > quality(Plain(new, all_text).scores) + 0.03
    assert ours > quality(Plain(new, short_fields).scores) + 0.03
