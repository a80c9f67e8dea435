"""What the choice of the weights is worth: chosen on some seeds, scored on others.

Every setting is scored on all judgments. In each of five turns a setting is chosen on four fifths of the seeds and
queries of every set, and its figures on the other fifth count. If these are near the figures of the setting that the
program has, the choice does not rest on single seeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from statistics import mean
from unittest.mock import patch

from bench.similar.frequencies import counted
from bench.similar.quality import Figures, Material, figures, ranked_by_us
from bench.table import Line
from tracker.records.trial import TrialRecord
from tracker.similar.ranking import background, sections, vectors

__all__ = ["chosen"]

FOLDS = 5
SUBJECT, EXCLUSION, POWER, LOOSE = (3.0, 5.0, 7.0), (0.0, 0.25, 1.0), (1.0, 1.4), (0.5, 1.0)
COUNTED = {("judged", "nDCG@10"), ("judged", "P@5"), ("TREC10", "nDCG@5"), ("XREF", "R@20"), ("PMID", "nDCG@5")}
Setting = tuple[float, float, float, float]


def chosen(material: Material) -> Iterator[Line]:
    """The figures on seeds that the choice has not seen, beside the best and the worst setting."""
    old = [material.old.records[trial] for trial in material.old_ids]
    new = [material.new[trial] for trial in material.new_ids]
    found = {it: _scored(material, old, new, it) for it in product(SUBJECT, EXCLUSION, POWER, LOOSE)}
    unseen: dict[tuple[str, str], list[float]] = defaultdict(list)
    for fold in range(FOLDS):
        best = max(found, key=lambda setting: _worth(found[setting], fold, seen=True))
        for key in COUNTED:
            unseen[key] += _part(found[best], key, fold, seen=False)
    for key in sorted(COUNTED):
        means = [mean(each[key].values()) for each in found.values()]
        figure = f"{key[1]} {mean(unseen[key]):.3f}"
        yield Line(f"{key[0]}: chosen on other seeds", figure, f"all {len(found)}: {min(means):.3f}-{max(means):.3f}")


def _scored(material: Material, old: list[TrialRecord], new: list[TrialRecord], setting: Setting) -> Figures:
    subject, exclusion, power, loose = setting
    with (
        patch.object(sections, "_SUBJECT", subject),
        patch.object(sections, "_EXCLUSION", exclusion),
        patch.object(background, "_POWER", power),
        patch.object(vectors, "_LOOSE_PAIR", loose),
    ):
        known = counted([*old, *new])
        return figures(material, ranked_by_us(old, known), ranked_by_us(new, known))


def _worth(found: Figures, fold: int, *, seen: bool) -> float:
    return sum(mean(_part(found, key, fold, seen=seen)) for key in COUNTED)


def _part(found: Figures, key: tuple[str, str], fold: int, *, seen: bool) -> list[float]:
    names: Sequence[str] = sorted(found[key])
    return [found[key][name] for place, name in enumerate(names) if (place % FOLDS != fold) == seen]
