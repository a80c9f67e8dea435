"""A sheet to grade: a seed and a shuffled pool of trials, with a digest of each record. No contacts, no scores."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import numpy as np

from bench.similar.plain import Plain, all_text, short_fields
from bench.similar.quality import Scorer, ranked_by_us
from tracker.records.trial import TrialRecord

__all__ = ["sheet"]

DEPTH, SAME_CONDITION, OTHERS = 11, 4, 2


def sheet(shelf: Mapping[str, TrialRecord], seed: str) -> Iterator[str]:
    """Yield the lines of the sheet. The same seed always gets the same pool in the same order."""
    yield from _digest(shelf[seed], f"# Seed {seed}")
    for trial in _pool(shelf, seed):
        yield from _digest(shelf[trial], f"## {trial}")


def _pool(shelf: Mapping[str, TrialRecord], seed: str) -> list[str]:
    names = sorted(shelf)
    records, draw = [shelf[name] for name in names], random.Random(seed)
    scorers: list[Scorer] = [
        ranked_by_us(records),
        Plain(records, all_text).scores,
        Plain(records, short_fields).scores,
    ]
    found = {
        names[row]
        for scorer in scorers
        for row in np.argsort(-scorer(names.index(seed)), kind="stable")[: DEPTH + 1].tolist()
    }
    found.discard(seed)
    left = [name for name in names if name not in {*found, seed}]
    same = [name for name in left if _conditions(shelf[name]) & _conditions(shelf[seed])]
    found.update(draw.sample(same, min(SAME_CONDITION, len(same))))
    found.update(draw.sample([name for name in left if name not in found], OTHERS))
    return draw.sample(sorted(found), len(found))


def _conditions(record: TrialRecord) -> set[str]:
    return {text.casefold() for text in (*record.conditions, *record.mesh.conditions)}


def _digest(record: TrialRecord, heading: str) -> Iterator[str]:
    title, design = record.title, record.design
    yield f"\n{heading}\n"
    yield f"Title: {title.brief}"
    if title.official and title.official != title.brief:
        yield f"Official title: {_cut(title.official, 300)}"
    yield f"Type: {record.study_type} {'/'.join(record.phases)}; {design.purpose}; {design.allocation}"
    yield f"Conditions: {_cut('; '.join(record.conditions), 200)}"
    things = list(record.interventions.values())[:6]
    yield f"Interventions: {'; '.join(f'{it.type}: {it.name} ({_cut(it.description, 150)})' for it in things)}"
    yield f"Keywords: {_cut('; '.join(record.keywords), 200)}"
    yield f"Summary: {_cut(record.summary, 700)}"
    measures = [_cut(it.measure, 100) for it in record.outcomes.primary.values()]
    yield f"Primary outcomes: {'; '.join(measures[:3])}"
    yield f"Criteria (beginning): {_cut(record.eligibility.criteria, 450)}"


def _cut(text: str | None, most: int) -> str:
    plain = " ".join((text or "").split())
    return plain if len(plain) <= most else f"{plain[:most].rsplit(' ', 1)[0]} ..."
