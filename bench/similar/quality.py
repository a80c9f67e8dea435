"""How well trials like a trial are found, against what people and registrants judged alike.

Candidates are shuffled and ties broken at random, since listed order would be rewarded. Intervals are of 95 %, by
drawing seeds (or queries) with replacement. The weights of the ranking were chosen on these very sets, so `chosen`
says what such a choice gives on seeds it has not seen.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from statistics import mean

import numpy as np
import numpy.typing as npt

from bench.similar.corpus import Grades, Old, grades, new_shelf
from bench.similar.plain import Plain, all_text, short_fields
from bench.table import Line
from tracker.records.trial import TrialRecord
from tracker.similar.ranking.background import Background, shipped
from tracker.similar.ranking.postings import postings_of, query_of
from tracker.similar.ranking.vectors import vector_of

__all__ = ["GOALS", "Material", "Scorer", "agreement", "figures", "graded_ndcg", "quality", "ranked_by_us"]

GOALS = {("TREC10", "P@1"): 0.84, ("TREC10", "nDCG@5"): 0.77, ("XREF", "R@20"): 0.73, ("PMID", "nDCG@5"): 0.54}
RELATED = 2
DRAWS = 1000
Scores = npt.NDArray[np.float32]
Scorer = Callable[[int], Scores]
"""The row of a record on its shelf -> how like it every record of the shelf is."""
Figures = dict[tuple[str, str], dict[str, float]]
"""(set, measure) -> seed or query -> figure."""


@dataclass(frozen=True)
class Material:
    """Both shelves and all judgments."""

    old: Old
    new: Mapping[str, TrialRecord]
    grades: Grades

    @classmethod
    def read(cls) -> Material:
        return cls(Old.read(), new_shelf(), grades())

    @cached_property
    def old_ids(self) -> list[str]:
        return sorted(self.old.records)

    @cached_property
    def new_ids(self) -> list[str]:
        return sorted(self.new)


def ranked_by_us(records: Sequence[TrialRecord], background: Background | None = None) -> Scorer:
    """The ranking of the program."""
    known = background or shipped()
    vectors = [vector_of(record, known) for record in records]
    postings = postings_of(vectors, known)
    return lambda row: query_of(vectors[row], known).scores(postings)


def quality(material: Material) -> Iterator[Line]:
    """Every figure of the ranking and of those it is measured against."""
    old = [material.old.records[trial] for trial in material.old_ids]
    new = [material.new[trial] for trial in material.new_ids]
    plain, short = (lambda shelf: Plain(shelf, all_text).scores), (lambda shelf: Plain(shelf, short_fields).scores)
    rankings: dict[str, Callable[[list[TrialRecord]], Scorer]] = {
        "ours": ranked_by_us,
        "TF-IDF of all text": plain,
        "TF-IDF of short fields": short,
        "random order": lambda shelf: lambda _: np.zeros(len(shelf), np.float32),
    }
    found = {name: figures(material, make(old), make(new)) for name, make in rankings.items()}
    best = {key: max(mean(found[name][key].values()) for name in rankings if name != "ours") for key in found["ours"]}
    for name, measured in found.items():
        for key, each in measured.items():
            goal = GOALS.get(key, best[key]) if name == "ours" else None
            reached = None if goal is None else mean(each.values()) >= goal
            figure = f"{key[1]} {mean(each.values()):.3f} {_interval(each)}"
            yield Line(f"{key[0]}: {name}", figure, "", f">= {goal:.3f}" if goal is not None else "", reached)


def figures(material: Material, old: Scorer, new: Scorer) -> Figures:
    """Every figure of one ranking, by seed or query."""
    found: Figures = defaultdict(dict)
    rows = {trial: row for row, trial in enumerate(material.new_ids)}
    for seed, graded in material.grades.items():
        scores = new(rows[seed])
        order = _graded_order(graded, rows, scores)
        found["judged", "nDCG@10"][seed] = graded_ndcg(graded, rows, scores)
        found["judged", "P@5"][seed] = mean(it >= RELATED for it in order[:5])
    rows = {trial: row for row, trial in enumerate(material.old_ids)}
    for number, pool in enumerate(material.old.pools):
        scores = old(rows[pool["query"]])
        labels = dict(zip(pool["candidates"], pool["labels"], strict=True))
        in_order = _order(list(labels), [float(scores[rows[it]]) for it in labels], random.Random(number))
        order = [labels[it] for it in in_order]
        found["TREC10", "P@1"][str(number)] = order[0]
        found["TREC10", "nDCG@5"][str(number)] = _ndcg(order, order, 5)
    for kind, links in material.old.links.items():
        for trial, mates in links.items():
            scores = old(rows[trial]).copy()
            scores[rows[trial]] = -1
            order = [int(material.old_ids[row] in mates) for row in _best(scores, 20)]
            found[kind, "R@20"][trial] = sum(order) / len(mates)
            found[kind, "nDCG@5"][trial] = _ndcg(order, [1] * len(mates), 5)
    return found


def graded_ndcg(graded: Mapping[str, int], rows: Mapping[str, int], scores: Scores) -> float:
    """nDCG@10 of the graded trials of one seed. A grade of 3 gains 7, of 2 gains 3, of 1 gains 1."""
    gains = [2**grade - 1 for grade in _graded_order(graded, rows, scores)]
    return _ndcg(gains, gains, 10)


def _graded_order(graded: Mapping[str, int], rows: Mapping[str, int], scores: Scores) -> list[int]:
    trials = sorted(graded)
    order = _order(trials, [float(scores[rows[it]]) for it in trials], random.Random(len(trials)))
    return [graded[it] for it in order]


def agreement() -> Iterator[Line]:
    """How far the two readings of one pair agree."""
    first, second = grades(), grades("second-reading")
    pairs = [(first[seed][trial], grade) for seed, graded in second.items() for trial, grade in graded.items()]
    yield Line("pairs read twice", f"{len(pairs)}", "")
    yield Line("equal grades", f"{mean(a == b for a, b in pairs):.2f}", "")
    yield Line("grades that differ by one at most", f"{mean(abs(a - b) <= 1 for a, b in pairs):.2f}", "")
    yield Line("weighted kappa (quadratic)", f"{_kappa(pairs, lambda a, b: (a - b) ** 2):.2f}", "")
    related = [(a >= RELATED, b >= RELATED) for a, b in pairs]
    yield Line("kappa of related or not", f"{_kappa(related, lambda a, b: int(a != b)):.2f}", "")


def _kappa(pairs: Sequence[tuple[int, int]], weight: Callable[[int, int], int]) -> float:
    seen = mean(weight(a, b) for a, b in pairs)
    by_chance = mean(weight(a, b) for a, _ in pairs for _, b in pairs)
    return 1 - seen / by_chance


def _order(trials: Sequence[str], scores: Sequence[float], draw: random.Random) -> list[str]:
    shuffled = draw.sample(range(len(trials)), len(trials))
    return [trials[it] for it in sorted(shuffled, key=lambda it: -scores[it])]


def _best(scores: Scores, count: int) -> list[int]:
    some = np.argpartition(-scores, count)[: count + 1]
    return [int(row) for row in some[np.argsort(-scores[some], kind="stable")][:count]]


def _ndcg(gains: Sequence[float], all_gains: Sequence[float], depth: int) -> float:
    def total(values: Sequence[float]) -> float:
        return sum(gain / log2(place + 2) for place, gain in enumerate(values[:depth]))

    best = total(sorted(all_gains, reverse=True))
    return total(gains) / best if best else 0.0


def _interval(each: Mapping[str, float]) -> str:
    values = np.array(list(each.values()))
    draws = np.random.default_rng(0).choice(values, (DRAWS, values.size)).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"({low:.2f}-{high:.2f})"
